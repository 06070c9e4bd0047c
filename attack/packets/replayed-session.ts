import assert from 'node:assert/strict';
import type { Attack } from '../attack.ts';
import { NormGroup, testContent } from '../support/norm-group.ts';

/** All datagrams of a session, both ways, to the same devices: in that session, after it, and in the next one. */
export const attack: Attack = {
  name: 'a whole session, recorded and sent again: at once, after a while, and into the next session of the same group',
  run: (scale) => Promise.resolve(replay(scale === 'full' ? 64 : 4)),
};

function replay(megabytes: number): { count: number; stoppedBy: string } {
  const options = { content: testContent(megabytes * 1024 ** 2), receiverCount: 3, lossRatio: 0.02 };
  const recorded = new NormGroup(options).run(60);
  assert.ok(recorded.isComplete);
  let count = 0;
  const playInto = (group: NormGroup): void => {
    for (const said of recorded.said) group.toMembers(said);
    for (const answered of recorded.answered) group.toSender(answered);
    count += recorded.said.length + recorded.answered.length;
  };
  const eventCounts = (group: NormGroup): number[] => group.members.map(({ events }) => events.length);
  const before = eventCounts(recorded);
  const bytesBefore = recorded.sentBytes;
  for (const silenceMicros of [0, 100_000, 10_000_000]) {
    recorded.now += silenceMicros;
    playInto(recorded);
  }
  for (const { session } of recorded.members)
    while (session.pollEvent() !== undefined) assert.fail('something happened');
  assert.deepEqual([eventCounts(recorded), recorded.sentBytes], [before, bytesBefore]);
  const { nackCount, replayedCount } = recorded.sender.stats;
  assert.ok(replayedCount > nackCount);

  const next = new NormGroup({ ...options, session: 2 });
  playInto(next);
  for (const { session, events } of next.members) {
    assert.equal(session.stats.datagramCount, 0);
    assert.equal(events.length, 0);
  }
  assert.equal(next.sender.stats.receivers.size, 0);
  assert.ok(next.run(60).isComplete, 'and it goes as it should');
  return { count, stoppedBy: 'the replay window and the extended sequence; in another session its other keys' };
}
