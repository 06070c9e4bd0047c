import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { LeafVerifier } from './leaf-verifier.ts';
import { openMemoryStore } from './object-store.ts';

const LEAF_SIZE = 100;
const content = Uint8Array.from({ length: 350 }, (_, index) => (index * 7) & 255);
const leaves = [0, 1, 2, 3].map((leaf) => content.subarray(leaf * LEAF_SIZE, (leaf + 1) * LEAF_SIZE));
const table = Buffer.concat(leaves.map((leaf) => createHash('sha256').update(Uint8Array.of(0)).update(leaf).digest()));

function verifierOf(bytes: Uint8Array): LeafVerifier {
  const store = openMemoryStore(bytes.length);
  store.write(0, bytes);
  return new LeafVerifier(store, bytes.length, LEAF_SIZE);
}

/** What is found when the verifier has looked at all that it can. */
function findingsOf(verifier: LeafVerifier): ReturnType<LeafVerifier['takeFindings']> {
  verifier.verify(Infinity);
  assert.ok(!verifier.isBehind);
  return verifier.takeFindings();
}

test('a leaf is verified once its last byte has come, the short last one too', () => {
  const verifier = verifierOf(content);
  verifier.setTable(table);
  verifier.onWritten(50, 149);
  assert.deepEqual(findingsOf(verifier).verified, []);
  verifier.onWritten(199, 151);
  assert.deepEqual(findingsOf(verifier), { verified: [{ offset: 1, length: 3 }], corrupt: [] });
  verifier.onWritten(0, 50);
  assert.deepEqual(findingsOf(verifier).verified, [{ offset: 0, length: 1 }]);
});

test('leaves that come before the table wait for it', () => {
  const verifier = verifierOf(content);
  verifier.onWritten(0, 350);
  assert.deepEqual(findingsOf(verifier).verified, []);
  verifier.setTable(table);
  assert.deepEqual(findingsOf(verifier).verified, [{ offset: 0, length: 4 }]);
});

test('a leaf with a wrong byte is reported as corrupt, and verified when it came again', () => {
  const bytes = content.slice();
  bytes[250] = (bytes[250] ?? 0) ^ 1;
  const store = openMemoryStore(bytes.length);
  store.write(0, bytes);
  const verifier = new LeafVerifier(store, bytes.length, LEAF_SIZE);
  verifier.setTable(table);
  verifier.onWritten(0, 350);
  assert.deepEqual(findingsOf(verifier).corrupt, [2]);
  store.write(0, content);
  verifier.onWritten(200, 100);
  assert.deepEqual(findingsOf(verifier), { verified: [{ offset: 2, length: 1 }], corrupt: [] });
});

test('held leaves are not reported, and complete a leaf that they reach into', () => {
  const verifier = verifierOf(content);
  verifier.setTable(table);
  verifier.onHeld({ offset: 0, length: 150 });
  verifier.onWritten(150, 50);
  assert.deepEqual(findingsOf(verifier).verified, [{ offset: 1, length: 1 }]);
});

test('a held range that makes a leaf whole leaves it to be verified', () => {
  const verifier = verifierOf(content);
  verifier.setTable(table);
  verifier.onWritten(0, 50);
  verifier.onWritten(230, 70);
  verifier.onHeld({ offset: 50, length: 180 });
  assert.deepEqual(findingsOf(verifier).verified, [
    { offset: 0, length: 1 },
    { offset: 2, length: 1 },
  ]);
});

test('no more is hashed in one go than is allowed, but for the end of a leaf', () => {
  const verifier = verifierOf(content);
  verifier.onWritten(0, 350);
  assert.ok(!verifier.isBehind);
  verifier.setTable(table);
  assert.equal(verifier.verify(150), 200);
  assert.deepEqual(verifier.takeFindings().verified, [{ offset: 0, length: 2 }]);
  assert.ok(verifier.isBehind);
  assert.equal(verifier.verify(150), 150);
  assert.deepEqual(verifier.takeFindings().verified, [{ offset: 2, length: 2 }]);
  assert.ok(!verifier.isBehind);
});

test('a table of another length is refused', () => {
  assert.throws(() => verifierOf(content).setTable(table.subarray(32)), RangeError);
});

/** Symbols of 30 bytes cut leaf 1, bytes 100 to 199, at 120, 150 and 180. */
function piecesOfLeafOne(): Buffer {
  const cuts = [100, 120, 150, 180, 200];
  const pieces = cuts.slice(1).map((end, index) => content.subarray(cuts[index], end));
  return Buffer.concat(pieces.map((piece) => createHash('sha256').update(piece).digest()));
}

test('of a corrupt leaf the right pieces are told from the wrong ones, and the leaf is verified once those came again', () => {
  const wrong = content.slice();
  wrong[130]! ^= 1;
  wrong[199]! ^= 1;
  const store = openMemoryStore(wrong.length);
  store.write(0, wrong);
  const verifier = new LeafVerifier(store, wrong.length, LEAF_SIZE);
  verifier.setTable(table);
  verifier.onWritten(0, 350);
  assert.deepEqual(findingsOf(verifier).corrupt, [1]);
  const pieces = verifier.judgePieces(1, 30, piecesOfLeafOne());
  assert.deepEqual(pieces, {
    right: [
      { offset: 100, length: 20 },
      { offset: 150, length: 30 },
    ],
    wrong: [
      { offset: 120, length: 30 },
      { offset: 180, length: 20 },
    ],
  });
  for (const { offset, length } of pieces.right) verifier.onWritten(offset, length);
  store.write(120, content.subarray(120, 150));
  verifier.onWritten(120, 30);
  assert.deepEqual(findingsOf(verifier).verified, []);
  store.write(180, content.subarray(180, 200));
  verifier.onWritten(180, 20);
  assert.deepEqual(findingsOf(verifier).verified, [{ offset: 1, length: 1 }]);
});

test('hashes of other pieces, or of a leaf that is right, judge nothing', () => {
  const verifier = verifierOf(content);
  verifier.setTable(table);
  assert.equal(verifier.judgePieces(1, 50, piecesOfLeafOne()), undefined);
  assert.equal(verifier.judgePieces(9, 30, piecesOfLeafOne()), undefined);
  verifier.onWritten(0, 350);
  findingsOf(verifier);
  assert.equal(verifier.judgePieces(1, 30, piecesOfLeafOne()), undefined);
});

test('what is verified is known, so that nothing is written over it', () => {
  const verifier = verifierOf(content);
  verifier.setTable(table);
  assert.deepEqual(verifier.unverified(90, 30), [{ offset: 90, length: 30 }]);
  verifier.onWritten(100, 100);
  findingsOf(verifier);
  assert.deepEqual(verifier.unverified(90, 30), [{ offset: 90, length: 10 }]);
  assert.deepEqual(verifier.unverified(90, 130), [
    { offset: 90, length: 10 },
    { offset: 200, length: 20 },
  ]);
  assert.deepEqual(verifier.unverified(120, 30), []);
});
