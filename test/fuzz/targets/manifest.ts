import assert from 'node:assert/strict';
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Envelope, isOf, Manifest, MANIFEST_TYPE, preAuthEncoding } from '@rollcall/api';
import { Random } from '@rollcall/norm';
import { judgeManifest } from '../../../packages/agent/src/core/trust/judge-manifest.ts';
import type { TrustedKey } from '../../../packages/agent/src/core/trust/open-envelope.ts';
import { signEnvelope } from '../../../packages/server/src/certificates/envelope.ts';
import { REFUSED } from '../fuzz-target.ts';
import type { FuzzTarget, Outcome } from '../fuzz-target.ts';
import { mutateJson } from '../json-mutator.ts';
import { sampleOf } from '../sample-of-schema.ts';

const UTC = 1000;
const DEVICE = 'device';
const KEY_ID = 'director';
const VERIFIED_FIRST = 1000;
const VERIFIED_EACH = 100;
const keys = generateKeyPairSync('ed25519');

/** What is altered of a signed manifest in any way is refused, and what is taken is what was signed. */
export function openEnvelopeTarget(seed: number): FuzzTarget {
  const manifests = sampleManifests(seed);
  const key = { keyId: KEY_ID, verify: verifierOf(manifests.map(seal)) };
  return {
    ...manifestTarget(manifests, key, (manifest) => {
      assert.ok(
        manifests.some((signed) => isDeepStrictEqual(signed, manifest)),
        'a manifest that nobody signed',
      );
    }),
    name: 'envelope',
    shortCount: 1500,
  };
}

/**
 * Ed25519 gives a message one signature, so what is right is what was signed. Comparing costs a hundredth of verifying,
 * which the first cases and then each hundredth do, and each that is right.
 */
function verifierOf(envelopes: readonly Envelope[]): TrustedKey['verify'] {
  const signed = envelopes.map(({ payload, signatures }) => ({
    message: preAuthEncoding(MANIFEST_TYPE, Buffer.from(payload, 'base64')),
    signature: Buffer.from(signatures[0]!.sig, 'base64'),
  }));
  let askedCount = 0;
  return (message, signature) => {
    askedCount += 1;
    const isRight = signed.some((one) => one.signature.equals(signature) && Buffer.compare(one.message, message) === 0);
    if (isRight || askedCount <= VERIFIED_FIRST || askedCount % VERIFIED_EACH === 0) {
      assert.equal(verify(null, message, keys.publicKey, signature), isRight);
    }
    return isRight;
  };
}

/** Behind the signature: whatever a director signs is one whole manifest for this device and now, or refused. */
export function openManifestTarget(seed: number): FuzzTarget {
  const key = { keyId: KEY_ID, verify: () => true };
  return manifestTarget(sampleManifests(seed), key, (manifest) => {
    const { audience, expiresAt, content } = manifest;
    assert.ok(isOf(Manifest, manifest) && audience.includes(DEVICE) && expiresAt > UTC);
    // JSON has a -0, which counts the same.
    assert.ok(content.leafCount === Math.ceil(content.size / content.leafSize));
  });
}

function manifestTarget(
  manifests: readonly Manifest[],
  key: TrustedKey,
  assertRight: (manifest: Manifest) => void,
): FuzzTarget {
  const envelopes = manifests.map(seal);
  return {
    name: 'manifest',
    sizeMax: 16 * 1024,
    millisMax: 100,
    shortCount: 10_000,
    corpus: envelopes.map((envelope) => Buffer.from(JSON.stringify(envelope))),
    dictionary: ['"sig"', '"keyid"', '"payload":', '=', '-_', '{}', '[]'].map((text) => Buffer.from(text)),
    generate: (random) => {
      const index = random.below(manifests.length);
      if (random.chance(0.5)) return Buffer.from(mutateJson(envelopes[index], random));
      // The statement itself, under the signature of the one that it was.
      const payload = Buffer.from(mutateJson(manifests[index], random)).toString('base64');
      return Buffer.from(JSON.stringify({ ...envelopes[index], payload }));
    },
    check: (bytes) => judge(bytes, key, assertRight),
  };
}

function judge(bytes: Uint8Array, key: TrustedKey, assertRight: (manifest: Manifest) => void): Outcome {
  let envelope: unknown;
  try {
    envelope = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return REFUSED;
  }
  if (!isOf(Envelope, envelope)) return REFUSED;
  const named = { taskId: 'a', attempt: 1, manifest: envelope, isAdvance: false };
  const judged = judgeManifest(named, { deviceId: DEVICE, utc: UTC, keys: [key] });
  if (!judged.ok) {
    assert.ok(judged.error.message.length < 1000, `${judged.error.message.length} characters of reason`);
    return { isAccepted: false, what: judged.error.code };
  }
  assertRight(judged.manifest);
  return { isAccepted: true, what: `accepted ${judged.manifest.action.kind}` };
}

function seal(manifest: Manifest): Envelope {
  return signEnvelope(MANIFEST_TYPE, manifest, KEY_ID, (bytes) => sign(null, bytes, keys.privateKey));
}

function sampleManifests(seed: number): readonly Manifest[] {
  const random = new Random(seed);
  return Array.from({ length: 20 }, () => {
    const manifest = sampleOf(Manifest, random) as Manifest;
    const content = { ...manifest.content, size: 100, leafSize: 65_536, leafCount: 1 };
    return { ...manifest, taskId: 'a', attempt: 1, audience: [DEVICE], notBefore: 0, expiresAt: 1e6, content };
  });
}
