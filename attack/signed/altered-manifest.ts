import assert from 'node:assert/strict';
import type { Attack } from '../attack.ts';
import { judged, signedManifest } from '../support/manifests.ts';

/** Whoever has broken the connection changes a bit of the manifest, or of its signature, on its way. */
export const attack: Attack = {
  name: 'a signed manifest with a bit changed',
  run: (scale) => Promise.resolve(flip(scale === 'full' ? 100_000 : 2000)),
};

function flip(count: number): { count: number; stoppedBy: string } {
  const good = signedManifest();
  assert.equal(judged(good), 'ok');
  for (let index = 0; index < count; index += 1) {
    const isPayload = index % 2 === 0;
    const bytes = Buffer.from(isPayload ? good.payload : good.signatures[0]!.sig, 'base64');
    // A prime step visits every byte, and every bit of it.
    bytes[(index * 7919) % bytes.length]! ^= 1 << (index % 8);
    const text = bytes.toString('base64');
    const altered = isPayload
      ? { ...good, payload: text }
      : { ...good, signatures: [{ ...good.signatures[0]!, sig: text }] };
    assert.equal(judged(altered), 'bad_signature');
  }
  return { count, stoppedBy: 'Ed25519 over the whole envelope (bad_signature); nothing of it is parsed' };
}
