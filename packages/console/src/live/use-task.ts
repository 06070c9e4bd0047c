/**
 * A task's picture, live: taken whole when the stream is open (and again after a gap), then carried forward. Components
 * see it a few times in a second, whatever comes; the roll draws only what has changed.
 */
import { useEffect, useState } from 'react';
import { askAgain } from '@rollcall/client';
import { TaskPicture } from '@rollcall/client/task';
import type { ProgressSample } from '@rollcall/api';
import { client } from '../session/client.ts';
import { eventFeed } from './event-feed.ts';

export interface LiveTask {
  readonly picture: TaskPicture;
  readonly samples: readonly ProgressSample[];
  /** Another one with every change that is shown. */
  readonly version: number;
}

const SHOW_MS = 250;

export function useTask(id: string): { readonly task: LiveTask | undefined; readonly error: unknown } {
  const [task, setTask] = useState<LiveTask>();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    const reading = new AbortController();
    let picture: TaskPicture | undefined;
    let before: TaskPicture | undefined;
    let samples: ProgressSample[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    let turn = 0;
    let missed: Parameters<TaskPicture['apply']>[0][] = [];
    const show = (): void => {
      timer = undefined;
      if (picture !== undefined) setTask({ picture, samples, version: picture.version });
    };
    const read = async (): Promise<void> => {
      // A reading that another one has overtaken knows less than the picture does by now.
      const mine = ++turn;
      missed = [];
      before = picture ?? before;
      picture = undefined;
      try {
        const options = { signal: reading.signal };
        const [details, progress] = await Promise.all([
          askAgain(() => client.call('getTask', { params: { id } }, options), reading.signal),
          askAgain(() => client.call('getTaskProgress', { params: { id } }, options), reading.signal),
        ]);
        if (mine !== turn) return;
        picture = new TaskPicture(details, before);
        // What came meanwhile may be in it or not; a row that is told twice is what it was.
        for (const event of missed.splice(0)) picture.apply(event);
        samples = progress.samples;
        setError(undefined);
        show();
      } catch (failure) {
        if (mine === turn && !reading.signal.aborted) setError(failure);
      }
    };
    const stop = eventFeed.listen((event) => {
      if (event.type === 'open' || event.type === 'reset') {
        void read();
        return;
      }
      if (!('taskId' in event) || event.taskId !== id) return;
      if (picture === undefined) {
        missed.push(event);
        return;
      }
      picture.apply(event);
      if (event.type === 'progress' && event.session !== null) {
        const { bytesSent, repairBytes, lossRatioMean, lossRatioMax } = event.session;
        const sample = { at: event.at, bytesSent, repairBytes, lossRatioMean, lossRatioMax };
        samples = [...samples.slice(-SAMPLES_MAX), sample];
      }
      timer ??= setTimeout(show, SHOW_MS);
    });
    void read();
    return () => {
      stop();
      reading.abort();
      clearTimeout(timer);
    };
  }, [id]);
  return { task, error };
}

const SAMPLES_MAX = 3_600;
