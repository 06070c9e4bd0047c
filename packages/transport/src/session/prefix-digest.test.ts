import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { DIGEST_BEHIND_MAX_BYTES } from '../limits.ts';
import { openMemoryStore, type ObjectStore } from './object-store.ts';
import { PrefixDigest } from './prefix-digest.ts';

const CONTENT = randomBytes(1_000_003);
const SHA256 = hash('sha256', CONTENT);

/** A store that tells how much was read of it. */
function setUp(content = CONTENT) {
  const memory = openMemoryStore(content.length);
  const counted = { readBytes: 0 };
  const store: ObjectStore = {
    ...memory,
    read(offset, target) {
      counted.readBytes += target.length;
      memory.read(offset, target);
    },
  };
  const digest = new PrefixDigest(store);
  const write = (from: number, to: number): void => {
    const bytes = content.subarray(from, to);
    digest.onWrite(from, bytes);
    memory.write(from, bytes);
  };
  return { digest, write, counted };
}

test('what is written in order while there is time is hashed where it lies', () => {
  const { digest, write, counted } = setUp();
  digest.hasTime = true;
  for (let at = 0; at < CONTENT.length; at += 90_000) write(at, Math.min(CONTENT.length, at + 90_000));
  assert.equal(digest.catchUp(CONTENT.length, 0), false);
  assert.equal(digest.digest(), SHA256);
  assert.equal(counted.readBytes, 0);
});

test('what came out of order, and while there was no time, is read later, so much in one go', () => {
  const { digest, write, counted } = setUp();
  write(0, 100_000);
  digest.hasTime = true;
  write(200_000, 1_000_003);
  write(100_000, 200_000);
  assert.equal(digest.catchUp(CONTENT.length, 600_000), true);
  assert.equal(counted.readBytes, 600_000);
  assert.equal(digest.catchUp(CONTENT.length, 600_000), false);
  assert.equal(digest.digest(), SHA256);
});

test('nothing is hashed that has not come', () => {
  const { digest, write, counted } = setUp();
  write(0, 1000);
  write(2000, 1_000_003);
  assert.equal(digest.catchUp(1000, 1_000_000), false);
  assert.equal(counted.readBytes, 1000);
  digest.hasTime = true;
  write(1000, 2000);
  assert.equal(digest.catchUp(CONTENT.length, 2_000_000), false);
  assert.equal(digest.digest(), SHA256);
});

test('who is too far behind gives up for good, without reading more', () => {
  const { digest, counted } = setUp();
  assert.equal(digest.catchUp(DIGEST_BEHIND_MAX_BYTES, 0), true);
  assert.equal(digest.isGivenUp, false);
  assert.equal(digest.catchUp(DIGEST_BEHIND_MAX_BYTES + 1, 0), false);
  assert.equal(digest.isGivenUp, true);
  assert.equal(digest.catchUp(1000, 1000), false);
  assert.equal(counted.readBytes, 0);
});

test('what is written once more is not what was hashed: given up', () => {
  const { digest, write } = setUp();
  digest.hasTime = true;
  write(0, 1000);
  write(500, 1000);
  assert.equal(digest.isGivenUp, true);
});

test('a store that cannot be read any more is given up', () => {
  const store: ObjectStore = {
    ...openMemoryStore(10),
    read: () => {
      throw new Error('gone');
    },
  };
  const digest = new PrefixDigest(store);
  assert.equal(digest.catchUp(10, 10), false);
  assert.equal(digest.isGivenUp, true);
});
