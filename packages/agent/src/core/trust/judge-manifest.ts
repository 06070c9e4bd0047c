import { type Envelope, isOf, limits, Manifest, MANIFEST_TYPE } from '@rollcall/api';
import { openEnvelope, type Refused, refused, type TrustedKey } from './open-envelope.ts';

export interface ManifestContext {
  readonly deviceId: string;
  /** This device's time. */
  readonly utc: number;
  /** The director's. */
  readonly keys: readonly TrustedKey[];
}

/** What the decision around a manifest says of it. None of this is signed. */
export interface NamedManifest {
  readonly taskId: string;
  readonly attempt: number;
  readonly manifest: Envelope;
  /** It is only to be known: its time may be still to come. */
  readonly isAdvance: boolean;
}

export type Judged = { readonly ok: true; readonly manifest: Manifest } | Refused;

/** Whether a manifest is the director's, for this device, and valid at this time. */
export function judgeManifest(named: NamedManifest, { deviceId, utc, keys }: ManifestContext): Judged {
  const opened = openEnvelope(named.manifest, MANIFEST_TYPE, keys);
  if (!opened.ok) return refuse(opened.error.code, `${opened.error.message}. ${ADVICE}`);
  const manifest = opened.statement;
  if (!isOf(Manifest, manifest)) return refuse('bad_manifest', 'it is not one that this agent reads: update the agent');
  const { taskId, attempt, audience, content, contentKey, notBefore, expiresAt } = manifest;
  if (taskId !== named.taskId || attempt !== named.attempt) {
    return refuse('wrong_task', `it is about attempt ${attempt} of task ${taskId}. ${ADVICE}`);
  }
  if (!audience.includes(deviceId)) return refuse('wrong_audience', `it is for another device. ${ADVICE}`);
  if (content.leafCount !== Math.ceil(content.size / content.leafSize)) {
    return refuse('bad_manifest', 'the leaves that it names do not make up its content: upload the content again');
  }
  if ((content.encoding === 'identity') !== (contentKey === undefined)) {
    return refuse(
      'bad_manifest',
      'its content is encrypted and it brings no key, or the other way round: update the agent',
    );
  }
  if (expiresAt <= utc) {
    return refuse('expired_manifest', `it expired at ${iso(expiresAt)}: create the task again if it is still wanted`);
  }
  if (!named.isAdvance && notBefore > utc + limits.CLOCK_TOLERANCE_SECONDS * 1000) {
    return refuse('not_yet_valid', `it begins at ${iso(notBefore)}: check the server's clock`);
  }
  return { ok: true, manifest };
}

function refuse(code: string, message: string): Refused {
  return refused(code, `the manifest was refused: ${message}`);
}

function iso(utc: number): string {
  return Number.isFinite(new Date(utc).getTime()) ? new Date(utc).toISOString() : String(utc);
}

const ADVICE = 'Find out what stands between server and device, then retry the task';
