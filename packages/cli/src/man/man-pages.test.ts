import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { EXIT } from '../exit-code.ts';
import { buildProgram } from '../main.ts';
import { manPages } from './man-pages.ts';

const pages = manPages(await buildProgram(undefined), '2026-11-28');
const skip = spawnSync('groff', ['--version']).status === 0 ? false : 'groff is not installed';

test('there is a page for every command, with its options and examples', () => {
  for (const name of [
    'rollcall',
    'rollcall-serve',
    'rollcall-task',
    'rollcall-task-create-copy',
    'rollcall-cast-send',
  ]) {
    assert.ok(pages.has(`${name}.1`), name);
  }
  assert.ok(![...pages.keys()].some((name) => /help|values/.test(name)));
  const copy = pages.get('rollcall-task-create-copy.1')!;
  assert.match(copy, /^\.TP\n\\fB\\-\\-mode\\fR \\fImode\\fR\n.*one of multicast, broadcast, unicast/m);
  assert.match(copy, /^\.SH EXAMPLES\n\.nf\nrollcall task create copy/m);
});

test('every exit code of a command is in its list', () => {
  for (const code of Object.values(EXIT)) {
    // The doctor says its own two itself.
    if (code === EXIT.findingWarning || code === EXIT.findingError) continue;
    assert.match(pages.get('rollcall.1')!, new RegExp(`^\\\\fB${code}\\\\fR$`, 'm'), String(code));
  }
});

test('groff renders every page without a warning, and whole', { skip }, () => {
  const input = [...pages.values()].join('');
  const { status, stdout, stderr } = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-P-cbou'], {
    input,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  assert.deepEqual([status, stderr], [0, '']);
  for (const heading of ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'OPTIONS', 'SEE ALSO']) {
    assert.equal(stdout.split('\n').filter((line) => line === heading).length, pages.size, heading);
  }
  for (const name of pages.keys()) assert.ok(stdout.includes(`${name.slice(0, -2)} - `), name);
});
