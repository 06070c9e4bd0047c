import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, makeDirectory, removeFileDurably, writeFileDurably } from '../storage/durable.ts';
import type { Action, ActionResult } from './action.ts';

/**
 * `staging` writes beside; `applying` and `verifying` go forward after a restart; `rolling_back` goes back after one;
 * `settling` has succeeded and never goes back, because what it would go back to is being removed; `ended` has a result, which stays the answer for this attempt.
 */
export type Step = 'staging' | 'applying' | 'verifying' | 'settling' | 'rolling_back' | 'ended';

/** What a restart needs to know of an attempt. */
export interface StepRecord {
  readonly attempt: number;
  readonly action: Action;
  readonly step: Step;
  readonly stagingDirectory: string;
  /** What the handler needs to go on or back. */
  readonly state: Readonly<Record<string, unknown>>;
  /** Removed at every end. Named here before they are made. */
  readonly temporaries: readonly string[];
  /** In `rolling_back` the failure that led there, in `settling` and `ended` the result. */
  readonly result?: ActionResult;
}

/** One small file per task, replaced as a whole and fsynced before the step that it announces. */
export class StepJournal {
  readonly #path: string;
  record: StepRecord | undefined;

  private constructor(path: string, record: StepRecord | undefined) {
    this.#path = path;
    this.record = record;
  }

  static async open(dataDirectory: string, taskId: string): Promise<StepJournal> {
    const directory = join(dataDirectory, 'actions');
    await makeDirectory(directory);
    const path = join(directory, `${taskId}.json`);
    try {
      return new StepJournal(path, JSON.parse(await readFile(path, 'utf8')) as StepRecord);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return new StepJournal(path, undefined);
      throw error;
    }
  }

  async write(record: StepRecord): Promise<void> {
    await writeFileDurably(this.#path, JSON.stringify(record));
    this.record = record;
  }

  /**
   * Like `write`, but goes on in memory when the disk is full: going back is what frees it. Cut off there, the next run
   * finds the step before, and comes to the same end again.
   */
  async writeIfSpace(record: StepRecord): Promise<void> {
    try {
      await this.write(record);
    } catch (error) {
      if (!['ENOSPC', 'EDQUOT'].includes(errorCode(error) ?? '')) throw error;
      this.record = record;
    }
  }

  async remove(): Promise<void> {
    await removeFileDurably(this.#path);
    this.record = undefined;
  }
}
