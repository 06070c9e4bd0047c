import assert from 'node:assert/strict';
import { Random } from '@rollcall/norm';
import type { Attack } from '../attack.ts';
import { greedyNack, onWire } from '../support/forged-messages.ts';
import { NormGroup, testContent } from '../support/norm-group.ts';

/** Unsigned, under a key that is not theirs, and what members really said, again. */
export const attack: Attack = {
  name: "a stranger's storm of forged and replayed NACKs: the sender sends at most 0.1 % more",
  run: (scale) => Promise.resolve(storm(scale === 'full' ? 400 : 20)),
};

const RECEIVER_COUNT = 8;

function storm(perMillisecond: number): { count: number; stoppedBy: string } {
  const content = testContent(8 * 1024 ** 2);
  const options = { content, receiverCount: RECEIVER_COUNT, lossRatio: 0.02 };
  const calm = new NormGroup(options).run(30);
  const attacked = new NormGroup(options);
  const random = new Random(1);
  const wrongKey = new Uint8Array(16).fill(99);
  let count = 0;
  attacked.run(30, () => {
    for (let each = 0; each < perMillisecond; each += 1, count += 1) {
      const nodeId = attacked.members[random.below(RECEIVER_COUNT)]!.nodeId;
      const nack = greedyNack(random.below(0x10000), random.chance(0.5) ? nodeId : 1 + random.below(2 ** 31));
      const overheard = attacked.answered[random.below(attacked.answered.length)];
      if (overheard !== undefined && random.chance(0.3)) attacked.toSender(overheard);
      else attacked.toSender(onWire(nack, random.chance(0.5) ? wrongKey : undefined));
    }
  });
  assert.ok(attacked.members.every(({ isComplete }) => isComplete));
  const growth = attacked.sentBytes / calm.sentBytes - 1;
  assert.ok(growth <= 0.001, `the sender sent ${(growth * 100).toFixed(2)} % more`);
  const { unauthenticatedCount, replayedCount } = attacked.sender.stats;
  assert.equal(unauthenticatedCount + replayedCount, count, 'each is counted');
  assert.ok(replayedCount > 0);
  const forged = `${unauthenticatedCount} by the MAC under each node's own key, ${replayedCount} by the replay window`;
  return { count, stoppedBy: `${forged}; growth ${(growth * 100).toFixed(2)} %` };
}
