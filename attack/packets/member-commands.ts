import assert from 'node:assert/strict';
import type { Attack } from '../attack.ts';
import { commandsOfSender, onWire } from '../support/forged-messages.ts';
import { NormGroup, testContent } from '../support/norm-group.ts';

/**
 * A member has the key of the sender's messages, as all have: it can speak as the sender, also with a sequence far ahead,
 * after which the true sender's messages are old. What it must not reach: that a device holds a wrong byte, or does not
 * know what it lacks. What is lacking is fetched by unicast.
 */
export const attack: Attack = {
  name: 'a member forges SQUELCH, FLUSH, EOT, CC and REPAIR_ADV of the sender, signed: devices are at most left to unicast',
  run: (scale) => Promise.resolve(forge(scale === 'full' ? 50 : 2)),
};

const COMMAND_COUNT = 5;
const MEMBER_COUNT = 3;

/** How far ahead of the sender, in messages and in roll-overs: a little, by almost half a roll-over, and by what no message can be. */
const AHEAD: readonly (readonly [number, number])[] = [
  [100, 0],
  [32_000, 0],
  [100, 1],
  [100, 2 ** 30],
];

function forge(rounds: number): { count: number; stoppedBy: string } {
  const content = testContent(2 * 1024 ** 2);
  let count = 0;
  let leftCount = 0;
  let takenCount = 0;
  for (let round = 0; round < rounds; round += 1) {
    for (let which = 0; which < COMMAND_COUNT; which += 1) {
      for (const [ahead, rollover] of AHEAD) {
        const group = new NormGroup({ content, receiverCount: MEMBER_COUNT, lossRatio: 0.02, seed: 1 + round });
        // In the middle of the transmission, after whatever the sender said last.
        group.run(0.03 + 0.01 * (round % 3));
        for (let repeat = 0; repeat < 5; repeat += 1, count += 1) {
          const last = group.said.at(-1) ?? assert.fail('the sender has said nothing');
          const sequence = new DataView(last.buffer, last.byteOffset).getUint16(2) + ahead + repeat;
          const command = commandsOfSender(sequence & 0xffff)[which]!;
          const before = refusedCount(group);
          group.toMembers(onWire(command, group.senderKey, rollover + (sequence >> 16)));
          takenCount += MEMBER_COUNT - (refusedCount(group) - before);
          group.step();
        }
        group.run(1);
        for (const member of group.members) if (leavesToUnicast(group, member, content)) leftCount += 1;
      }
    }
  }
  // The first two of the four are taken by each member: what they say is what is tried here.
  assert.equal(takenCount, (count / AHEAD.length) * 2 * MEMBER_COUNT, "what was taken for the sender's");
  return {
    count,
    stoppedBy: `nothing wrong was kept; of ${count * MEMBER_COUNT} hearings ${leftCount} left a device to unicast`,
  };
}

function refusedCount({ members }: NormGroup): number {
  return members.reduce((sum, { session: { stats } }) => sum + stats.unauthenticatedCount + stats.replayedCount, 0);
}

/** Whether it lacks something; throws when it is wrong about what. */
function leavesToUnicast(group: NormGroup, member: NormGroup['members'][number], content: Uint8Array): boolean {
  if (member.isComplete) {
    assert.equal(Buffer.compare(member.sink, content), 0);
    return false;
  }
  const missing = group.missing(member) ?? [{ offset: 0, length: content.length }];
  let at = 0;
  for (const { offset, length } of [...missing, { offset: content.length, length: 0 }]) {
    assert.equal(Buffer.compare(member.sink.subarray(at, offset), content.subarray(at, offset)), 0);
    at = offset + length;
  }
  return true;
}
