import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { hasNewerSource } from './newer-sources.ts';

const BEFORE = 1000;
const BUNDLED = 2000;
const AFTER = 3000;

/** A bundle, and sources that are older than it. */
function checkout(t: { after: (undo: () => void) => void }): { bundle: string; packages: string; folders: string[] } {
  const root = mkdtempSync(join(tmpdir(), 'rollcall-newer-'));
  t.after(() => rmSync(root, { recursive: true }));
  const bundle = join(root, 'rollcall.js');
  writeFileSync(bundle, '');
  utimesSync(bundle, BUNDLED, BUNDLED);
  const packages = join(root, 'packages');
  const folders = ['', 'norm', 'norm/src', 'norm/node_modules', 'console'].map((name) => join(packages, name));
  for (const folder of folders) mkdirSync(folder);
  const files = ['norm/src/sender.ts', 'norm/src/notes.md', 'norm/node_modules/other.ts', 'console/page.ts'];
  for (const file of files) writeFileSync(join(packages, file), '');
  for (const path of [...files.map((file) => join(packages, file)), ...folders]) utimesSync(path, BEFORE, BEFORE);
  return { bundle, packages, folders };
}

test('a bundle that is newer than all sources is no older than one', (t) => {
  const { bundle, packages } = checkout(t);
  assert.equal(hasNewerSource(packages, bundle), false);
});

test('an edited source is newer, and a folder in which a file came or went', (t) => {
  for (const path of ['norm/src/sender.ts', 'norm/src', '']) {
    const { bundle, packages } = checkout(t);
    utimesSync(join(packages, path), AFTER, AFTER);
    assert.equal(hasNewerSource(packages, bundle), true, path);
  }
});

test('what is not in the bundle does not make it old', (t) => {
  const { bundle, packages } = checkout(t);
  for (const path of [
    'norm/src/notes.md',
    'norm/node_modules/other.ts',
    'norm/node_modules',
    'console/page.ts',
    'console',
  ]) {
    utimesSync(join(packages, path), AFTER, AFTER);
  }
  assert.equal(hasNewerSource(packages, bundle), false);
});

test('without sources the bundle is all there is', (t) => {
  const { bundle, packages } = checkout(t);
  rmSync(packages, { recursive: true });
  assert.equal(hasNewerSource(packages, bundle), false);
});

const REPOSITORY = join(import.meta.dirname, '../../..');
const BUNDLE = join(REPOSITORY, 'build/bundle');

test('the bundle runs newer sources instead of itself', { skip: !existsSync(BUNDLE) && 'no bundle was built' }, (t) => {
  const root = mkdtempSync(join(tmpdir(), 'rollcall-newer-'));
  t.after(() => rmSync(root, { recursive: true }));
  cpSync(BUNDLE, join(root, 'build/bundle'), { recursive: true });
  symlinkSync(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'));
  mkdirSync(join(root, 'packages/cli/src'), { recursive: true });
  const source = join(root, 'packages/cli/src/rollcall.ts');
  writeFileSync(source, "console.log('the sources', ...process.argv.slice(2));");
  const bundle = join(root, 'build/bundle/rollcall.js');
  for (const [seconds, said] of [
    [BEFORE, /^\d+\.\d+\.\d+\n$/],
    [AFTER, /^the sources --version\n$/],
  ] as const) {
    for (const path of ['packages', 'packages/cli', 'packages/cli/src', 'packages/cli/src/rollcall.ts']) {
      utimesSync(join(root, path), seconds, seconds);
    }
    utimesSync(bundle, BUNDLED, BUNDLED);
    const { stdout, stderr } = spawnSync(process.execPath, [bundle, '--version'], { encoding: 'utf8' });
    assert.match(stdout, said, stderr);
  }
});
