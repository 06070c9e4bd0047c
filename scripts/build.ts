/**
 * Makes build/bundle/: the command line and the threads that it starts, each as one file of JavaScript instead of some
 * hundred modules, because a process or thread spends a tenth of a second on finding those. `./rollcall` runs the bundle
 * while it is newer than every source, and else the sources themselves.
 *
 * Beside it build/console/: the web console, with each file compressed once, so that no server does it for every visitor.
 *
 *   node scripts/build.ts                    make both
 *   node scripts/build.ts bundle|console     make one
 */
import { globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { build as buildByVite } from 'vite';
import { CONSOLE_BUILD } from './console-build.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * What every command loads, and what comes in a hundred files or more with all that it needs. Everything else from npm is
 * found beside the checkout: what looks for its own files (pino's threads, Fastify's generated code), and native code.
 */
const BUNDLED_PACKAGES = [
  ['@rollcall'],
  ['commander', 'cli-progress', 'string-width', 'strip-ansi', 'ansi-regex'],
  ['typebox', 'undici', 'eventsource-parser'],
  ['kysely', 'openid-client', 'oauth4webapi', 'jose'],
  ['@peculiar', 'tsyringe', 'asn1js', 'pvtsutils', 'pvutils', 'tslib'],
].flat();

const PARTS = { bundle: makeBundle, console: makeConsole };

for (const [name, make] of Object.entries(PARTS)) {
  if (process.argv.length > 2 && !process.argv.includes(name)) continue;
  const place = `${root}build/${name}`;
  const made = `${place}.${process.pid}`;
  await make(made);
  // In one step, so that nobody finds half of it.
  rmSync(place, { recursive: true, force: true });
  renameSync(made, place);
}

async function makeBundle(dir: string): Promise<void> {
  mkdirSync(dir, { recursive: true });
  writeFileSync(`${dir}/package.json`, JSON.stringify({ type: 'commonjs' }));
  await bundleInto(dir, { rollcall: 'packages/cli/src/rollcall.ts' });
  // Threads share nothing with the program: what one loads comes in few files, and holds nothing that it does not use.
  await bundleInto(dir, { 'session-worker': 'packages/transport/src/session/session-worker.ts' });
  await bundleInto(dir, { 'ingest-worker': 'packages/server/src/content/ingest-worker.ts' });
}

async function bundleInto(dir: string, input: Record<string, string>): Promise<void> {
  const bundle = await rolldown({
    cwd: root,
    input,
    platform: 'node',
    external: (id) => isPackage(id) && !BUNDLED_PACKAGES.some((name) => id === name || id.startsWith(`${name}/`)),
  });
  await bundle.write({
    dir,
    // CommonJS, for an import of a built-in module loads all that hangs on it: of node:fs the promises, and with them readline.
    format: 'cjs',
    comments: false,
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  });
  await bundle.close();
}

async function makeConsole(outDir: string): Promise<void> {
  await buildByVite({ ...CONSOLE_BUILD, build: { ...CONSOLE_BUILD.build, outDir } });
  for (const file of globSync(`${outDir}/**/*.{html,js,css,svg}`)) {
    const bytes = readFileSync(file);
    writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
    writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
  }
}

function isPackage(id: string): boolean {
  return !id.startsWith('.') && !id.startsWith('/') && !id.startsWith('\0');
}
