/** The entry of the program. What it loads is compiled once: so this file loads nothing before the cache is on. */
import { enableCompileCache } from 'node:module';

enableCompileCache();
const { run } = await import('./main.ts');
process.exitCode = await run(process.argv.slice(2));
