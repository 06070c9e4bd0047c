import assert from 'node:assert/strict';
import { MANIFEST_TYPE, SERVER_TIME_TYPE, type Envelope } from '@rollcall/api';
import { TestDirector } from '../../packages/agent/test/director.ts';
import type { Attack } from '../attack.ts';
import { director, judged, manifestOf, signedManifest } from '../support/manifests.ts';

/** Whoever answers in the server's place, without the director's key, tries every envelope that could pass for signed. */
export const attack: Attack = {
  name: 'a manifest signed by another key, by nobody, twice, as something else, or too long',
  async run() {
    const stranger = new TestDirector();
    const good = signedManifest();
    const [signature] = good.signatures as [{ keyid: string; sig: string }];
    const foreign = stranger.manifest(manifestOf()).signatures[0]!;
    const forgeries: readonly (readonly [string, Envelope, string])[] = [
      ['another key', stranger.manifest(manifestOf()), 'bad_signature'],
      [
        'another key under our key id',
        { ...good, signatures: [{ ...foreign, keyid: signature.keyid }] },
        'bad_signature',
      ],
      ['no signature', { ...good, signatures: [] }, 'bad_signature'],
      ['an empty signature', { ...good, signatures: [{ keyid: signature.keyid, sig: '' }] }, 'bad_signature'],
      ['two of strangers', { ...good, signatures: [foreign, foreign] }, 'bad_signature'],
      [
        'a thousand signatures',
        { ...good, signatures: Array(1000).fill(foreign) as typeof good.signatures },
        'bad_envelope',
      ],
      ['another type on it', { ...good, payloadType: SERVER_TIME_TYPE }, 'bad_envelope'],
      [
        'signed as another type',
        { ...director.sign(SERVER_TIME_TYPE, manifestOf()), payloadType: MANIFEST_TYPE },
        'bad_signature',
      ],
      ['32 MiB', { ...good, payload: 'A'.repeat(32 * 1024 * 1024) }, 'bad_envelope'],
      ['deep JSON, signed', director.sign(MANIFEST_TYPE, nested(5000)), 'bad_manifest'],
    ];
    for (const [what, envelope, code] of forgeries) assert.equal(judged(envelope), code, what);
    assert.equal(
      judged({ ...good, signatures: [foreign, signature] }),
      'ok',
      'a stranger beside it takes nothing away',
    );
    return { count: forgeries.length, stoppedBy: 'DSSE: type and body under a trusted key, size before signature' };
  },
};

function nested(depth: number): unknown {
  let value: unknown = {};
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}
