import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DatagramMac, DIRECTION } from './datagram-mac.ts';
import type { MacKernelName } from './mac-kernel.ts';

const KEYS = [1, 2, 3].map((byte) => new Uint8Array(16).fill(byte));
const DIRECTIONS = [DIRECTION.senderToGroup, DIRECTION.receiverToSender] as const;
const MAC_OFFSET = 16;

function freshMac(name: MacKernelName, datagram: Uint8Array, key: number, direction: number, sequence: number): string {
  const mac = new DatagramMac(name);
  mac.put(datagram, MAC_OFFSET);
  return Buffer.from(mac.compute(KEYS[key]!, DIRECTIONS[direction]!, sequence)).toString('hex');
}

for (const name of ['wasm', 'javascript'] as const) {
  test(`${name}: what was computed before, of another datagram, under another key or for the other direction, changes nothing`, () => {
    const step = fc.record({
      datagram: fc.option(fc.uint8Array({ minLength: 32, maxLength: 3000, size: 'max' }), { freq: 2 }),
      key: fc.nat(KEYS.length - 1),
      direction: fc.nat(1),
      sequence: fc.nat(2 ** 40),
      derives: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const mac = new DatagramMac(name);
        let current = new Uint8Array(32);
        mac.put(current, MAC_OFFSET);
        for (const { datagram, key, direction, sequence, derives } of steps) {
          if (datagram !== null) mac.put((current = datagram), MAC_OFFSET);
          if (derives) mac.deriveFeedbackKey(KEYS[key]!, sequence);
          const tag = Buffer.from(mac.compute(KEYS[key]!, DIRECTIONS[direction]!, sequence)).toString('hex');
          assert.equal(tag, freshMac(name, current, key, direction, sequence));
        }
      }),
      { numRuns: name === 'wasm' ? 100 : 20 },
    );
  });
}
