import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory } from '../storage/durable.ts';
import { checkSpace } from '../storage/free-space.ts';
import { removeTree } from '../storage/remove-tree.ts';
import type { Action, ActionContext, ActionPlan, ActionResult, DevicePolicy, PlanRequest } from './action.ts';
import { ActionError, rejection } from './action-error.ts';
import type { ActionHandler, HandlerPlan } from './action-handler.ts';
import { ActionRun } from './action-run.ts';
import { AppHandler } from './app/app-handler.ts';
import { BatchHandler } from './batch/batch-handler.ts';
import { CopyFileHandler } from './copy/copy-file-handler.ts';
import { CopyTreeHandler } from './copy/copy-tree-handler.ts';
import { DebHandler } from './deb/deb-handler.ts';
import { RESULT_MESSAGE_LENGTH_MAX, ROLLBACK_RESERVE_BYTES } from './limits.ts';
import { StepJournal, type StepRecord } from './step-journal.ts';

/**
 * Asked before the download: whether there is anything to do, whether the device would do it, and has the space. An
 * earlier attempt that was cut off is undone first: what it left half done is not what the device has.
 */
export async function planAction(request: PlanRequest): Promise<ActionPlan> {
  try {
    await undoEarlier(request);
    const { plan, spaceNeeded } = await examine(request);
    return plan.decision === 'perform' ? { decision: 'perform', spaceNeeded } : plan;
  } catch (error) {
    const { code, message } = ActionError.from(error);
    return { decision: 'rejected', code, message: shortened(message) };
  }
}

/**
 * Carries an action out, and never throws for what the action meets.
 *
 * The process may be killed at any point: called again with the same task and attempt it goes on where it was, or goes
 * back if it was going back. An attempt that has ended answers with its result again, until `forgetAction`. An earlier
 * attempt that was cut off is undone first.
 */
export async function performAction(context: ActionContext): Promise<ActionResult> {
  try {
    const journal = await openJournal(context.policy, context.taskId);
    const earlier = journal.record;
    if (earlier?.attempt === context.attempt && earlier.step === 'ended' && earlier.result !== undefined) {
      return earlier.result;
    }
    if (earlier !== undefined && earlier.attempt !== context.attempt) {
      await undo(context, journal);
    }
    using run = new ActionRun(context, context.action, journal);
    return await perform(run, journal);
  } catch (error) {
    // Only the journal and what an earlier run left fail here: what a handler meets is dealt with in perform().
    return resultOf(ActionError.from(error));
  }
}

/** The task is over for this device: undoes what a cut-off attempt left, and drops the record of its result. */
export async function forgetAction(policy: DevicePolicy, taskId: string): Promise<void> {
  const journal = await openJournal(policy, taskId);
  await undo({ policy, taskId }, journal);
  await journal.remove();
}

async function perform(run: ActionRun, journal: StepJournal): Promise<ActionResult> {
  const { context } = run;
  const handler = handlerOf(context.action);
  if (journal.record?.attempt !== context.attempt || journal.record.step === 'staging') {
    const early = await begin(run, journal);
    if (early !== undefined) return early;
  }
  if (run.record.step !== 'rolling_back' && run.record.step !== 'settling') {
    try {
      await goForward(run, handler);
    } catch (error) {
      await beginGoingBack(run, resultOf(ActionError.from(error)));
    }
  }
  const { step, result } = run.record;
  if (result === undefined) throw new Error(`the attempt has no result in step ${step}`);
  return step === 'settling' ? settle(run, handler, result) : goBack(run, handler, result);
}

/**
 * Begins, also anew when staging was cut off: other tasks may have changed the device since. Answers the result when
 * nothing is to be done, which is recorded at once, so that nothing takes it for an attempt that goes on.
 */
