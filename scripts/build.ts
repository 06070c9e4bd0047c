/**
 * Makes build/bundle/: the command line and the threads that it starts, each as one file of JavaScript instead of some
 * hundred modules, because a process or thread spends a tenth of a second on finding those. `./rollcall` runs the bundle
 * while it is newer than every source, and else the sources themselves.
 *
 *   node scripts/build.ts            make it
 */
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Everything else from npm is found beside the checkout: what belongs to a server or an agent, and native code. */
const BUNDLED_PACKAGES = ['@rollcall', 'commander', 'cli-progress', 'string-width', 'strip-ansi', 'ansi-regex'];

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
rmSync(new URL('../build/bundle', import.meta.url), { recursive: true, force: true });
await bundle.write({ dir: `${root}build/bundle`, format: 'esm', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' });
await bundle.close();

function isPackage(id: string): boolean {
  return !id.startsWith('.') && !id.startsWith('/') && !id.startsWith('\0');
}
