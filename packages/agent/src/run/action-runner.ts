import { join } from 'node:path';
import type { Manifest } from '@rollcall/api';
import type { ActionContext, ActionPlan, ActionResult, DevicePolicy, PlanRequest } from '../actions/action.ts';
import { OutputTail } from '../actions/output-tail.ts';
import type { ExecutionResult, PlanAnswer } from '../core/task-command.ts';
import type { StoredContent } from '../journal/stored-content.ts';
import { platformName } from '../link/platform.ts';

/** The actions, as the agent uses them. */
export interface Actions {
  readonly planAction: (request: PlanRequest) => Promise<ActionPlan>;
  readonly performAction: (context: ActionContext) => Promise<ActionResult>;
  readonly forgetAction: (policy: DevicePolicy, taskId: string) => Promise<void>;
}

/** Asks for plans, carries actions out and undoes them; one thing at a time changes the device. */
export class ActionRunner {
  readonly #actions: Actions;
  readonly #policy: DevicePolicy;
  readonly #staging: string;
  /** Settles when everything that changes the device, and was asked for so far, is over. */
  #turn: Promise<unknown> = Promise.resolve();
  #running: { readonly taskId: string; readonly attempt: number; readonly cancel: AbortController } | undefined;

  constructor(actions: Actions, policy: DevicePolicy, staging: string) {
    this.#actions = actions;
    this.#policy = policy;
    this.#staging = staging;
  }

  async plan({ taskId, attempt, action, platform, content }: Manifest, heldSize: number): Promise<PlanAnswer> {
    if (platform !== undefined && platform !== platformName()) {
      const message = `the task is for ${platform}, this device is ${platformName()}`;
      return { decision: 'rejected', code: 'wrong_platform', message };
    }
    const policy = this.#policy;
    const alone = async (work: () => Promise<void>): Promise<void> => this.#inTurn(work);
    const { size: contentSize, sha256: contentSha256 } = content;
    const request = { taskId, attempt, action, policy, contentSize, contentSha256, heldSize, alone };
    return this.#actions.planAction(request);
  }

  /** @param lendContent see `ActionContext` */
  async execute(manifest: Manifest, content: StoredContent, lendContent?: () => boolean): Promise<ExecutionResult> {
    const { taskId, attempt } = manifest;
    const cancel = new AbortController();
    this.#running = { taskId, attempt, cancel };
    try {
      return await this.#inTurn(() => this.#execute(manifest, content, cancel.signal, lendContent));
    } finally {
      this.#running = undefined;
    }
  }

  cancel(taskId: string, attempt: number): void {
    if (this.#running?.taskId === taskId && this.#running.attempt === attempt) this.#running.cancel.abort();
  }

  async forget(taskId: string): Promise<void> {
    await this.#inTurn(() => this.#actions.forgetAction(this.#policy, taskId));
  }

  async #execute(
    manifest: Manifest,
    content: StoredContent,
    signal: AbortSignal,
    lendContent: (() => boolean) | undefined,
  ): Promise<ExecutionResult> {
    const { taskId, attempt, action, timeoutSeconds } = manifest;
    const tail = new OutputTail();
    let lastExitCode: number | undefined;
    const result = await this.#actions.performAction({
      taskId,
      attempt,
      action,
      policy: this.#policy,
      contentPath: content.path,
      contentSize: content.description.size,
      contentSha256: content.description.sha256,
      ...(lendContent === undefined ? {} : { lendContent }),
      stagingDirectory: join(this.#staging, `${taskId}.${attempt}`),
      timeoutMs: timeoutSeconds * 1000,
      signal,
      output: tail.push,
      exited: (exitCode) => (lastExitCode = exitCode),
    });
    const output = Buffer.from(tail.bytes()).toString('base64');
    return {
      ...(result.outcome === 'succeeded' && lastExitCode !== undefined ? { exitCode: lastExitCode } : {}),
      ...result,
      ...(output === '' ? {} : { output }),
    };
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}
