/** The entry of the program. What it loads is compiled once: so this file loads nothing before the cache is on. */
import { enableCompileCache } from 'node:module';

enableCompileCache();
// A token on the command line is in the list of processes for all to see; from here on it is not any more.
if (process.argv.some((argument) => argument.startsWith('--token') && !argument.startsWith('--token-file'))) {
  process.title = 'rollcall';
}
void main();

async function main(): Promise<void> {
  const [, , command, direction, ...rest] = process.argv;
  if (command === 'cast' && (direction === 'send' || direction === 'receive') && rest.length > 0) {
    // A quick transfer needs its thread soonest: it gets ready while the options are read.
    const { prepareSessionThread } = await import('@rollcall/transport/prepare');
    prepareSessionThread(direction === 'send' ? 'sender' : 'receiver');
  }
  const { run } = await import('./main.ts');
  process.exitCode = await run(process.argv.slice(2));
}
