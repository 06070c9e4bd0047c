import assert from 'node:assert/strict';
import type { Attack } from '../attack.ts';
import { greedyNack, onWire } from '../support/forged-messages.ts';
import { NormGroup, testContent } from '../support/norm-group.ts';

/**
 * It has a key of its own, signs, and asks for all that was ever sent, in each millisecond, from beginning to end; and it
 * says, in every other request, that it has got nothing of all that.
 */
export const attack: Attack = {
  name: "a member's storm of NACKs: the sender sends at most 5 % more, and the member is cut off",
  run: (scale) => Promise.resolve(storm(scale === 'full' ? 512 : 96)),
};

const RECEIVER_COUNT = 5;

function storm(megabytes: number): { count: number; stoppedBy: string } {
  const content = testContent(megabytes * 1024 ** 2);
  const options = { content, receiverCount: RECEIVER_COUNT, lossRatio: 0.01 };
  const calm = new NormGroup(options).run(60);
  const attacked = new NormGroup(options);
  const rogue = attacked.members[3]!;
  let sequence = 0;
  const others = attacked.members.filter((member) => member !== rogue);
  const ask = () => {
    sequence += 1;
    const nack = greedyNack(sequence & 0xffff, rogue.nodeId, sequence % 2 === 0 ? lastProbe(attacked.said) : undefined);
    attacked.toSender(onWire(nack, rogue.feedbackKey, 1 + (sequence >> 16)));
  };
  attacked.run(60, ask, () => others.every(({ isComplete }) => isComplete));
  assert.ok(others.every(({ isComplete }) => isComplete));
  const growth = attacked.sentBytes / calm.sentBytes - 1;
  assert.ok(growth <= 0.05, `the sender sent ${(growth * 100).toFixed(1)} % more`);
  const cutOff = attacked.senderEvents.filter((event) => event.type === 'demandExceeded');
  assert.deepEqual(cutOff, [{ type: 'demandExceeded', nodeId: rogue.nodeId }]);
  return { count: sequence, stoppedBy: `its allowance, then it was cut off; growth ${(growth * 100).toFixed(1)} %` };
}

/** The number of the last NORM_CMD(CC). */
function lastProbe(said: readonly Uint8Array[]): number | undefined {
  const probe = said.findLast((datagram) => datagram[0] === 0x13 && datagram[12] === 4);
  return probe && new DataView(probe.buffer, probe.byteOffset).getUint16(14);
}
