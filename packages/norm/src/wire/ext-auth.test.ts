import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { arbitraryMessage, ARBITRARY_MESSAGE_SIZE_MAX, bytesOf } from '../../test/wire/arbitrary-message.ts';
import { bytesOfHex, jsonOfMessage } from '../../test/wire/vectors.ts';
import { DatagramMac, DIRECTION } from '../authentication/datagram-mac.ts';
import { arenaOf } from './arena.ts';
import { EXT_AUTH_SIZE, findMac, insertExtAuth } from './ext-auth.ts';
import { decodeMessage } from './message.ts';

/** What a second implementation is checked against: the key, what the MAC covers beside the datagram, the datagram. */
interface Vector {
  readonly note: string;
  readonly key: string;
  readonly direction: keyof typeof DIRECTION;
  readonly extendedSequence: number;
  readonly hex: string;
  readonly isAuthentic: boolean;
}
const VECTORS = JSON.parse(readFileSync(new URL('../../vectors/ext-auth.json', import.meta.url), 'utf8')) as Vector[];

describe('EXT_AUTH', () => {
  const mac = new DatagramMac();

  for (const { note, key, direction, extendedSequence, hex, isAuthentic } of VECTORS) {
    test(`${isAuthentic ? 'authentic' : 'refused'}: ${note}`, () => {
      const arena = arenaOf(bytesOfHex(hex));
      assert.ok(decodeMessage(arena, 0, arena.bytes.length).ok, 'who has no key reads it all the same');
      const macAt = findMac(arena.view, 0, arena.bytes.length);
      if (macAt !== -1) mac.put(arena.bytes, macAt);
      const matches = () => mac.matches(bytesOfHex(key), DIRECTION[direction], extendedSequence, arena.view, macAt);
      assert.equal(macAt !== -1 && matches(), isAuthentic);
    });
  }

  test('any message takes it, says the same with it, and is as it was without it', () => {
    fc.assert(
      // RFC 5740 leaves the inside of NORM_REPORT open, extensions included; nobody sends it.
      fc.property(
        arbitraryMessage.filter(({ name }) => name !== 'report'),
        fc.nat(40),
        (m, at) => {
          const before = bytesOf(m);
          const arena = arenaOf(new Uint8Array(ARBITRARY_MESSAGE_SIZE_MAX + 100).fill(0xaa));
          const end = insertExtAuth(arena, at, m.encode(arena, at));
          const size = end - at;
          assert.equal(size, before.length + EXT_AUTH_SIZE);
          const macAt = findMac(arena.view, at, size);
          const header = before[1]! * 4;
          assert.equal(macAt, at + header + 4);
          const decoded = decodeMessage(arena, at, size);
          const plain = decodeMessage(arenaOf(before), 0, before.length);
          assert.ok(decoded.ok && plain.ok);
          assert.deepEqual(jsonOfMessage(decoded.message, arena), jsonOfMessage(plain.message, arenaOf(before)));
          assert.ok(arena.bytes[end] === 0xaa, 'nothing is written behind the message');
        },
      ),
      { numRuns: 500 },
    );
  });

  test('is looked for inside the datagram alone', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const macAt = findMac(arenaOf(bytes).view, 0, bytes.length);
        assert.ok(macAt === -1 || macAt + 16 <= bytes.length);
      }),
      { numRuns: 2000 },
    );
  });
});
