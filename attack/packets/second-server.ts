import assert from 'node:assert/strict';
import type { Attack } from '../attack.ts';
import { NormGroup, testContent } from '../support/norm-group.ts';

/** It has heard everything: group, node and instance ids. It begins before the true one and has more to say. */
export const attack: Attack = {
  name: 'a second server announces other content on the same group, under the same node and instance ids',
  run: (scale) => Promise.resolve(announce(scale === 'full' ? 64 : 4)),
};

function announce(megabytes: number): { count: number; stoppedBy: string } {
  const size = megabytes * 1024 ** 2;
  const group = new NormGroup({ content: testContent(size), receiverCount: 3, lossRatio: 0.02 });
  const other = new NormGroup({
    content: new Uint8Array(size).fill(0xbd),
    receiverCount: 1,
    lossRatio: 0,
    session: 66,
  });
  let count = 0;
  const speak = (): void => {
    const from = other.said.length;
    other.step();
    for (const datagram of other.said.slice(from)) {
      group.toMembers(datagram);
      count += 1;
    }
  };
  for (let millisecond = 0; millisecond < 100; millisecond += 1) speak();
  group.run(60, speak);
  const content = testContent(size);
  for (const { isComplete, sink, events, session } of group.members) {
    assert.ok(isComplete && Buffer.compare(sink, content) === 0);
    assert.ok(!events.some(({ type }) => type === 'senderChanged' || type === 'objectAborted'));
    const { unauthenticatedCount, replayedCount } = session.stats;
    assert.equal(unauthenticatedCount + replayedCount, count);
  }
  return { count, stoppedBy: 'the MAC: its key is not that of the session description' };
}