async function begin(run: ActionRun, journal: StepJournal): Promise<ActionResult | undefined> {
  if (journal.record !== undefined) await removeTemporaries(journal.record);
  let early: ActionResult | undefined;
  try {
    early = await beforeStaging(run);
  } catch (error) {
    early = resultOf(ActionError.from(error));
  }
  const { attempt, action, stagingDirectory } = run.context;
  const record = { attempt, action, stagingDirectory, state: {} };
  if (early === undefined) {
    await journal.write({ ...record, step: 'staging', temporaries: [reservePath(run.context)] });
    await run.checkpoint('entered staging');
  } else {
    await journal.writeIfSpace({ ...record, step: 'ended', temporaries: [], result: early });
    await run.checkpoint('entered ended');
  }
  return early;
}

async function beforeStaging(run: ActionRun): Promise<ActionResult | undefined> {
  run.stagingSignal.throwIfAborted();
  const { context } = run;
  const { plan } = await examine({ ...context, heldSize: context.contentSize });
  if (plan.decision === 'perform') return undefined;
  return { outcome: 'succeeded', alreadyPresent: true, ...versionOf(plan) };
}

async function goForward(run: ActionRun, handler: ActionHandler<Action>): Promise<void> {
  if (run.record.step === 'staging') {
    await writeFile(reservePath(run.context), randomBytes(ROLLBACK_RESERVE_BYTES));
    await makeDirectory(run.context.stagingDirectory);
    await handler.stage(run);
    run.stagingSignal.throwIfAborted();
    await run.enter('applying');
  }
  if (run.record.step === 'applying') {
    await handler.apply(run);
    await run.enter('verifying');
  }
  const verified = await handler.verify(run);
  await run.succeed({ outcome: 'succeeded', ...versionOf(verified) });
}

async function settle(run: ActionRun, handler: ActionHandler<Action>, result: ActionResult): Promise<ActionResult> {
  await rm(reservePath(run.context), { force: true });
  // The application runs as it should: that an old release stayed does not make it a failure.
  await handler.settle(run).catch(() => undefined);
  await end(run, result);
  return result;
}

async function goBack(
  run: ActionRun,
  handler: ActionHandler<Action>,
  failure: ActionResult & { readonly code?: string },
): Promise<ActionResult> {
  let result: ActionResult = failure;
  try {
    await run.endLeftover();
    const undone = await handler.rollback(run);
    if (result.outcome !== 'succeeded' && undone.rolledBackTo !== undefined) {
      const message = shortened(`${result.message}; rolled back to ${undone.rolledBackTo}`);
      result = { ...result, message, rolledBackTo: undone.rolledBackTo };
    }
  } catch (error) {
    const { message } = ActionError.from(error);
    const first = failure.outcome === 'succeeded' ? '' : `${failure.message}; `;
    const exitCode = failure.outcome === 'succeeded' ? undefined : failure.exitCode;
    result = {
      outcome: 'failed',
      code: 'rollback_failed',
      message: shortened(`${first}going back failed: ${message}`),
      ...(exitCode === undefined ? {} : { exitCode }),
    };
  }
  await end(run, result);
  return result;
}

/** Staging is gone before the result counts, so that nothing is left over whatever happens next. */
async function end(run: ActionRun, result: ActionResult): Promise<void> {
  await removeTemporaries(run.record);
  await run.checkpoint('removed the temporaries');
  await run.conclude('ended', result);
}

async function removeTemporaries(record: StepRecord): Promise<void> {
  for (const path of record.temporaries) await removeTree(path);
  await removeTree(record.stagingDirectory);
}

async function undoEarlier({ policy, taskId, attempt, alone = async (work) => work() }: PlanRequest): Promise<void> {
  const isCutOff = ({ record }: StepJournal): boolean => {
    return record !== undefined && record.attempt !== attempt && record.step !== 'ended';
  };
  if (!isCutOff(await openJournal(policy, taskId))) return;
  await alone(async () => {
    const journal = await openJournal(policy, taskId);
    if (isCutOff(journal)) await undo({ policy, taskId }, journal);
  });
}

