import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { TreeLinks } from './tree-links.ts';

const name = fc.constantFrom('a', 'b', 'c', 'd');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const target = fc
  .array(fc.oneof(name, fc.constant('..'), fc.constant('.')), { minLength: 1, maxLength: 6 })
  .map((names) => names.join('/'));

test('every symlink through which the kernel would leave the tree is found', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.record({ path, target }), { selector: (link) => link.path, maxLength: 6 }),
      (links) => {
        const outside = mkdtempSync(join(tmpdir(), 'rollcall-links-'));
        try {
          // Deep enough that no chain of `..` leaves our own directory, and every name exists outside too.
          const root = join(outside, 'x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/tree');
          mkdirSync(root, { recursive: true });
          const made = new TreeLinks();
          const placed: string[] = [];
          for (const link of links) {
            try {
              // A path below another symlink, or in the place of a directory, cannot be made: archives refuse it too.
              if (placed.some((other) => link.path.startsWith(`${other}/`))) continue;
              mkdirSync(join(root, dirname(link.path)), { recursive: true });
              symlinkSync(link.target, join(root, link.path));
            } catch {
              continue;
            }
            made.add(link.path, link.target);
            placed.push(link.path);
          }
          for (const link of placed) {
            let real: string;
            try {
              real = realpathSync.native(join(root, link));
            } catch {
              continue;
            }
            const isInside = real === root || real.startsWith(`${root}/`);
            if (!isInside) assert.ok(made.leadsOut(link), `${link} leads to ${real}`);
          }
        } finally {
          rmSync(outside, { recursive: true, force: true });
        }
      },
    ),
    { numRuns: 80 },
  );
});
