import assert from 'node:assert/strict';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { DirectoryHandle } from './directory-handle.ts';
import { LocateError, locateTarget } from './locate-target.ts';

const name = fc.constantFrom('a', 'b', 'c');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const target = fc
  .tuple(
    fc.constantFrom('', '/root/', '/'),
    fc.array(fc.oneof(name, fc.constant('..')), { minLength: 1, maxLength: 4 }),
  )
  .map(([start, names]) => ({ isAbsolute: start !== '', text: `${start}${names.join('/')}` }));
const entry = fc.oneof(
  fc.record({ kind: fc.constant('directory' as const), path }),
  fc.record({ kind: fc.constant('file' as const), path }),
  fc.record({ kind: fc.constant('link' as const), path, target }),
);

test('whatever lies below a root, a located target is below it for the kernel too, and its parents are no symlinks', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 8 }), path, fc.boolean(), async (entries, to, isInto) => {
      const base = realpathSync(mkdtempSync(join(tmpdir(), 'rollcall-locate-')));
      try {
        const root = join(base, 'root');
        for (const directory of ['root', 'a/b/c', 'b', 'c']) mkdirSync(join(base, directory), { recursive: true });
        for (const made of entries) {
          try {
            mkdirSync(join(root, dirname(made.path)), { recursive: true });
            const place = join(root, made.path);
            if (made.kind === 'directory') mkdirSync(place);
            else if (made.kind === 'file') writeFileSync(place, '', { flag: 'wx' });
            else symlinkSync(made.target.isAbsolute ? join(base, made.target.text) : made.target.text, place);
          } catch {
            // Something of another kind is there already.
          }
        }
        const outside = ['a', 'b', 'c'].map((directory) => readdirSync(join(base, directory)).join());
        try {
          const request = { roots: [root], ownRoot: root, to: isInto ? `${to}/` : to, baseName: 'name' };
          const place = await locateTarget(request);
          await using parent = await DirectoryHandle.openBelow(place.root, place.parents, true);
          const real = realpathSync.native(join(place.root, ...place.parents));
          assert.equal(real, join(root, ...place.parents));
          assert.equal(parent.realPath, real);
          writeFileSync(parent.path('.probe'), '');
          assert.ok(lstatSync(join(real, '.probe')).isFile());
        } catch (error) {
          assert.ok(error instanceof LocateError, String(error));
        }
        const outsideAfter = ['a', 'b', 'c'].map((directory) => readdirSync(join(base, directory)).join());
        assert.deepEqual(outsideAfter, outside);
      } finally {
        rmSync(base, { recursive: true, force: true });
      }
    }),
    { numRuns: 80 },
  );
});
