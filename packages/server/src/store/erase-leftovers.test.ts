import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import { SqliteStore } from './sqlite-store.ts';

const LEFTOVER = 'whsec_deleted-by-an-earlier-version';
const KEPT = 'whsec_still-in-use';

let folder: string;
before(async () => (folder = await mkdtemp(path.join(tmpdir(), 'rollcall-leftovers-'))));
after(() => rm(folder, { recursive: true }));

test('what an earlier version deleted is in no file of the database after the next start', async () => {
  const file = await databaseOfBefore('old.db');
  assert.ok(holds(file, LEFTOVER));
  const said = await start(file);
  assert.equal(said.length, 2, said.join('\n'));
  assert.deepEqual([holds(file, LEFTOVER), holds(file, KEPT)], [false, true]);
});

test('it is done once, and never to a database of this version', async () => {
  const file = path.join(folder, 'once.db');
  assert.deepEqual(await start(file), []);
  leave(file);
  assert.deepEqual(await start(file), []);
  assert.ok(holds(file, LEFTOVER), 'nothing was written anew');
});

test('where it cannot be done the server starts all the same, says why, and tries it again', async () => {
  const file = await databaseOfBefore('failing.db');
  // Nothing can be written anew with an index that only this connection understands.
  const database = new DatabaseSync(file);
  database.function('own', { deterministic: true }, (value) => value);
  database.exec('create table odd (value); insert into odd values (1); create index refused on odd (own(value))');
  database.close();
  assert.match((await start(file)).join('\n'), /"level":40.*no such function: own.*the next start tries it again/);
  assert.ok(holds(file, LEFTOVER));
  change(file, 'drop index refused');
  await start(file);
  assert.ok(!holds(file, LEFTOVER));
});

test('a start that was cut off in the middle of it is not cut off again: it is left to a person, who is told once', async () => {
  const file = await databaseOfBefore('cut.db');
  change(file, `insert into meta values ('leftovers', 'begun')`);
  assert.match((await start(file)).join('\n'), /^\{"level":40.*sqlite3 rollcall\.db vacuum/);
  assert.ok(holds(file, LEFTOVER));
  assert.deepEqual(await start(file), []);
});

/** Opens the store and closes it. Gives back what it said. */
async function start(file: string): Promise<readonly string[]> {
  const said: string[] = [];
  const log = pino({}, { write: (line) => void said.push(line) });
  const store = await SqliteStore.open(file, () => undefined, { log, onCommitted() {}, onQuery() {} });
  await store.close();
  return said;
}

async function databaseOfBefore(name: string): Promise<string> {
  const file = path.join(folder, name);
  await start(file);
  change(file, `delete from meta where key = 'leftovers'`);
  leave(file);
  return file;
}

/** Deletes as earlier versions did, a whole page and a part of one that stays in use. */
function leave(file: string): void {
  change(
    file,
    `insert into meta values ('kept', '${KEPT}'), ('part', '${LEFTOVER}'), ('pages', '${LEFTOVER.repeat(1000)}');
    delete from meta where key in ('part', 'pages')`,
  );
}

function change(file: string, statements: string): void {
  const database = new DatabaseSync(file);
  database.exec(`pragma secure_delete = OFF; ${statements}`);
  database.close();
}

function holds(file: string, secret: string): boolean {
  const names = readdirSync(folder).filter((name) => name.startsWith(path.basename(file)));
  return names.some((name) => readFileSync(path.join(folder, name)).includes(secret));
}
