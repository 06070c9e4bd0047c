import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { DIGEST_BEHIND_MAX_BYTES, VERIFY_BUSY_ROUND_BYTES } from '../limits.ts';
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
  const digest = new PrefixDigest(store, content.length);
  const write = (from: number, to: number): void => {
    const bytes = content.subarray(from, to);
    digest.onWrite(from, bytes);
    memory.write(from, bytes);
  };
  return { digest, write, counted };
}

const ALL = CONTENT.length;

test('what is written in order while there is time is hashed where it lies', () => {
  const { digest, write, counted } = setUp();
  digest.catchUp(0, 0, false);
  for (let at = 0; at < ALL; at += 90_000) write(at, Math.min(ALL, at + 90_000));
  assert.ok(digest.isOver);
  assert.equal(digest.digest(), SHA256);
  assert.equal(counted.readBytes, 0);
});

test('what came out of order, and while there was no time, is read later, so much in one go', () => {
  const { digest, write, counted } = setUp();
  write(0, 100_000);
  assert.equal(digest.catchUp(100_000, 600_000, true), 0);
  write(200_000, ALL);
  write(100_000, 200_000);
  assert.equal(digest.catchUp(ALL, 600_000, false), 600_000);
  assert.equal(digest.isOver, false);
  assert.equal(digest.catchUp(ALL, 600_000, false), ALL - 600_000);
  assert.ok(digest.isOver);
  assert.equal(digest.digest(), SHA256);
  assert.equal(counted.readBytes, ALL);
});

test('nothing is hashed that has not come', () => {
  const { digest, write, counted } = setUp();
  write(0, 1000);
  write(2000, ALL);
  assert.equal(digest.catchUp(1000, 1_000_000, false), 1000);
  assert.equal(counted.readBytes, 1000);
  write(1000, 2000);
  assert.equal(digest.catchUp(ALL, 2_000_000, false), ALL - 2000);
  assert.equal(digest.digest(), SHA256);
});

test('what is complete is digested even where others keep the thread busy, little by little', () => {
  const { digest, write } = setUp();
  write(0, ALL);
  assert.equal(digest.catchUp(ALL - 1, 1e9, true), 0);
  let rounds = 0;
  for (; !digest.isOver; rounds += 1) assert.ok(digest.catchUp(ALL, 1e9, true) <= VERIFY_BUSY_ROUND_BYTES);
  assert.ok(rounds > 1);
  assert.equal(digest.digest(), SHA256);
});

test('who is too far behind gives up for good, without reading more', () => {
  const { digest, counted } = setUp();
  digest.catchUp(DIGEST_BEHIND_MAX_BYTES, 0, false);
  assert.equal(digest.isOver, false);
  digest.catchUp(DIGEST_BEHIND_MAX_BYTES + 1, 0, false);
  assert.equal(digest.isOver, true);
  assert.equal(digest.catchUp(1000, 1000, false), 0);
  assert.equal(digest.digest(), undefined);
  assert.equal(counted.readBytes, 0);
});

test('who has hashed more than is left does not give up: to begin anew would take longer', () => {
  const done = 2 * DIGEST_BEHIND_MAX_BYTES;
  const store = { ...openMemoryStore(0), read: () => undefined };
  const digest = new PrefixDigest(store, 4 * done);
  assert.equal(digest.catchUp(done, done, false), done);
  digest.catchUp(2 * done, 0, true);
  assert.equal(digest.isOver, false);
  digest.catchUp(2 * done + 1, 0, true);
  assert.equal(digest.isOver, true);
});

test('what is written once more is not what was hashed: given up', () => {
  const { digest, write } = setUp();
  digest.catchUp(0, 0, false);
  write(0, 1000);
  write(500, 1000);
  assert.equal(digest.isOver, true);
  assert.equal(digest.digest(), undefined);
});

test('a store that cannot be read any more is given up', () => {
  const store: ObjectStore = {
    ...openMemoryStore(10),
    read: () => {
      throw new Error('gone');
    },
  };
  const digest = new PrefixDigest(store, 10);
  assert.equal(digest.catchUp(10, 10, false), 0);
  assert.equal(digest.isOver, true);
  assert.equal(digest.digest(), undefined);
});
