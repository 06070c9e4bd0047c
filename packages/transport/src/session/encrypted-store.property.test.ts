import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { LEAF_TAG_BYTES, LeafCipher, type EncryptedLeaf } from '../content/leaf-cipher.ts';
import { EncryptedStore } from './encrypted-store.ts';
import { LeafVerifier } from './leaf-verifier.ts';
import { openMemoryStore } from './object-store.ts';

const LEAF_SIZE = 50;
const encryption = { key: new Uint8Array(32).fill(7), context: Buffer.from('context') };

interface Made {
  readonly plaintext: Uint8Array;
  readonly travelling: Uint8Array;
  readonly leaves: readonly EncryptedLeaf[];
  readonly table: Uint8Array;
}

function made(size: number): Made {
  const plaintext = Uint8Array.from({ length: size }, (_, index) => (index * 13) & 255);
  const cipher = new LeafCipher(encryption);
  const leaves = Array.from({ length: Math.ceil(size / LEAF_SIZE) }, (_, leaf) =>
    cipher.encrypt(leaf, plaintext.subarray(leaf * LEAF_SIZE, (leaf + 1) * LEAF_SIZE)),
  );
  const entries = leaves.flatMap(({ bytes, tag }) => [
    createHash('sha256').update(Uint8Array.of(0)).update(bytes).digest(),
    tag,
  ]);
  return {
    plaintext,
    travelling: Uint8Array.from(Buffer.concat(leaves.map(({ bytes }) => bytes))),
    leaves,
    table: Buffer.concat(entries),
  };
}

const part = fc.record({ from: fc.nat(), length: fc.nat(120) });
const step = fc.oneof(
  part.map((at) => ({ do: 'write' as const, ...at })),
  part.map((at) => ({ do: 'read' as const, ...at })),
  fc.record({ do: fc.constant('decrypt' as const), from: fc.nat(), length: fc.constant(0) }),
  part.map((at) => ({ do: 'hold' as const, ...at })),
);

test('whatever is written, decrypted, held and read in whatever order: outside it is ciphertext, beneath plaintext', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 330 }), fc.array(step, { maxLength: 40 }), (size, steps) => {
      const { plaintext, travelling, leaves } = made(size);
      const beneath = openMemoryStore(size);
      const store = new EncryptedStore(beneath, size, LEAF_SIZE, encryption);
      const plain = new Set<number>();
      for (let at = 0; at < size; at += 7) store.write(at, travelling.subarray(at, at + 7));
      for (const { do: what, from: anywhere, length } of steps) {
        const from = anywhere % size;
        const end = Math.min(size, from + length);
        if (what === 'write') {
          // Of a leaf that is right already it may be anything: it is dropped.
          const bytes = travelling.slice(from, end);
          for (const index of bytes.keys()) if (plain.has(Math.floor((from + index) / LEAF_SIZE))) bytes[index]! ^= 1;
          store.write(from, bytes);
        } else if (what === 'read') {
          const target = new Uint8Array(end - from);
          store.read(from, target);
          assert.deepEqual(target, travelling.slice(from, end));
        } else if (what === 'decrypt') {
          const leaf = Math.floor(from / LEAF_SIZE);
          if (plain.has(leaf)) continue;
          const wrongTag = new Uint8Array(LEAF_TAG_BYTES);
          assert.equal(store.decrypt(leaf, leaves[leaf]!.bytes, wrongTag), false);
          assert.equal(store.decrypt(leaf, leaves[leaf]!.bytes, leaves[leaf]!.tag), true);
          plain.add(leaf);
        } else {
          const held = store.onHeld({ offset: from, length: end - from });
          for (let leaf = 0; leaf < leaves.length; leaf += 1) {
            const [start, stop] = [leaf * LEAF_SIZE, Math.min(size, (leaf + 1) * LEAF_SIZE)];
            const isWhole = from <= start && stop <= end;
            assert.equal(held.offset <= start && stop <= held.offset + held.length, isWhole);
            if (!isWhole || plain.has(leaf)) continue;
            beneath.write(start, plaintext.subarray(start, stop));
            plain.add(leaf);
          }
        }
      }
      for (const index of plaintext.keys()) {
        const isPlain = plain.has(Math.floor(index / LEAF_SIZE));
        assert.equal(beneath.bytes![index], (isPlain ? plaintext : travelling)[index]);
      }
    }),
  );
});

test('cut anywhere, sent in any order and any part of it twice, an object is verified and ends as plaintext', () => {
  const pieces = fc.array(part, { maxLength: 30 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 330 }), pieces, fc.array(fc.nat()), (size, cuts, altered) => {
      const { plaintext, travelling, table, leaves } = made(size);
      const beneath = openMemoryStore(size);
      const store = new EncryptedStore(beneath, size, LEAF_SIZE, encryption);
      const verifier = new LeafVerifier(store, size, LEAF_SIZE);
      const send = (from: number, end: number, bytes: Uint8Array): void => {
        store.write(from, bytes.subarray(from, end));
        verifier.onWritten(from, end - from);
      };
      verifier.setTable(table);
      const verified = new Set<number>();
      const verify = (): void => {
        verifier.verify(Infinity);
        for (const { offset, length } of verifier.takeFindings().verified) {
          for (let leaf = offset; leaf < offset + length; leaf += 1) {
            assert.ok(!verified.has(leaf));
            verified.add(leaf);
          }
        }
      };
      for (const [index, { from: anywhere, length }] of cuts.entries()) {
        const from = anywhere % size;
        const bytes = travelling.slice();
        const place = altered[index];
        if (place !== undefined) bytes[place % size]! ^= 1;
        send(from, Math.min(size, from + length), bytes);
        if (index % 3 === 0) verify();
      }
      verify();
      send(0, size, travelling);
      verify();
      assert.equal(verified.size, leaves.length);
      assert.deepEqual(beneath.bytes, plaintext);
    }),
  );
});
