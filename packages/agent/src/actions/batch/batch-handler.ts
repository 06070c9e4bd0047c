import { rename } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { makeConfigured, resolveConfigured } from '../../storage/configured-directory.ts';
import { DirectoryHandle } from '../../storage/directory-handle.ts';
import { copyContent, errorCode } from '../../storage/durable.ts';
import { isFileName } from '../../storage/locate-target.ts';
import type { BatchAction, ChannelPolicy, DevicePolicy, PlanRequest } from '../action.ts';
import { ActionError, rejection } from '../action-error.ts';
import type { ActionHandler, HandlerPlan } from '../action-handler.ts';
import type { ActionRun } from '../action-run.ts';
import { describeEnd, exitCodeOf, isSuccess } from '../package-program.ts';
import { ChannelRecord } from './channel-record.ts';

/**
 * Hands batch data to a channel, once per batch id and sequence. That a batch does not overtake one that is still open
 * is seen to by the task handler; one that comes behind a later one had failed, and is tried again.
 */
export class BatchHandler implements ActionHandler<BatchAction> {
  async plan({ policy, action, contentSize }: PlanRequest & { readonly action: BatchAction }): Promise<HandlerPlan> {
    checkNames(action);
    const channel = channelOf(policy, action);
    const record = await ChannelRecord.open(policy.dataDirectory, action.channel);
    if (record.isDone(action.batchId)) return { decision: 'already_present' };
    requireFree(record, action);
    const isSpooled = 'spool' in channel;
    if (isSpooled) await resolveConfigured(resolve(policy.dataDirectory, channel.spool));
    return {
      decision: 'perform',
      space: isSpooled ? [{ directory: spoolDirectory(policy, channel.spool, action), size: contentSize }] : [],
    };
  }

  async stage(run: ActionRun<BatchAction>): Promise<void> {
    const { policy, contentPath } = run.context;
    const channel = channelOf(policy, run.action);
    if (!('spool' in channel)) return;
    const spool = resolve(policy.dataDirectory, channel.spool);
    await using outer = await makeConfigured(spool);
    // Whoever takes the batches may write here; what that user makes a symlink of is not followed.
    await using directory = await outer.child(run.action.channel, true);
    const beside = `.${run.context.taskId}-${run.context.attempt}`;
    await run.addTemporary(join(directory.realPath, beside));
    const made = await copyContent(contentPath, directory.path(beside), run.stagingSignal);
    await directory.setFileAttributes(beside, { mode: 0o644, made });
    const target = join(directory.realPath, spoolName(run.action));
    await run.save({ spooled: { beside: join(directory.realPath, beside), target } });
  }

  async apply(run: ActionRun<BatchAction>): Promise<void> {
    const { dataDirectory } = run.context.policy;
    const record = await ChannelRecord.open(dataDirectory, run.action.channel);
    if (record.isDone(run.action.batchId)) return;
    requireFree(record, run.action);
    const spooled = run.state<Spooled>('spooled');
    if (spooled === undefined) {
      await record.recordStarted(run.action.batchId);
      await run.checkpoint('recorded the start');
      await this.#runCommand(run);
    } else {
      await announceHandOver(run, spooled);
      await handOver(spooled);
    }
    await run.checkpoint('handed over');
    await record.recordDone(run.action.batchId, run.action.sequence);
  }

  async verify(): Promise<object> {
    return {};
  }

  async settle(): Promise<void> {}

  /**
   * What was renamed into the spool has been handed over, and may have been taken away already: that is recorded. What
   * still lies beside was not, and that is written down before it is removed: a second run does not find it any more.
   */
  async rollback(run: ActionRun<BatchAction>): Promise<object> {
    const spooled = run.state<Spooled>('spooled');
    if (spooled === undefined || run.state<boolean>('handingOver') !== true) return {};
    if (await isBeside(spooled)) {
      await run.save({ handingOver: false });
      return {};
    }
    const record = await ChannelRecord.open(run.context.policy.dataDirectory, run.action.channel);
    await record.recordDone(run.action.batchId, run.action.sequence);
    return {};
  }

