import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, describe, test } from 'node:test';
import type { BatchAction } from '../action.ts';
import { TestDevice, atEveryCheckpoint, performCutOff, snapshot } from '../action-fixture.ts';
import { BATCH_IDS_KEPT } from '../limits.ts';
import { forgetAction, performAction } from '../perform-action.ts';
import { ChannelRecord } from './channel-record.ts';

const batch = (sequence: number, more: Partial<BatchAction> = {}): BatchAction => ({
  kind: 'batch',
  channel: 'orders',
  batchId: `batch-${sequence}`,
  sequence,
  name: 'orders.csv',
  ...more,
});

const spooling = { channels: { orders: { spool: 'spool' } } };

/** A channel's command that notes each run, with what it was told and given. */
async function deviceWithCommand(t: TestContext, text: string): Promise<TestDevice> {
  const base = await TestDevice.make(t);
  const program = join(base.directory, 'receive batch');
  await writeFile(program, `#!/bin/sh\n${text}\n`);
  await chmod(program, 0o755);
  return TestDevice.make(t, { channels: { orders: { command: [program, 'an argument; $(not a shell)'] } } });
}

describe('batch to a spool', () => {
  test('is a file that sorts by sequence and has the batch id and name', async (t) => {
    const device = await TestDevice.make(t, spooling);
    for (const [sequence, name] of [
      [1, 'plain.csv'],
      [20, 'with space\nand newline ✓.csv'],
      [300, `${'ü'.repeat(125)}.csv`],
    ] as const) {
      const result = await device.perform(batch(sequence, { name }), `data ${sequence}`, {
        taskId: `task-${sequence}`,
      });
      assert.deepEqual(result, { outcome: 'succeeded' });
    }
    const files = await snapshot(device.path('spool/orders'));
    const names = Object.keys(files);
    assert.deepEqual(Object.values(files), ['644 data 1', '644 data 20', '644 data 300']);
    assert.deepEqual(names.slice(0, 2), [
      '000000000001-batch-1-plain.csv',
      '000000000020-batch-20-with space\nand newline ✓.csv',
    ]);
    assert.match(names[2] ?? '', /^000000000300-batch-300-ü+\.csv$/);
  });

  test('of no bytes is delivered too', async (t) => {
    const device = await TestDevice.make(t, spooling);
    await device.perform(batch(1), '');
    assert.deepEqual(Object.values(await snapshot(device.path('spool/orders'))), ['644 ']);
  });

  test('is delivered once per batch id, also when its reader has taken it away', async (t) => {
    const device = await TestDevice.make(t, spooling);
    await device.perform(batch(1), 'data', { taskId: 'task-1' });
    await rm(device.path('spool/orders/000000000001-batch-1-orders.csv'));
    assert.deepEqual(await device.plan(batch(1)), { decision: 'already_present' });
    const again = await device.perform(batch(1), 'data', { taskId: 'task-2' });
    assert.deepEqual(again, { outcome: 'succeeded', alreadyPresent: true });
    assert.deepEqual(await readdir(device.path('spool/orders')), []);
  });

  test('has its sequence alone; gaps are legal, and one that failed may come later; channels do not know each other', async (t) => {
    const device = await TestDevice.make(t, { channels: { '*': { spool: 'some where/spool' } } });
    for (const sequence of [3, 7, 5]) {
      assert.equal((await device.perform(batch(sequence), 'x', { taskId: `task-${sequence}` })).outcome, 'succeeded');
    }
    const names = await readdir(device.path('some where/spool/orders'));
    assert.deepEqual(
      names.sort().map((name) => Number(name.slice(0, 12))),
      [3, 5, 7],
    );
    for (const taken of [5, 7]) {
      const result = await device.perform(batch(taken, { batchId: 'another' }), 'x');
      assert.ok(result.outcome === 'rejected' && result.code === 'replayed_batch');
      await forgetAction(device.policy, 'task-1');
    }
    assert.equal(
      (await device.perform(batch(1, { channel: 'other' }), 'x', { taskId: 'task-2' })).outcome,
      'succeeded',
    );
  });

  test('runs no more once a thousand later ones were done: nobody remembers whether it was', async (t) => {
    const device = await TestDevice.make(t, spooling);
    const record = await ChannelRecord.open(device.policy.dataDirectory, 'orders');
    for (let sequence = 10; sequence < 10 + BATCH_IDS_KEPT; sequence += 1) {
      await record.recordDone(`batch-${sequence}`, sequence);
    }
    assert.equal((await device.plan(batch(5))).decision, 'perform');
    await record.recordDone('batch-9', 9);
    for (const late of [batch(9), batch(5)]) {
      const plan = await device.plan(late);
      assert.ok(plan.decision === 'rejected' && plan.code === 'replayed_batch');
    }
    assert.deepEqual(await device.plan(batch(10)), { decision: 'already_present' });
  });

  test('is delivered exactly once wherever it is cut off, even if its reader takes files away at once', async (t) => {
    for (const givenUp of [false, true]) {
      const count = await atEveryCheckpoint(
        async () => {
          const device = await TestDevice.make(t, spooling);
          return { device, context: await device.context(batch(4), 'data') };
        },
        async (device, context, point) => {
          let delivered = await takeAway(device);
          if (givenUp) {
            const next = await device.perform(batch(4), 'data', { taskId: 'task-1', attempt: 2 });
            assert.equal(next.outcome, 'succeeded', point);
          } else {
            const result = await performAction(context);
            assert.equal(result.outcome, 'succeeded', point);
          }
          delivered += await takeAway(device);
          assert.equal(delivered, 1, point);
          await device.assertTidy();
        },
      );
      assert.ok(count >= 7, `${count} checkpoints`);
    }
  });

  test('that could not be handed over is not taken for delivered, wherever going back is cut off', async (t) => {
    const inTheWay = 'spool/orders/000000000004-batch-4-orders.csv';
    const points: string[] = [];
    await atEveryCheckpoint(
      async () => {
        const device = await TestDevice.make(t, spooling);
        await mkdir(device.path(inTheWay), { recursive: true });
        return { device, context: await device.context(batch(4), 'data') };
      },
      async (device, context, point) => {
        points.push(point);
        const failed = await performAction(context);
        assert.ok(failed.outcome === 'failed' && failed.code === 'path_conflict', point);
        await rm(device.path(inTheWay), { recursive: true });
        await assertDelivers(device, point);
      },
    );
    assert.ok(points.includes('saved handingOver') && points.includes('removed the temporaries'));
  });

  test('that was given up before it was handed over is delivered by the next attempt, wherever undoing is cut off', async (t) => {
    for (const last of ['saved spooled', 'entered applying', 'saved handingOver']) {
      const count = await atEveryCheckpoint(
        async () => {
          const device = await TestDevice.make(t, spooling);
          assert.equal(await performCutOff(await device.context(batch(4), 'data'), last), last);
          return { device, context: await device.context(batch(4), 'data', { attempt: 2 }) };
        },
        async (device, context, point) => {
          let delivered = await takeAway(device);
          assert.equal((await performAction(context)).outcome, 'succeeded', point);
          delivered += await takeAway(device);
          assert.equal(delivered, 1, `${last}, ${point}`);
        },
      );
      assert.ok(count >= 9, `${count} checkpoints`);
    }
  });

  test('that is gone from beside the spool before it was handed over has failed', async (t) => {
    const device = await TestDevice.make(t, spooling);
    const checkpoint = async (point: string): Promise<void> => {
      if (point === 'entered applying') await rm(device.path('spool/orders/.task-1-1'));
    };
    const result = await device.perform(batch(4), 'data', { checkpoint });
    assert.ok(result.outcome === 'failed' && result.code === 'io_error');
    await assertDelivers(device, 'gone');
  });
});

