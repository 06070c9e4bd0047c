import assert from 'node:assert/strict';
import {
  encodeProbe,
  isProbeAuthentic,
  PROBE_HEADER_BYTES,
  readProbe,
} from '../../../packages/transport/src/probe/probe-datagram.ts';
import { REFUSED } from '../fuzz-target.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const KEY = new Uint8Array(32).fill(7);

/** The datagrams of a probe: read or refused; authentic is what the key's holder made, and nothing else. */
export function openProbeDatagram(): FuzzTarget {
  const honest = [64, 1200, 0].flatMap((size, sequence) =>
    (['multicast', 'broadcast'] as const).map((path) =>
      encodeProbe({ kind: size === 0 ? 'answer' : 'probe', path, sizeIndex: sequence, number: 3, sequence }, size, KEY),
    ),
  );
  return {
    name: 'probe-datagram',
    sizeMax: 1300,
    millisMax: 20,
    shortCount: 20_000,
    corpus: honest,
    check: (bytes) => {
      const isHonest = honest.some((one) => Buffer.compare(one, bytes) === 0);
      assert.equal(isProbeAuthentic(bytes, KEY), isHonest);
      const read = readProbe(bytes);
      if (read === undefined) {
        assert.ok(!isHonest);
        return REFUSED;
      }
      const again = encodeProbe(read, bytes.length, KEY);
      assert.deepEqual(readProbe(again), read, 'it means the same when it is sent again');
      assert.ok(bytes.length >= PROBE_HEADER_BYTES);
      return { isAccepted: true, what: `${read.kind} ${read.path} ${isHonest}` };
    },
  };
}
