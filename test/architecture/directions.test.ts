import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packageOf, resolveImport, sourceFiles } from './source-files.ts';
import type { Import, SourceFile } from './source-files.ts';

/** Which packages a package may know; DESIGN: nothing imports sim, norm and api know nobody. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  norm: [],
  api: [],
  client: ['api'],
  console: ['api', 'client'],
  transport: ['norm'],
  server: ['api', 'norm', 'transport'],
  agent: ['api', 'norm', 'transport'],
  cli: ['api', 'client', 'norm', 'transport'],
  sim: ['norm', 'api', 'server', 'agent'],
};

const files = sourceFiles();

test('packages know each other only in the directions of the design', () => {
  assert.deepEqual(violations(wrongDirection), []);
});

test('a package is entered through its doors, never by a path into it', () => {
  assert.deepEqual(
    violations((file, { specifier }) => {
      const own = packageOf(file.path);
      const target = specifier.startsWith('.') ? resolveImport(file.path, specifier) : undefined;
      const other = target === undefined ? undefined : packageOf(target);
      return own !== undefined && other !== undefined && other !== own;
    }),
    [],
  );
});

test('the simulator sees only the pure core of server and agent', () => {
  assert.deepEqual(
    violations(
      (file, { specifier }) =>
        packageOf(file.path) === 'sim' && /^@rollcall\/(server|agent)(?!\/core$)/.test(specifier),
    ),
    [],
  );
});

test('the command line loads server and agent only when a command needs them', () => {
  assert.deepEqual(
    violations(
      (file, { specifier, kind }) =>
        packageOf(file.path) === 'cli' &&
        !file.isTest &&
        kind === 'static' &&
        /^@rollcall\/(server|agent)\b/.test(specifier),
    ),
    [],
  );
});

test('the core of server and agent knows nothing of the rooms around it', () => {
  assert.deepEqual(
    violations((file, { specifier }) => {
      const core = /^packages\/(?:server|agent)\/src\/core\//.exec(file.path)?.[0];
      if (core === undefined || file.isTest) return false;
      const target = resolveImport(file.path, specifier);
      const allowed = target?.startsWith(core) === true || ['api', 'norm'].includes(packageOf(target ?? '') ?? '');
      return target !== undefined && !allowed && !target.endsWith('/limits.ts');
    }),
    [],
  );
});

test('every import of this repository names a file that is there', () => {
  const known = new Set(files.map((file) => file.path));
  assert.deepEqual(
    violations((file, { specifier }) => {
      const target = resolveImport(file.path, specifier);
      if (target === undefined) return specifier.startsWith('@rollcall/');
      return target.endsWith('.ts') && !known.has(target);
    }),
    [],
  );
});

function wrongDirection(file: SourceFile, { specifier, kind }: Import): boolean {
  const own = packageOf(file.path);
  const other = /^@rollcall\/([^/]+)/.exec(specifier)?.[1];
  if (own === undefined || other === undefined || other === own) return false;
  if (own === 'cli' && ['server', 'agent'].includes(other)) return kind === 'static' && !file.isTest;
  return !(MAY_IMPORT[own] ?? []).includes(other);
}

function violations(isWrong: (file: SourceFile, imported: Import) => boolean): string[] {
  return files.flatMap((file) =>
    file.imports
      .filter((imported) => isWrong(file, imported))
      .map(({ specifier }) => `${file.path} imports ${specifier}`),
  );
}