describe('batch to a command', () => {
  test('comes on its standard input, with the ids in its environment and no shell', async (t) => {
    const device = await deviceWithCommand(
      t,
      'echo "$1|$ROLLCALL_CHANNEL|$ROLLCALL_BATCH_ID|$ROLLCALL_BATCH_NAME"; cat',
    );
    const exitCodes: number[] = [];
    const exited = (exitCode: number): void => void exitCodes.push(exitCode);
    const result = await device.perform(batch(1, { name: 'a b.csv' }), 'some\ndata', { exited });
    assert.deepEqual(result, { outcome: 'succeeded' });
    assert.deepEqual(exitCodes, [0]);
    assert.equal(device.outputText(), 'an argument; $(not a shell)|orders|batch-1|a b.csv\nsome\ndata');
  });

  test('need not be read to its end', async (t) => {
    const device = await deviceWithCommand(t, 'head -c 3');
    assert.deepEqual(await device.perform(batch(1), 'x'.repeat(10_000_000)), { outcome: 'succeeded' });
    assert.equal(device.outputText(), 'xxx');
  });

  test('that ends with another code than 0 has failed with that code, and may be tried again', async (t) => {
    const device = await deviceWithCommand(t, 'test -e retry || { echo no >&2; exit 42; }');
    const result = await device.perform(batch(1), 'x');
    assert.deepEqual(result, {
      outcome: 'failed',
      code: 'command_failed',
      message: "the channel's command ended with exit code 42",
      exitCode: 42,
    });
    assert.equal(device.outputText(), 'no\n');
    await writeFile(device.path('retry'), '');
    assert.deepEqual(await device.perform(batch(1), 'x', { attempt: 2 }), { outcome: 'succeeded' });
  });

  test('that cannot be started has failed', async (t) => {
    const device = await TestDevice.make(t, { channels: { orders: { command: ['/nonexistent/program'] } } });
    const result = await device.perform(batch(1), 'x');
    assert.ok(result.outcome === 'failed' && result.code === 'command_failed');
    assert.match(result.message, /could not be started/);
  });

  test('that hangs is ended at the time limit', async (t) => {
    const device = await deviceWithCommand(t, 'sleep 1000');
    const result = await device.perform(batch(1), 'x', { timeoutMs: 300 });
    assert.ok(result.outcome === 'timed_out');
  });

  test('runs once when nothing happens, again under the same id after a cut in the middle, never after it is done', async (t) => {
    const points: string[] = [];
    await atEveryCheckpoint(
      async () => {
        const device = await deviceWithCommand(t, 'echo "$ROLLCALL_BATCH_ID" >> runs; exec cat >/dev/null');
        return { device, context: await device.context(batch(9), 'data') };
      },
      async (device, context, point) => {
        points.push(point);
        assert.deepEqual(await performAction(context), { outcome: 'succeeded' }, point);
        const runs = (await readFile(device.path('runs'), 'utf8')).trim().split('\n');
        // Between the command's start and the record of its end nobody can know: it runs again, and can tell by the id.
        const isUncertain = point === 'saved group' || point === 'handed over';
        assert.deepEqual(
          runs.length === 1 || (isUncertain && runs.length === 2),
          true,
          `${point}: ${runs.length} runs`,
        );
        assert.deepEqual([...new Set(runs)], ['batch-9']);
        const again = await device.perform(batch(9), 'data', { taskId: 'task-2' });
        assert.deepEqual(again, { outcome: 'succeeded', alreadyPresent: true }, point);
        assert.equal((await readFile(device.path('runs'), 'utf8')).trim().split('\n').length, runs.length);
      },
    );
    assert.ok(points.includes('handed over') && points.includes('saved group'));
  });
});

