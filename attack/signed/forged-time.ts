import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Envelope } from '@rollcall/api';
import { DeviceTrust, type DeviceTrustOptions } from '../../packages/agent/src/link/device-trust.ts';
import { TestAuthority } from '../../packages/agent/test/certificates.ts';
import { TestDirector } from '../../packages/agent/test/director.ts';
import type { Attack } from '../attack.ts';

const NOW = Date.UTC(2026, 5, 1);
const YEAR = 365 * 86_400_000;

/** Whoever answers in the server's place tries to set back, or to set ahead, the time of a device whose clock says 1970. */
export const attack: Attack = {
  name: 'a forged or replayed time answer',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-attack-'));
    try {
      return await forge(join(folder, 'trust.json'));
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

async function forge(path: string) {
  const [authority, director] = [new TestAuthority(), new TestDirector()];
  const [foreign, stranger] = [new TestAuthority(), new TestDirector()];
  const options = {
    path,
    certificateAuthority: authority.pem,
    certifiedAt: 0,
    clock: () => 0,
    log: { info: () => undefined, warn: () => undefined } as unknown as DeviceTrustOptions['log'],
  };
  const trust = await DeviceTrust.open(options);
  const first = trust.newNonce();
  const recorded = director.time(NOW, first);
  const keys = director.keys(authority, 2);
  await trust.handleCheckIn({ director: keys, time: recorded }, first);
  assert.ok(Math.abs(trust.now() - NOW) < 60_000);

  const nonce = trust.newNonce();
  const altered = (time: Envelope): Envelope => ({
    ...time,
    payload: Buffer.from(JSON.stringify({ serverTime: NOW - YEAR, nonce })).toString('base64'),
  });
  const forgeries: readonly { readonly director: Envelope; readonly time: Envelope }[] = [
    { director: keys, time: recorded },
    { director: keys, time: director.time(NOW - YEAR, 'n'.repeat(32)) },
    { director: keys, time: stranger.time(NOW - YEAR, nonce) },
    { director: keys, time: altered(director.time(NOW, nonce)) },
    { director: keys, time: { ...director.time(NOW - YEAR, nonce), signatures: [] } },
    { director: stranger.keys(foreign, 3), time: stranger.time(NOW - YEAR, nonce) },
    // Keys that the authority did vouch for, and that a later list has withdrawn.
    { director: stranger.keys(authority, 1), time: stranger.time(NOW - YEAR, nonce) },
  ];
  for (const forgery of forgeries) {
    await assert.rejects(trust.handleCheckIn(forgery, nonce), { name: 'TrustError' });
    await assert.rejects(trust.handleTime(forgery.time, nonce), { name: 'TrustError' });
    const restarted = await DeviceTrust.open(options);
    for (const one of [trust, restarted]) assert.ok(Math.abs(one.now() - NOW) < 60_000, 'the time has not moved');
  }
  return { count: 2 * forgeries.length, stoppedBy: "the director's signature over the device's own nonce" };
}
