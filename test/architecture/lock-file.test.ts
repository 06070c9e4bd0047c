import assert from 'node:assert/strict';
import { test } from 'node:test';
import { document } from './documents.ts';

interface LockedPackage {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/**
 * A registry that serves only some platforms leads npm to leave the others' packages out, silently; npm ci then
 * refuses the file as not in sync, and a clean clone cannot be set up.
 */
test('the lock file names the optional packages of every platform', () => {
  const { packages } = JSON.parse(document('package-lock.json')) as { packages: Record<string, LockedPackage> };
  const missing = Object.entries(packages).flatMap(([path, locked]) =>
    Object.keys(locked.optionalDependencies ?? {})
      .filter(
        (name) =>
          packages[`node_modules/${name}`] === undefined && packages[`${path}/node_modules/${name}`] === undefined,
      )
      .map((name) => `${path} wants ${name}`),
  );
  assert.deepEqual(missing, []);
});

test('the lock file names no registry of its own', () => {
  assert.doesNotMatch(document('package-lock.json'), /"resolved": "https?:/);
});
