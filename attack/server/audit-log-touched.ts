import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditLine } from '@rollcall/api';
import { verifyAudit } from '../../packages/cli/src/client/verify-audit.ts';
import { AuditLog } from '../../packages/server/src/audit/audit-log.ts';
import { SqliteStore } from '../../packages/server/src/store/sqlite-store.ts';
import type { Attack } from '../attack.ts';

/** Somebody with the database file in hand wants an act never to have been: alters, removes, moves, cuts, writes anew. */
export const attack: Attack = {
  name: 'audit log altered, reordered, cut off or written anew',
  async run(scale) {
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-attack-'));
    const file = join(folder, 'rollcall.db');
    try {
      const { lines, head } = await makeLog(file, scale === 'full' ? 2000 : 60);
      let count = refusedByDatabase(file);
      await verify(lines, head);
      for (const [what, touched] of touches(lines)) {
        await assert.rejects(verify(touched, head), { name: 'CommandError' }, what);
        count += 1;
      }
      return { count, stoppedBy: "the database's triggers, the chain of hashes, and a head that was kept elsewhere" };
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

async function makeLog(file: string, count: number): Promise<{ lines: string[]; head: string }> {
  const store = await SqliteStore.open(file, () => undefined);
  const clock = {
    now: () => 1_700_000_000_000,
    monotonicNow: () => 0,
    onError: (error: unknown) => assert.fail(String(error)),
  };
  const log = new AuditLog({ store, ...clock });
  for (let index = 0; index < count; index += 1) await log.note('serverStarted', { index, by: 'mallory' });
  const entries = await store.reader.auditEntries({ afterSequence: 0, limit: count });
  const { hash } = await store.reader.auditHead();
  await store.close();
  return { lines: entries.map(auditLine), head: hash };
}

/** By SQL, as whoever stole the server's own connection could. */
function refusedByDatabase(file: string): number {
  const statements = [
    'update audit set entry = 1',
    'delete from audit',
    'delete from audit where sequence = (select max(sequence) from audit)',
    `insert or replace into audit select sequence, hash, '{}' from audit where sequence = 2`,
    `insert into audit select sequence + 1000, hash, entry from audit limit 1`,
  ];
  const database = new DatabaseSync(file);
  for (const statement of statements) assert.throws(() => database.exec(statement), /audit log/, statement);
  database.close();
  return statements.length;
}

/** As whoever writes the file itself could. */
function* touches(lines: readonly string[]): Generator<[what: string, lines: readonly string[]]> {
  for (let at = 0; at < lines.length; at += 1) {
    yield [`entry ${at + 1} altered`, lines.with(at, lines[at]!.replace('mallory', 'ada'))];
    yield [`entry ${at + 1} removed`, lines.toSpliced(at, 1)];
    yield [`cut off before entry ${at + 1}`, lines.slice(0, at)];
    yield [`cut off within entry ${at + 1}`, [...lines.slice(0, at), lines[at]!.slice(0, 40)]];
    if (at > 0)
      yield [`entries ${at} and ${at + 1} exchanged`, lines.with(at, lines[at - 1]!).with(at - 1, lines[at]!)];
    if (at > 0) yield [`entry ${at + 1} repeated`, lines.toSpliced(at, 0, lines[at]!)];
  }
}

async function verify(lines: readonly string[], head: string): Promise<void> {
  const bytes = (async function* (): AsyncGenerator<Uint8Array> {
    for (const line of lines) yield Buffer.from(`${line}\n`);
  })();
  await verifyAudit(bytes, { head });
}
