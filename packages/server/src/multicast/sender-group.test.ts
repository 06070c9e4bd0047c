import assert from 'node:assert/strict';
import { test } from 'node:test';
import { processMillis, type SenderSessionHandle } from '@rollcall/transport';
import type { MulticastPlan } from '../core/ports.ts';
import { SenderGroup } from './sender-group.ts';
import { SenderTally } from './sender-tally.ts';
import { SessionKeys } from './session-keys.ts';

test('how long ago a receiver was heard does not depend on the time of day', async (t) => {
  t.mock.timers.enable({ apis: ['Date', 'setInterval'], now: 1_800_000_000_000 });
  const tally = new SenderTally([], 1000);
  const ended = Promise.withResolvers<void>();
  const handle = { ended: ended.promise } as unknown as SenderSessionHandle;
  const group = new SenderGroup({ objects: [] } as unknown as MulticastPlan, [{ handle, tally }], new SessionKeys(), {
    group: { address: '239.1.2.3', port: 4000 },
    sourceAddress: undefined,
    symbolSize: 1000,
  });
  group.start(() => undefined);
  const now = processMillis();
  tally.onEvent({
    type: 'feedback',
    receivers: [
      {
        nodeId: 1,
        address: undefined,
        nackCount: 1,
        symbolsRequested: 1,
        acknowledgementCount: 0,
        lastHeardAt: now - 60_000,
        lastNackAt: now - 120_000,
        lossRatio: 0.5,
      },
    ],
  });
  const before = processMillis() - now;
  t.mock.timers.setTime(1_900_000_000_000);
  ended.resolve();
  const { progress } = await group.closed;
  const after = processMillis() - now;
  const [receiver] = progress?.receivers ?? [];
  assert.ok(receiver?.askedMsAgo !== undefined);
  for (const ago of [receiver.heardMsAgo - 60_000, receiver.askedMsAgo - 120_000]) {
    assert.ok(ago >= before - 1 && ago <= after + 1, `${ago}`);
  }
});