/**
 * Goes back from a cut-off attempt, with what that attempt wrote down. It does not go forward again. One that had
 * succeeded stays.
 */
async function undo(
  { policy, taskId, checkpoint }: Pick<ActionContext, 'policy' | 'taskId' | 'checkpoint'>,
  journal: StepJournal,
): Promise<void> {
  const { record } = journal;
  if (record === undefined || record.step === 'ended') return;
  using run = new ActionRun(
    {
      taskId,
      attempt: record.attempt,
      action: record.action,
      policy,
      contentPath: '',
      contentSize: 0,
      contentSha256: '',
      stagingDirectory: record.stagingDirectory,
      timeoutMs: Number.MAX_SAFE_INTEGER,
      signal: new AbortController().signal,
      output: () => undefined,
      ...(checkpoint === undefined ? {} : { checkpoint }),
    },
    record.action,
    journal,
  );
  const handler = handlerOf(record.action);
  if (record.step === 'settling' && record.result !== undefined) {
    await settle(run, handler, record.result);
    return;
  }
  if (record.step !== 'rolling_back') {
    const message = 'the attempt was given up';
    await beginGoingBack(run, { outcome: 'cancelled', code: 'cancelled', message });
  }
  await run.endLeftover();
  await handler.rollback(run);
  await removeTemporaries(run.record);
  await run.checkpoint('removed the temporaries');
  await journal.remove();
}

async function beginGoingBack(run: ActionRun, failure: ActionResult): Promise<void> {
  await rm(reservePath(run.context), { force: true });
  await run.conclude('rolling_back', failure);
}

async function examine(request: PlanRequest): Promise<{ plan: HandlerPlan; spaceNeeded: number }> {
  requireId('task id', request.taskId);
  const plan = await handlerOf(request.action).plan(request);
  if (plan.decision !== 'perform') return { plan, spaceNeeded: 0 };
  const object = Math.max(0, request.contentSize - (request.heldSize ?? 0));
  const answer = await checkSpace([{ directory: request.policy.dataDirectory, size: object }, ...plan.space]);
  if (!answer.fits) {
    const { needed, free, directory } = answer;
    throw rejection('no_space', `${needed} bytes are needed in ${directory}, ${free} are free`);
  }
  return { plan, spaceNeeded: answer.needed };
}

/** The one place that knows which handler an action has. Each handler is only ever given the action it was chosen by. */
function handlerOf(action: Action): ActionHandler<Action> {
  switch (action.kind) {
    case 'copy':
      return action.form === 'tree' ? new CopyTreeHandler() : new CopyFileHandler();
    case 'install':
    case 'update':
      return action.packageKind === 'deb' ? new DebHandler() : new AppHandler();
    default:
      return new BatchHandler();
  }
}

async function openJournal(policy: DevicePolicy, taskId: string): Promise<StepJournal> {
  requireId('task id', taskId);
  return StepJournal.open(policy.dataDirectory, taskId);
}

/** Bytes that only stand in for others: a disk that became full has room again for going back. */
function reservePath({ policy, taskId, attempt }: ActionContext): string {
  return join(policy.dataDirectory, 'actions', `.${taskId}-${attempt}.reserve`);
}

function requireId(what: string, id: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(id)) {
    throw rejection('bad_action', `the ${what} ${JSON.stringify(id)} is not one`);
  }
}

function resultOf(error: ActionError): ActionResult {
  const { outcome, code, message, exitCode } = error;
  return { outcome, code, message: shortened(message), ...(exitCode === undefined ? {} : { exitCode }) };
}

function versionOf({ version }: { readonly version?: string }): { version?: string } {
  return version === undefined ? {} : { version };
}

function shortened(message: string): string {
  return message.length <= RESULT_MESSAGE_LENGTH_MAX ? message : `${message.slice(0, RESULT_MESSAGE_LENGTH_MAX - 1)}…`;
}