  async #runCommand(run: ActionRun<BatchAction>): Promise<void> {
    const { policy, contentPath, taskId } = run.context;
    const channel = channelOf(policy, run.action);
    if (!('command' in channel)) throw rejection('unknown_channel', 'the channel has no command any more');
    const end = await run.run({
      argv: channel.command,
      cwd: policy.dataDirectory,
      inputPath: contentPath,
      environment: {
        ROLLCALL_TASK_ID: taskId,
        ROLLCALL_CHANNEL: run.action.channel,
        ROLLCALL_BATCH_ID: run.action.batchId,
        ROLLCALL_BATCH_SEQUENCE: String(run.action.sequence),
        ROLLCALL_BATCH_NAME: run.action.name,
      },
    });
    if (isSuccess(end)) return;
    throw new ActionError('command_failed', `the channel's command ${describeEnd(end)}`, { exitCode: exitCodeOf(end) });
  }
}

interface Spooled {
  readonly beside: string;
  readonly target: string;
}

function channelOf(policy: DevicePolicy, { channel }: BatchAction): ChannelPolicy {
  const own = Object.hasOwn(policy.channels, channel) ? policy.channels[channel] : policy.channels['*'];
  if (own !== undefined) return own;
  throw rejection('unknown_channel', `this device's configuration names no channel ${JSON.stringify(channel)}`);
}

function checkNames({ channel, batchId, name, sequence }: BatchAction): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(channel)) {
    throw rejection('bad_action', `${JSON.stringify(channel)} is no name of a channel`);
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(batchId) || !Number.isSafeInteger(sequence) || sequence < 0) {
    throw rejection('bad_action', `${JSON.stringify(batchId)} with sequence ${sequence} names no batch`);
  }
  if (!isFileName(name)) throw rejection('bad_action', `${JSON.stringify(name)} is not a file name`);
}

function requireFree(record: ChannelRecord, { channel, sequence }: BatchAction): void {
  if (record.isFree(sequence)) return;
  throw rejection(
    'replayed_batch',
    `batch ${sequence} of channel ${channel} may have been done under another id: send the data again as a new batch`,
  );
}

function spoolDirectory(policy: DevicePolicy, spool: string, { channel }: BatchAction): string {
  return resolve(policy.dataDirectory, spool, channel);
}

/** Sorts by sequence. A name that would make it too long loses its beginning, because readers go by the end of it. */
function spoolName({ sequence, batchId, name }: BatchAction): string {
  const prefix = `${String(sequence).padStart(12, '0')}-${batchId}-`;
  let shortened = name;
  while (Buffer.byteLength(prefix + shortened) > spoolNameSizeMaxBytes) {
    shortened = Array.from(shortened).slice(1).join('');
  }
  return prefix + shortened;
}

/** From here on, and only from here on, nothing beside means that it was handed over. */
async function announceHandOver(run: ActionRun<BatchAction>, spooled: Spooled): Promise<void> {
  if (run.state<boolean>('handingOver') === true) return;
  if (!(await isBeside(spooled))) {
    throw new ActionError('io_error', `${JSON.stringify(spooled.beside)} is gone before it was handed over`);
  }
  await run.save({ handingOver: true });
}

/** Durable when it returns. Nothing beside any more: an earlier run of this attempt has handed it over. */
async function handOver({ beside, target }: Spooled): Promise<void> {
  await using directory = await DirectoryHandle.openReal(dirname(beside));
  if ((await directory.stat(basename(beside))) === undefined) return;
  await rename(directory.path(basename(beside)), directory.path(basename(target)));
  await directory.sync();
}

async function isBeside({ beside }: Spooled): Promise<boolean> {
  const directory = await DirectoryHandle.openReal(dirname(beside)).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (directory === undefined) return false;
  await using _ = directory;
  return (await directory.stat(basename(beside))) !== undefined;
}

/** NAME_MAX of Linux file systems. */
const spoolNameSizeMaxBytes = 255;
