/** A device's view of manifests, and a director who signs whatever an attack wants. */
import { createPublicKey, verify } from 'node:crypto';
import type { Envelope, Manifest } from '@rollcall/api';
import { judgeManifest } from '../../packages/agent/src/core/trust/judge-manifest.ts';
import type { TrustedKey } from '../../packages/agent/src/core/trust/open-envelope.ts';
import { TestDirector } from '../../packages/agent/test/director.ts';

export const UTC = Date.UTC(2026, 5, 1);
const DEVICE = 'device-1';
export const director = new TestDirector();

const publicKey = createPublicKey({ key: Buffer.from(director.publicKey, 'base64'), format: 'der', type: 'spki' });
const trusted: TrustedKey = {
  keyId: director.keyId,
  verify: (message, signature) => verify(null, message, publicKey, signature),
};

export function manifestOf(fields: Partial<Manifest> = {}): Manifest {
  return {
    taskId: 'task',
    attempt: 1,
    action: { kind: 'copy', to: 'x', form: 'file', name: 'x' },
    content: {
      id: 'a'.repeat(64),
      encoding: 'identity',
      size: 0,
      leafSize: 65536,
      leafCount: 0,
      root: '0'.repeat(64),
      sha256: '0'.repeat(64),
    },
    audience: [DEVICE],
    weight: 100,
    createdAt: UTC,
    notBefore: UTC,
    expiresAt: UTC + 3_600_000,
    timeoutSeconds: 60,
    ...fields,
  };
}

export function signedManifest(fields: Partial<Manifest> = {}): Envelope {
  return director.manifest(manifestOf(fields));
}

/** What the device makes of it: `ok`, or why not. */
export function judged(manifest: Envelope, utc = UTC): string {
  const named = { taskId: 'task', attempt: 1, manifest, isAdvance: false };
  const result = judgeManifest(named, { deviceId: DEVICE, utc, keys: [trusted] });
  return result.ok ? 'ok' : result.error.code;
}
