import assert from 'node:assert/strict';
import type { Attack } from '../attack.ts';
import { judged, signedManifest, UTC } from '../support/manifests.ts';

const HOUR = 3_600_000;

/** Manifests that the director did sign, for another device, another task or another time. */
export const attack: Attack = {
  name: 'a genuine manifest of another device or task, expired, or not yet valid',
  async run() {
    assert.equal(judged(signedManifest({ audience: ['device-2'] })), 'wrong_audience');
    assert.equal(judged(signedManifest({ taskId: 'another' })), 'wrong_task');
    assert.equal(judged(signedManifest({ attempt: 2 })), 'wrong_task');
    assert.equal(judged(signedManifest(), UTC + HOUR), 'expired_manifest');
    assert.equal(judged(signedManifest({ notBefore: UTC + HOUR })), 'not_yet_valid');
    return { count: 5, stoppedBy: 'audience, task, attempt and times are signed, and compared by the device' };
  },
};
