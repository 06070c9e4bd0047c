import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { arbitraryMessage, bytesOf, type Encodable } from '../../packages/norm/test/wire/arbitrary-message.ts';
import { bytesOfHex, readVectors } from '../../packages/norm/test/wire/vectors.ts';
import { EXT_AUTH_SIZE, insertExtAuth } from '../../packages/norm/src/wire/ext-auth.ts';
import { arenaOf } from '../../packages/norm/src/wire/arena.ts';
import { decodeMessage } from '../../packages/norm/src/wire/message.ts';
import { assertSameAsDissection } from './compare-dissection.ts';
import { writePcap } from './pcap.ts';
import { TSHARK_MISSING, dissect, type Dissection } from './tshark.ts';

const PORT = 6003;
const VECTOR_FILES = [
  'info',
  'data',
  'command-flush',
  'command-eot',
  'command-squelch',
  'command-cc',
  'command-repair-adv',
  'command-ack-req',
  'command-application',
  'nack',
  'ack',
  'report',
];

describe('Wireshark reads our messages as we do', { skip: TSHARK_MISSING }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'rollcall-wire-'));
  after(() => rmSync(directory, { recursive: true }));

  test('every valid vector', () => {
    const vectors = VECTOR_FILES.flatMap(readVectors).filter((vector) => 'decoded' in vector);
    assertRead(vectors.map((vector) => bytesOfHex(vector.hex)));
  });

  test('a thousand arbitrary messages', (context) => {
    const seed = Date.now() & 0x7fffffff;
    context.diagnostic(`seed ${seed}`);
    assertRead(fc.sample(arbitraryMessage, { numRuns: 1000, seed }).map(bytesOf));
  });

  test('two hundred arbitrary messages that are authenticated', () => {
    // Of a SQUELCH the dissector takes header extensions for the list behind them: for that see below.
    const messages = arbitraryMessage.filter(({ name }) => name !== 'report' && name !== 'squelch');
    assertRead(fc.sample(messages, { numRuns: 200 }).map(authenticated));
  });

  test('a SQUELCH that is authenticated is still a SQUELCH', () => {
    const squelches = fc.sample(
      arbitraryMessage.filter(({ name }) => name === 'squelch'),
      { numRuns: 5 },
    );
    for (const dissection of dissectAll(squelches.map(authenticated))) {
      assert.match(dissection.protocols, /:norm(?::|$)/);
      assert.deepEqual([dissection.type, dissection.flavor], [3, 3]);
    }
  });

  function authenticated(message: Encodable): Uint8Array {
    const bytes = bytesOf(message);
    const longer = new Uint8Array(bytes.length + EXT_AUTH_SIZE);
    longer.set(bytes);
    insertExtAuth(arenaOf(longer), 0, bytes.length);
    return longer;
  }

  function dissectAll(datagrams: readonly Uint8Array[]): readonly Dissection[] {
    const path = join(directory, 'messages.pcap');
    const place = { address: 0x7f000001, port: PORT };
    writePcap(
      path,
      datagrams.map((payload, index) => ({ micros: index, source: place, target: place, payload })),
    );
    const dissections = dissect(path, [PORT]);
    assert.equal(dissections.length, datagrams.length);
    return dissections;
  }

  function assertRead(datagrams: readonly Uint8Array[]): void {
    const dissections = dissectAll(datagrams);
    for (const [index, datagram] of datagrams.entries()) {
      const decoded = decodeMessage(arenaOf(datagram), 0, datagram.length);
      const dissection = dissections[index];
      assert.ok(decoded.ok && dissection !== undefined);
      try {
        assertSameAsDissection(decoded.message, dissection);
      } catch (cause) {
        throw new Error(`${decoded.message.type} ${Buffer.from(datagram).toString('hex')}`, { cause });
      }
    }
  }
});
