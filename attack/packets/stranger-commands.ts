import assert from 'node:assert/strict';
import { Random } from '@rollcall/norm';
import type { Attack } from '../attack.ts';
import { commandsOfSender, onWire, wrongSymbol } from '../support/forged-messages.ts';
import { NormGroup, SYMBOL_SIZE, testContent } from '../support/norm-group.ts';

/** Before each honest datagram: unsigned, under another key, and with the MAC of something that the sender did say. */
export const attack: Attack = {
  name: 'a stranger forges SQUELCH, FLUSH, EOT, CC, REPAIR_ADV and symbols of the sender',
  run: (scale) => Promise.resolve(forge(scale === 'full' ? 64 : 4)),
};

function forge(megabytes: number): { count: number; stoppedBy: string } {
  const content = testContent(megabytes * 1024 ** 2);
  const group = new NormGroup({ content, receiverCount: 4, lossRatio: 0.02 });
  const calm = new NormGroup({ content, receiverCount: 4, lossRatio: 0.02 }).run(60);
  const random = new Random(3);
  const wrongKey = new Uint8Array(16).fill(99);
  let count = 0;
  const say = (datagram: Uint8Array) => {
    group.toMembers(datagram);
    count += 1;
  };
  group.run(60, () => {
    const sequence = random.below(0x10000);
    for (const command of commandsOfSender(sequence)) {
      say(onWire(command, random.chance(0.5) ? wrongKey : undefined));
    }
    say(
      wrongSymbol(sequence, random.below(20), random.below(64), SYMBOL_SIZE, random.chance(0.5) ? wrongKey : undefined),
    );
    const said = group.said.at(-1 - random.below(10));
    if (said !== undefined) say(alter(said, random));
  });
  for (const member of group.members) {
    assert.ok(member.isComplete && Buffer.compare(member.sink, content) === 0);
    assert.deepEqual(
      member.events.map(({ type }) => type),
      calm.members[0]!.events.map(({ type }) => type),
      'nothing happened that would not have happened without',
    );
    assert.equal(member.session.stats.unauthenticatedCount + member.session.stats.replayedCount, count);
  }
  assert.equal(group.sentBytes, calm.sentBytes, 'the sender did not notice');
  return { count, stoppedBy: 'the MAC under the session key, before the message was read' };
}

/** The flags, the flavor or the object of a message that was really sent. */
function alter(said: Uint8Array, random: Random): Uint8Array {
  const altered = said.slice();
  altered[8 + random.below(12)]! ^= 1 << random.below(8);
  return altered;
}
