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

/** Asks for plans and carries actions out, one at a time. */
export class ActionRunner {
  readonly #actions: Actions;
  readonly #policy: DevicePolicy;
  readonly #staging: string;
  #running: { readonly taskId: string; readonly attempt: number; readonly cancel: AbortController } | undefined;

  constructor(actions: Actions, policy: DevicePolicy, staging: string) {
    this.#actions = actions;
    this.#policy = policy;
    this.#staging = staging;
  }

  async plan({ taskId, action, platform, content }: Manifest, heldSize: number): Promise<PlanAnswer> {
    if (platform !== undefined && platform !== platformName()) {
      const message = `the task is for ${platform}, this device is ${platformName()}`;
      return { decision: 'rejected', code: 'wrong_platform', message };
    }
    return this.#actions.planAction({ taskId, action, policy: this.#policy, contentSize: content.size, heldSize });
  }

  async execute(manifest: Manifest, content: StoredContent): Promise<ExecutionResult> {
    const { taskId, attempt, action, timeoutSeconds } = manifest;
    const tail = new OutputTail();
    const cancel = new AbortController();
    this.#running = { taskId, attempt, cancel };
    try {
      const result = await this.#actions.performAction({
        taskId,
        attempt,
        action,
        policy: this.#policy,
        contentPath: content.path,
        contentSize: content.description.size,
        stagingDirectory: join(this.#staging, `${taskId}.${attempt}`),
        timeoutMs: timeoutSeconds * 1000,
        signal: cancel.signal,
        output: tail.push,
      });
      const output = Buffer.from(tail.bytes()).toString('base64');
      return output === '' ? result : { ...result, output };
    } finally {
      this.#running = undefined;
    }
  }

  cancel(taskId: string, attempt: number): void {
    if (this.#running?.taskId === taskId && this.#running.attempt === attempt) this.#running.cancel.abort();
  }

  async forget(taskId: string): Promise<void> {
    await this.#actions.forgetAction(this.#policy, taskId);
  }
}
