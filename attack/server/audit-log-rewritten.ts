import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  AUDIT_BEGIN,
  auditLine,
  canonicalJson,
  sealAuditEntry,
  type AuditEntry,
  type AuditHead,
  type SignedCheckpoint,
} from '@rollcall/api';
import { lastCheckpointOf } from '../../packages/cli/src/client/audit-checkpoint.ts';
import { verifyAudit, type Kept } from '../../packages/cli/src/client/verify-audit.ts';
import { AuditCheckpoints } from '../../packages/server/src/audit/audit-checkpoints.ts';
import { CertificateAuthority } from '../../packages/server/src/certificates/certificate-authority.ts';
import type { Attack } from '../attack.ts';

/**
 * Somebody writes the whole audit log anew, with right hashes, after a checkpoint of it was taken elsewhere: without the
 * authority's key, and with it.
 */
export const attack: Attack = {
  name: 'audit log written anew as a whole, behind a checkpoint that was kept',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-attack-'));
    try {
      const authority = await CertificateAuthority.open(join(folder, 'ours'), Date.now());
      const stranger = await CertificateAuthority.open(join(folder, 'theirs'), Date.now());
      const honest = chainOf('mallory');
      const forged = chainOf('ada');
      const early = honest[4]!;
      // Out of an earlier export, or out of the server's log, as a journal keeps it.
      const exported = [...linesOf(honest.slice(0, 5)), lineOf(signed(authority, early))];
      const logged = `Nov 28 17:00:00 srv rollcall: ${JSON.stringify({ level: 30, signedCheckpoint: signed(authority, early) })}`;
      const kept = { checkpoint: await lastCheckpointOf(Readable.from(exported)) };
      assert.deepEqual(await lastCheckpointOf(Readable.from([logged, 'another line'])), kept.checkpoint);
      const pin = { pin: authority.pin };
      const log = [...linesOf(honest), lineOf(signed(authority, honest.at(-1)!))];
      for (const known of [{}, kept, pin, { ...kept, ...pin }]) {
        assert.equal((await verify(log, known)).checkpoint?.pin, authority.pin);
      }

      const ofStranger = signed(stranger, forged.at(-1)!);
      const withOurName = { ...ofStranger, publicKey: authority.publicKey };
      const truth = signed(authority, honest.at(-1)!);
      const altered = { ...truth, checkpoint: { ...truth.checkpoint, payload: payloadOf(forged.at(-1)!) } };
      const attempts: readonly (readonly [what: string, lines: readonly string[], known: Kept])[] = [
        ['the checkpoint left where it was', [...linesOf(forged), lineOf(truth)], {}],
        ['its statement exchanged', [...linesOf(forged), lineOf(altered)], {}],
        ["another's signature beside our key", [...linesOf(forged), lineOf(withOurName)], {}],
        ['a checkpoint of another authority', [...linesOf(forged), lineOf(ofStranger)], pin],
        ['the same, against one that was kept', [...linesOf(forged), lineOf(ofStranger)], kept],
        ['all checkpoints removed', linesOf(forged), kept],
        ['signed anew with the stolen key', [...linesOf(forged), lineOf(signed(authority, forged.at(-1)!))], kept],
        ['cut off before it', [...linesOf(honest.slice(0, 4)), lineOf(signed(authority, honest[3]!))], kept],
        ['cut off to nothing', [lineOf(signed(authority, AUDIT_BEGIN))], kept],
      ];
      for (const [what, lines, known] of attempts) {
        await assert.rejects(verify(lines, known), { name: 'CommandError' }, what);
      }
      return {
        count: attempts.length,
        stoppedBy: "the authority's signature over the head, and a checkpoint that was kept elsewhere",
      };
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

/** Ten acts, of which the third is somebody's. */
function chainOf(name: string): readonly AuditEntry[] {
  const hashText = (text: string) => createHash('sha256').update(text).digest('hex');
  const entries: AuditEntry[] = [];
  for (let index = 0; index < 10; index += 1) {
    const actor = { kind: 'operator', id: 'o', name: index === 2 ? name : 'eve' } as const;
    const what = { source: null, operation: 'createTask', outcome: 'done' as const, subjects: [], deviceCount: 1 };
    entries.push(sealAuditEntry(hashText, entries.at(-1) ?? AUDIT_BEGIN, { at: index, actor, ...what, details: {} }));
  }
  return entries;
}

function signed(authority: CertificateAuthority, head: AuditHead): SignedCheckpoint {
  const nowhere = undefined as never;
  return new AuditCheckpoints({ store: nowhere, log: nowhere, authority, now: () => 7 }).sign(head);
}

function payloadOf({ sequence, hash }: AuditHead): string {
  return Buffer.from(JSON.stringify({ sequence, hash, at: 7 })).toString('base64');
}

const lineOf = (checkpoint: SignedCheckpoint): string => canonicalJson(checkpoint);
const linesOf = (entries: readonly AuditEntry[]): string[] => entries.map(auditLine);

function verify(lines: readonly string[], kept: Kept) {
  const bytes = (async function* (): AsyncGenerator<Uint8Array> {
    for (const line of lines) yield Buffer.from(`${line}\n`);
  })();
  return verifyAudit(bytes, kept);
}
