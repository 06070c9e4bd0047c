import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { arenaOf } from '../../packages/norm/src/wire/arena.ts';
import type { MessageName } from '../../packages/norm/src/wire/message.ts';
import { decodeMessage } from '../../packages/norm/src/wire/message.ts';
import { assertSameAsDissection } from './compare-dissection.ts';
import { LIBNORM_MISSING } from './libnorm-process.ts';
import type { CapturedDatagram } from './pcap.ts';
import { writePcap } from './pcap.ts';
import type { Transfer } from './transfers.ts';
import { transferBetweenOurs, transferFromLibnorm, transferToLibnorm } from './transfers.ts';
import { TSHARK_MISSING, dissect } from './tshark.ts';

const MIB = 1024 ** 2;

describe('Wireshark reads a whole session as we do', { skip: TSHARK_MISSING }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'rollcall-capture-'));
  after(() => rmSync(directory, { recursive: true }));

  test('our sender, libnorm receives, 5 % loss', { skip: LIBNORM_MISSING, timeout: 180_000 }, async (context) => {
    const { captured } = await transferToLibnorm(transfer(16 * MIB, context.diagnostic.bind(context)));
    assertReadAlike(captured, ['info', 'data', 'cc', 'repairAdv', 'flush', 'eot', 'nack', 'ack']);
  });

  test('libnorm sends, our receiver, 5 % loss', { skip: LIBNORM_MISSING, timeout: 180_000 }, async (context) => {
    const { captured } = await transferFromLibnorm(transfer(16 * MIB, context.diagnostic.bind(context)));
    assertReadAlike(captured, ['info', 'data', 'cc', 'flush', 'nack', 'ack']);
  });

  test('our sender and our receiver, Compact No-Code, 5 % loss', { timeout: 180_000 }, async (context) => {
    const { captured } = await transferBetweenOurs({
      ...transfer(4 * MIB, context.diagnostic.bind(context)),
      fec: { scheme: 'none', blockLength: 64 },
    });
    assertReadAlike(captured, ['info', 'data', 'cc', 'flush', 'eot', 'nack', 'ack']);
  });

  function assertReadAlike(captured: readonly CapturedDatagram[], expected: readonly MessageName[]): void {
    const path = join(directory, 'session.pcap');
    writePcap(path, captured);
    const ports = new Set(captured.flatMap(({ source, target }) => [source.port, target.port]));
    const dissections = dissect(path, [...ports]);
    assert.equal(dissections.length, captured.length);
    const seen = new Set<MessageName>();
    for (const [index, { payload }] of captured.entries()) {
      const decoded = decodeMessage(arenaOf(payload), 0, payload.length);
      const dissection = dissections[index];
      assert.ok(decoded.ok && dissection !== undefined, 'every datagram of a session is understood');
      seen.add(decoded.message.type);
      try {
        assertSameAsDissection(decoded.message, dissection);
      } catch (cause) {
        throw new Error(`${decoded.message.type} ${Buffer.from(payload).toString('hex')}`, { cause });
      }
    }
    const missing = expected.filter((name) => !seen.has(name));
    assert.deepEqual(missing, [], 'the session had something of everything');
  }
});

function transfer(size: number, diagnostic: (message: string) => void): Transfer {
  const seed = randomInt(2 ** 31);
  diagnostic(`seed ${seed}`);
  return {
    objects: [randomBytes(size)],
    kind: 'file',
    symbolSize: 1400,
    fec: { scheme: 'reedSolomon', blockLength: 64, repairSymbolCount: 16 },
    lossPercent: 5,
    megabitsPerSecond: 200,
    isCapturing: true,
    seed,
  };
}
