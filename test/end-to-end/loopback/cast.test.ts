import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { freePorts } from '../../support/free-port.ts';
import { untilMembers } from '../../support/group-members.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { rollcall, startRollcall } from '../../support/rollcall.ts';
import { Scratch, sha256Of, writeRandomFile } from '../../support/scratch.ts';

const TIMEOUT = { timeout: 180_000 };

interface CastSent {
  readonly bytes: number;
  readonly seconds: number;
  readonly wireBytes: number;
  readonly nacks: number;
  readonly repairs: number;
  readonly receivers: number;
  readonly sha256: string;
}

for (const [what, size] of [
  ['an empty file', 0],
  ['a file of one byte', 1],
  ['a file of some MiB with a partial last block', 9 * 1024 * 1024 + 77],
] as const) {
  test(`cast: ${what} reaches two receivers that both acknowledge it`, TIMEOUT, async () => {
    using scratch = new Scratch();
    const [port] = await freePorts(1);
    const group = `239.255.99.${process.pid % 250}`;
    const network = ['--group', `${group}:${port}`, '--interface', 'lo'];
    const source = writeRandomFile(scratch.join('source file.bin'), size);
    const receivers = ['one', 'two'].map((name) =>
      startRollcall(['cast', 'receive', ...network, '--out', scratch.join(name), '--json', '--timeout', '60s']),
    );
    await untilMembers(group, 2);
    const sent = await rollcall(
      ['cast', 'send', source, ...network, '--receivers', '2', '--rate', '200mbit', '--json'],
      { timeoutMillis: 120_000 },
    );
    assert.equal(sent.code, 0, sent.stderr);
    const digest = await sha256Of(source);
    for (const [index, receiver] of receivers.entries()) {
      assert.equal(await receiver.exited, 0, receiver.stderr);
      assert.equal((JSON.parse(receiver.stdout) as CastSent).sha256, digest);
      assert.equal(await sha256Of(scratch.join(['one', 'two'][index] ?? '')), digest);
    }
    const result = JSON.parse(sent.stdout) as CastSent;
    assert.deepEqual([result.bytes, result.receivers, result.sha256], [size, 2, digest]);
    assert.ok(result.wireBytes >= size && result.wireBytes <= 1.3 * size + 100_000, `${result.wireBytes} on the wire`);
  });
}

test('cast: a receiver that hears nothing gives up with 4 and leaves no file', TIMEOUT, async () => {
  using scratch = new Scratch();
  const [port] = await freePorts(1);
  const network = ['--group', `239.255.99.250:${port}`, '--interface', 'lo'];
  const result = await rollcall(['cast', 'receive', ...network, '--out', scratch.join('file'), '--timeout', '1s']);
  assert.equal(result.code, 4, result.stderr);
  assert.deepEqual(readdirSync(scratch.path), []);
});

test('cast: a sender that waits for receivers says so once, and gives up with 4', TIMEOUT, async () => {
  const network = ['--group', '239.255.99.251:6100', '--interface', 'lo'];
  const send = ['cast', 'send', import.meta.filename, ...network];
  const result = await rollcall([...send, '--receivers', '2', '--timeout', '2s']);
  assert.equal(result.code, 4, result.stderr);
  assert.equal(result.stderr.match(/waiting for 2 receivers \(0 here\)/g)?.length, 1, result.stderr);
  assert.match(result.stderr, /0 of 2 receivers were heard in 2 s: start them/);
  const pointless = await rollcall([...send, '--timeout', '2s']);
  assert.equal(pointless.code, 2, pointless.stderr);
});

test('cast: what makes the digest stands back behind what sends', TIMEOUT, async () => {
  const network = ['--group', '239.255.99.252:6100', '--interface', 'lo'];
  const sender = startRollcall(['cast', 'send', import.meta.filename, ...network, '--receivers', '1']);
  await waitUntil(
    'the sender waits',
    () => sender.stderr,
    (said) => said.includes('waiting for'),
  );
  // Field 19 of /proc/PID/stat, after the name in parentheses, which is the second.
  const threads = readdirSync(`/proc/${sender.pid}/task`).map((id) => {
    const stat = readFileSync(`/proc/${sender.pid}/task/${id}/stat`, 'utf8');
    return {
      isMain: Number(id) === sender.pid,
      niceness: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]),
    };
  });
  await sender.stop('SIGINT');
  const niceOf = (isMain: boolean) => threads.filter((each) => each.isMain === isMain).map(({ niceness }) => niceness);
  // Who may not come forward again stands back by half.
  const back = process.getuid?.() === 0 ? 19 : 10;
  assert.deepEqual(niceOf(true), [back]);
  assert.ok(Math.max(...niceOf(false)) < back, niceOf(false).join(' '));
});

test('cast: either side that is interrupted ends with 130', TIMEOUT, async () => {
  using scratch = new Scratch();
  const group = `239.255.98.${process.pid % 250}`;
  const network = ['--group', `${group}:6100`, '--interface', 'lo'];
  const receiver = startRollcall(['cast', 'receive', ...network, '--out', scratch.join('file')]);
  await untilMembers(group, 1);
  assert.equal(await receiver.stop('SIGINT'), 130, receiver.stderr);
  const sender = startRollcall(['cast', 'send', import.meta.filename, ...network, '--receivers', '1']);
  await waitUntil(
    'the sender waits',
    () => sender.stderr,
    (said) => said.includes('waiting for'),
  );
  assert.equal(await sender.stop('SIGINT'), 130, sender.stderr);
});

test('cast: a source, a group or an interface that is none is refused', TIMEOUT, async () => {
  const group = ['--group', '239.255.99.1:6100'];
  for (const [args, code, says] of [
    [['cast', 'send', '/no/such/file', ...group], 5, /no\/such\/file/],
    [['cast', 'send', '/', ...group], 2, /not a file/],
    [['cast', 'send', import.meta.filename, '--group', 'nowhere'], 2, /nowhere/],
    [['cast', 'send', import.meta.filename, ...group, '--interface', 'nope0'], 2, /nope0/],
  ] as const) {
    const result = await rollcall(args, { timeoutMillis: 30_000 });
    assert.equal(result.code, code, `${args.join(' ')}: ${result.stderr}`);
    assert.match(result.stderr, says);
  }
});

test(
  'cast: one that is refused ends as such, however busy the machine is while its thread gets ready',
  TIMEOUT,
  async () => {
    const args = ['cast', 'send', '/no/such/file', '--group', '239.255.99.1:6100', '--interface', 'lo'];
    const started = Array.from({ length: 24 }, () => rollcall(args, { timeoutMillis: 60_000 }));
    const codes = (await Promise.all(started)).map(({ code }) => code);
    assert.deepEqual([...new Set(codes)], [5]);
  },
);
