import type { Action, PlanRequest } from './action.ts';
import type { ActionRun } from './action-run.ts';
import type { SpaceDemand } from '../storage/free-space.ts';

/** What a handler says before anything is written. What it declines it throws, as an ActionError. */
export type HandlerPlan =
  | { readonly decision: 'perform'; readonly space: readonly SpaceDemand[] }
  | { readonly decision: 'already_present'; readonly version?: string };

/** One way to carry out one kind of action. Each step may be cut off at any point and is then called again. */
export interface ActionHandler<A extends Action> {
  /** Looks only. */
  plan(request: PlanRequest & { readonly action: A }): Promise<HandlerPlan>;
  /** Writes everything that takes long or space, where nobody looks yet. Starts anew when called again. */
  stage(run: ActionRun<A>): Promise<void>;
  /** Makes it the device's. Goes on where it was cut off when called again. */
  apply(run: ActionRun<A>): Promise<void>;
  /** Judges what was applied, and records what is to be known of it before it counts. */
  verify(run: ActionRun<A>): Promise<{ readonly version?: string }>;
  /** Tidies what only the success allows to go. It cannot fail the action any more: what it leaves the next one tidies. */
  settle(run: ActionRun<A>): Promise<void>;
  /** Undoes apply, from any point of it. Temporaries are removed by the caller. */
  rollback(run: ActionRun<A>): Promise<{ readonly rolledBackTo?: string }>;
}