test('a batch for a channel that the device does not name is rejected', async (t) => {
  const device = await TestDevice.make(t, spooling);
  for (const channel of ['invoices', 'constructor', '__proto__']) {
    const plan = await device.plan(batch(1, { channel }));
    assert.ok(plan.decision === 'rejected' && ['unknown_channel', 'bad_action'].includes(plan.code), channel);
  }
  const result = await device.perform(batch(1, { channel: 'invoices' }), 'x');
  assert.ok(result.outcome === 'rejected' && result.code === 'unknown_channel');
  assert.deepEqual(Object.keys(await snapshot(device.path())), ['actions', 'actions/task-1.json']);
});

test('names that would lead elsewhere are refused', async (t) => {
  const device = await TestDevice.make(t, { channels: { '*': { spool: 'spool' } } });
  for (const more of [{ channel: '../x' }, { batchId: '../x' }, { name: 'a/b' }, { name: '..' }, { sequence: -1 }]) {
    const plan = await device.plan(batch(1, more));
    assert.ok(plan.decision === 'rejected' && plan.code === 'bad_action', JSON.stringify(more));
  }
});

/** The next attempt finds nothing done, and delivers. */
async function assertDelivers(device: TestDevice, point: string): Promise<void> {
  assert.equal((await device.plan(batch(4), 4, 2)).decision, 'perform', point);
  assert.deepEqual(await device.perform(batch(4), 'data', { attempt: 2 }), { outcome: 'succeeded' }, point);
  assert.equal(await takeAway(device), 1, point);
}

/** Empties the spool as its reader would, and says how many batches there were. */
async function takeAway(device: TestDevice): Promise<number> {
  const directory = device.path('spool/orders');
  const names = await readdir(directory).catch(() => []);
  const batches = names.filter((name) => !name.startsWith('.'));
  for (const name of batches) await rm(join(directory, name));
  return batches.length;
}
