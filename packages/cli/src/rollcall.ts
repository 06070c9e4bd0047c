/** The entry of the program. What it loads is compiled once: so this file loads little before the cache is on. */
import { fileURLToPath } from 'node:url';
import { enableOwnCompileCache } from '@rollcall/transport/compile-cache';

// A token on the command line is in the list of processes for all to see; from here on it is not any more.
if (process.argv.some((argument) => argument.startsWith('--token') && !argument.startsWith('--token-file'))) {
  process.title = 'rollcall';
}
void main();

async function main(): Promise<void> {
  const [, , command, direction, ...rest] = process.argv;
  let dismiss = async (): Promise<void> => undefined;
  if (command === 'cast' && (direction === 'send' || direction === 'receive') && rest.length > 0) {
    // A quick transfer needs its thread soonest: it gets ready while the options are read.
    const { dismissSessionThread, prepareSessionThread } = await import('@rollcall/transport/prepare');
    prepareSessionThread(direction === 'send' ? 'sender' : 'receiver');
    dismiss = dismissSessionThread;
  }
  enableOwnCompileCache();
  await runNewerSources();
  const { run } = await import('./main.ts');
  process.exitCode = await run(process.argv.slice(2));
  await dismiss();
}

/**
 * A bundle in a checkout hands over to the sources when one is newer: whoever edits a file runs what was edited. Looked for
 * here and not before Node.js starts, because a thread that gets ready does so meanwhile.
 */
async function runNewerSources(): Promise<void> {
  const bundle = fileURLToPath(import.meta.url);
  if (!bundle.endsWith('.js') || !process.execve) return;
  const packages = fileURLToPath(new URL('../../packages', import.meta.url));
  const { hasNewerSource } = await import('./newer-sources.ts');
  if (!hasNewerSource(packages, bundle)) return;
  const sources = `${packages}/cli/src/rollcall.ts`;
  process.execve(process.execPath, [process.argv0, ...process.execArgv, sources, ...process.argv.slice(2)]);
}
