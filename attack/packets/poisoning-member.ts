import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Attack } from '../attack.ts';
import { LeafVerifier } from '../../packages/transport/src/session/leaf-verifier.ts';
import { openMemoryStore } from '../../packages/transport/src/session/object-store.ts';
import { wrongSymbol } from '../support/forged-messages.ts';
import { NormGroup, SENDER, SYMBOL_SIZE, testContent, type Member } from '../support/norm-group.ts';

/**
 * A member sends wrong symbols as the sender, signed, a little ahead of the true ones, into blocks that are on their way.
 * As on a device each leaf is verified, the pieces of a wrong one are judged, and the wrong ones are taken again.
 */
export const attack: Attack = {
  name: 'a member poisons blocks with wrong symbols, signed as the sender: no wrong byte is kept, only the wrong ones come again',
  run: (scale) => Promise.resolve(poison(scale === 'full' ? 64 : 8)),
};

const LEAF_SIZE = 65_536;
const BLOCK_LENGTH = 64;
/** A forged one goes into each block so many of which have passed. */
const POISONED_EVERY = 7;

function poison(megabytes: number): { count: number; stoppedBy: string } {
  const content = testContent(megabytes * 1024 ** 2);
  const group = new NormGroup({ content, receiverCount: 3, lossRatio: 0.02 });
  const table = leafTableOf(content);
  const verifiers = group.members.map(({ sink }) => {
    const verifier = new LeafVerifier(
      { ...openMemoryStore(0), read: (offset, into) => into.set(sink.subarray(offset, offset + into.length)) },
      content.length,
      LEAF_SIZE,
    );
    verifier.setTable(table);
    return verifier;
  });
  let count = 0;
  let mendedCount = 0;
  let leftCount = 0;
  let poisonedBlock = -1;
  group.run(60, () => {
    const last = group.said.findLast((datagram) => datagram[0] === 0x12);
    if (last !== undefined) {
      const view = new DataView(last.buffer, last.byteOffset);
      const block = view.getUint32(16) >>> 8;
      if (
        block % POISONED_EVERY === 0 &&
        block > poisonedBlock &&
        (block + 1) * BLOCK_LENGTH * SYMBOL_SIZE < content.length
      ) {
        poisonedBlock = block;
        const sequence = (view.getUint16(2) + 200) & 0xffff;
        group.toMembers(wrongSymbol(sequence, block, 60, SYMBOL_SIZE, group.senderKey, sequence < 200 ? 1 : 0));
        count += 1;
      }
    }
    for (const [index, member] of group.members.entries()) {
      const found = verify(group, member, verifiers[index]!, content);
      mendedCount += found.mended;
      leftCount += found.left;
    }
  });
  assert.ok(count > 0 && mendedCount > 0, 'it poisoned something');
  for (const [index, member] of group.members.entries()) {
    verify(group, member, verifiers[index]!, content);
    const wrong = Buffer.compare(member.sink, content) !== 0;
    assert.ok(!wrong || leftCount > 0, 'what was not mended is known, and left to unicast');
  }
  return {
    count,
    stoppedBy: `the leaf's hash; ${mendedCount} leaves mended by their pieces, ${leftCount} left to unicast`,
  };
}

/** What a device does between two datagrams. */
function verify(
  group: NormGroup,
  member: Member,
  verifier: LeafVerifier,
  content: Uint8Array,
): { mended: number; left: number } {
  for (const { offset, length } of member.written.splice(0)) verifier.onWritten(offset, length);
  verifier.verify(Infinity);
  let [mended, left] = [0, 0];
  const { verified, corrupt } = verifier.takeFindings();
  for (const { offset, length } of verified) {
    const [from, to] = [offset * LEAF_SIZE, (offset + length) * LEAF_SIZE];
    assert.equal(Buffer.compare(member.sink.subarray(from, to), content.subarray(from, to)), 0, 'verified is right');
  }
  for (const leaf of corrupt) {
    const pieces = verifier.judgePieces(leaf, SYMBOL_SIZE, piecesOf(content, leaf));
    assert.ok(pieces !== undefined && pieces.wrong.length > 0);
    const key = { senderId: SENDER.nodeId, instanceId: SENDER.instanceId, toi: 1 };
    if (pieces.wrong.every((range) => member.session.loseRange(key, range))) mended += 1;
    else left += 1;
    for (const { offset, length } of pieces.right) verifier.onWritten(offset, length);
  }
  return { mended, left };
}

function leafTableOf(content: Uint8Array): Uint8Array {
  const leafCount = Math.ceil(content.length / LEAF_SIZE);
  return Buffer.concat(
    Array.from({ length: leafCount }, (_, leaf) =>
      createHash('sha256')
        .update(Uint8Array.of(0))
        .update(content.subarray(leaf * LEAF_SIZE, (leaf + 1) * LEAF_SIZE))
        .digest(),
    ),
  );
}

/** As the server computes them on demand. */
function piecesOf(content: Uint8Array, leaf: number): Uint8Array {
  const end = Math.min(content.length, (leaf + 1) * LEAF_SIZE);
  const digests: Buffer[] = [];
  for (let at = leaf * LEAF_SIZE; at < end;) {
    const to = Math.min(end, (Math.floor(at / SYMBOL_SIZE) + 1) * SYMBOL_SIZE);
    digests.push(createHash('sha256').update(content.subarray(at, to)).digest());
    at = to;
  }
  return Buffer.concat(digests);
}
