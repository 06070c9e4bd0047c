#!/usr/bin/env -S node --max-semi-space-size=2 --disable-warning=ExperimentalWarning
// The command as npm links it. An older Node.js than the sources need hands over to the one that the project brings.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const own = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url));
const isOldNode = Number(process.versions.node.split('.')[0]) < 24;

if (isOldNode && existsSync(own)) {
  const { status, signal } = spawnSync(own, [...process.execArgv, main, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  process.exitCode = signal === null ? (status ?? 1) : 1;
} else if (isOldNode) {
  process.stderr.write(`rollcall: Node.js 24 or newer is needed, this is ${process.version}\n`);
  process.exitCode = 1;
} else {
  const { run } = await import(main);
  process.exitCode = await run(process.argv.slice(2));
}
