import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Deployment } from '../../support/deployment.ts';
import { rollcall } from '../../support/rollcall.ts';
import { PseudoTerminal } from '../../support/pseudo-terminal.ts';

const hasScript = spawnSync('script', ['--version']).status === 0;
const OPTIONS = { timeout: 180_000, skip: hasScript ? false : 'script (util-linux) is not there' };

/** Alternate screen on, and off again with everything as it was. */
const ENTER = '\u001B[?1049h';
const GREEN = '\u001B[32m';
const YELLOW = '\u001B[33m';
const EXIT = '\u001B[?7h\u001B[?25h\u001B[?1049l';

test('task watch is a live roll on a terminal, and gives the terminal back', OPTIONS, async () => {
  await using deployment = await Deployment.start();
  await deployment.addDevices(1);
  const late = await deployment.join('d2');
  const source = deployment.scratch.join('note.txt');
  writeFileSync(source, 'hello');
  const id = await deployment.createTask(['copy', source, '--to', 'note.txt', '--target', 'all', '--max-wait', '5s']);
  const args = ['task', 'watch', id, '--data', deployment.serverData];

  using left = new PseudoTerminal(args, { ...deployment.env, NO_COLOR: '1' });
  const frame = await left.showing('one has it, one is off', (lines) => lines.some((line) => /^[MBU]o$/.test(line)));
  assert.equal(frame.length, 24);
  assert.ok(frame.every((line) => line.length <= 80));
  assert.match(frame[1]!, /1 of 2 succeeded/);
  assert.ok(
    frame.includes('o d2  It is offline. When it is back it asks by itself, and gets what it lacks.'),
    frame.join('\n'),
  );
  left.press('q');
  assert.equal(await left.ended(), 0);
  assert.ok(left.output.includes(ENTER));
  assert.equal(left.output.split(EXIT)[1]?.trim(), '');
  assert.ok(!left.output.includes(GREEN) && !left.output.includes(YELLOW), 'NO_COLOR');

  using interrupted = new PseudoTerminal(args, deployment.env);
  await interrupted.showing('the roll', (lines) => lines.length === 24);
  assert.ok(interrupted.output.includes(GREEN));
  interrupted.press('\u0003');
  await interrupted.ended();
  assert.ok(interrupted.output.trimEnd().endsWith(EXIT));

  using watched = new PseudoTerminal(args, deployment.env);
  await watched.showing('the roll', (lines) => lines.length === 24);
  deployment.server.kill();
  await watched.showing('that the server is away', (lines) => lines.some((line) => /connection is lost/.test(line)));
  await deployment.startServer();
  await watched.showing('that it is back', (lines) => lines.at(-1)?.startsWith('q leaves') === true);
  await late.start();
  assert.equal(await watched.ended(), 0);
  assert.match(watched.output.split(EXIT)[1]!, /completed \(all\): 2 succeeded/);

  const plain = await deployment.run(['task', 'watch', id]);
  assert.equal(plain.code, 0);
  assert.ok(!`${plain.stdout}${plain.stderr}`.includes('\u001B'));
});

test('shells are offered the tasks and devices that there are', OPTIONS, async () => {
  await using deployment = await Deployment.start();
  await deployment.join('d1');
  const source = deployment.scratch.join('note.txt');
  writeFileSync(source, 'hello');
  const id = await deployment.createTask(['copy', source, '--to', 'note.txt', '--target', 'all']);
  const values = async (kind: string, data: string): Promise<string> => {
    const words = ['completion', 'values', kind, 'rollcall', 'task', 'show', '--data', data, '01'];
    const { code, stdout, stderr } = await rollcall(words, { env: deployment.env });
    assert.deepEqual([code, stderr], [0, '']);
    return stdout;
  };
  assert.equal(await values('tasks', deployment.serverData), `${id}\tcopy note.txt, active\n`);
  assert.equal(await values('devices', deployment.serverData), 'd1\toffline\n');
  // In the middle of somebody's command line is no place to say what is wrong.
  assert.equal(await values('tasks', '/nonexistent'), '');
});
