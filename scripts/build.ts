/**
 * Makes build/bundle/: the command line and the threads that it starts, each as one file of JavaScript instead of some
 * hundred modules, because a process or thread spends a tenth of a second on finding those. `./rollcall` runs the bundle
 * while it is newer than every source, and else the sources themselves.
 *
 *   node scripts/build.ts            make it
 */
import { renameSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Everything else from npm is found beside the checkout: what belongs to a server or an agent, and native code. */
const BUNDLED_PACKAGES = ['@rollcall', 'commander', 'cli-progress', 'string-width', 'strip-ansi', 'ansi-regex'];

const made = `${root}build/bundle.${process.pid}`;
const place = `${root}build/bundle`;

const bundle = await rolldown({
  cwd: root,
  input: {
    rollcall: 'packages/cli/src/rollcall.ts',
    'session-worker': 'packages/transport/src/session/session-worker.ts',
    'ingest-worker': 'packages/server/src/content/ingest-worker.ts',
  },
  platform: 'node',
  external: (id) => isPackage(id) && !BUNDLED_PACKAGES.some((name) => id === name || id.startsWith(`${name}/`)),
});
await bundle.write({
  dir: made,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
});
await bundle.close();
// In one step, so that nobody finds half a bundle.
rmSync(place, { recursive: true, force: true });
renameSync(made, place);

function isPackage(id: string): boolean {
  return !id.startsWith('.') && !id.startsWith('/') && !id.startsWith('\0');
}
