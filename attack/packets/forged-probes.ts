import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '@rollcall/norm';
import { answerKeyOf, ProbeReceiver, ProbeSender } from '@rollcall/transport/probe';
import { encodeProbe } from '../../packages/transport/src/probe/probe-datagram.ts';
import type { Attack } from '../attack.ts';

const SIZES = [64, 1200] as const;
const ANSWERS_MAX = 4;
const NUMBER = 1;

/**
 * A stranger who floods a device that listens to a probe, and the server that sends it; and a member, who has the probe's
 * key and makes the device answer to somebody else.
 */
export const attack: Attack = {
  name: "a probe's datagrams and answers forged by a stranger, and by a member that wants a device to flood somebody",
  run: (scale) => flood(scale === 'full' ? 200_000 : 4_000),
};

async function flood(count: number): Promise<{ count: number; stoppedBy: string }> {
  const random = new Random(process.pid);
  const group = { address: `239.255.79.${1 + random.below(250)}`, port: 20_000 + random.below(20_000) };
  const network = { mode: 'multicast', group, interface: 'lo' } as const;
  const [key, answerSecret] = [randomBytes(32), randomBytes(32)];
  const answered: number[] = [];
  const server = await ProbeSender.open({
    network,
    sizes: SIZES,
    key,
    answerSecret,
    onAnswer: (number) => answered.push(number),
  });
  const device = await ProbeReceiver.open({
    network,
    limits: { sizeCount: SIZES.length, datagramCount: 100, answersMax: ANSWERS_MAX, answerSpacingMs: 50 },
    key,
    answerKey: answerKeyOf(answerSecret, NUMBER),
    number: NUMBER,
  });
  const attacker = createSocket('udp4');
  attacker.bind(0, '127.0.0.1');
  await once(attacker, 'listening');
  attacker.setMulticastInterface('127.0.0.1');
  let victimBytes = 0;
  attacker.on('message', (bytes) => (victimBytes += bytes.length));
  const serverPort = { address: '127.0.0.1', port: server.localPort };
  try {
    const probe = { kind: 'probe', path: 'multicast', sizeIndex: 0, number: 0 } as const;
    const forgeries = (sequence: number): readonly (readonly [Uint8Array, { address: string; port: number }])[] => [
      [encodeProbe({ ...probe, sequence }, SIZES[0], answerSecret.subarray(1)), group],
      [randomBytes(random.below(1400)), group],
      // Another device's answers, by who has the probe's key and an answer key of its own.
      [
        encodeProbe({ ...probe, kind: 'answer', number: 2, sequence }, 0, answerKeyOf(answerSecret, NUMBER)),
        serverPort,
      ],
      [encodeProbe({ ...probe, kind: 'answer', number: NUMBER, sequence }, 0, key), serverPort],
    ];
    await sendAll(attacker, count, forgeries);
    assert.deepEqual([device.heard().received, answered.length, victimBytes], [[0, 0], 0, 0]);

    // What comes a second later finds its turn again, for the flood took only that second's.
    await sleep(1100);
    const genuine = (sequence: number) => encodeProbe({ ...probe, sequence }, SIZES[0], key);
    await sendAll(attacker, count, (index) => [[genuine(index % 1000), group]]);
    await sleep(200);
    const { received, answersSent } = device.heard();
    assert.ok(received[0]! > 0 && received[0]! <= 100, `it came as far: ${received[0]}`);
    assert.ok(
      answersSent <= ANSWERS_MAX && victimBytes <= ANSWERS_MAX * 32,
      `${answersSent} answers, ${victimBytes} bytes`,
    );
  } finally {
    await Promise.all([server.close(), device.close()]);
    attacker.close();
  }
  return {
    count: 5 * count,
    stoppedBy: 'the keys of the probe, and a bound on answers: 32 bytes each, few, and far between',
  };
}

async function sendAll(
  socket: Socket,
  count: number,
  make: (index: number) => readonly (readonly [Uint8Array, Pick<AddressInfo, 'address' | 'port'>])[],
): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    for (const [bytes, { address, port }] of make(index)) {
      await new Promise<void>((resolve) => {
        socket.send(bytes, port, address, () => resolve());
      });
    }
  }
}
