import assert from 'node:assert/strict';
import { readlink } from 'node:fs/promises';
import { test } from 'node:test';
import { runProgram } from './run-program.ts';

test('a program whose start cannot be written down is ended, with what it has started', async () => {
  const child = Promise.withResolvers<number>();
  const pids: number[] = [];
  const failure = new Error('no space');
  const ended = runProgram({
    argv: ['/bin/sh', '-c', 'sleep 1000 & echo $!; exec sleep 1000'],
    cwd: '/',
    environment: {},
    signal: new AbortController().signal,
    output: (chunk) => child.resolve(Number(Buffer.from(chunk).toString())),
    onStarted: async ({ pid }) => {
      pids.push(pid, await child.promise);
      throw failure;
    },
  });
  await assert.rejects(ended, failure);
  assert.equal(pids.length, 2);
  for (const pid of pids) await assert.rejects(readlink(`/proc/${pid}/cwd`), `${pid} still runs`);
});
