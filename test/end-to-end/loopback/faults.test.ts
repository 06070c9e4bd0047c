/** Machines and networks that are not as they should be, on the loopback. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { DisorderlyRelay } from '../../support/disorderly-relay.ts';
import { freePorts } from '../../support/free-port.ts';
import { rollcall, startRollcall } from '../../support/rollcall.ts';
import { Scratch, sha256Of, writeRandomFile } from '../../support/scratch.ts';

const TIMEOUT = { timeout: 120_000 };
const MIB = 1024 * 1024;

test('cast: datagrams out of order, and some of them twice, are put together all the same', TIMEOUT, async () => {
  using scratch = new Scratch();
  const [port, relayedPort] = await freePorts(2);
  assert.ok(port !== undefined && relayedPort !== undefined);
  const address = `239.255.98.${process.pid % 250}`;
  const source = writeRandomFile(scratch.join('source.bin'), 4 * MIB + 11);
  const relay = await DisorderlyRelay.open({ address, port }, { address, port: relayedPort }, 42);
  const networkOf = (group: number): string[] => ['--group', `${address}:${group}`, '--interface', 'lo'];
  const receiver = startRollcall([
    'cast',
    'receive',
    ...networkOf(relayedPort),
    '--out',
    scratch.join('received'),
    '--json',
    '--timeout',
    '30s',
  ]);
  const sent = await rollcall(['cast', 'send', source, ...networkOf(port), '--receivers', '1', '--rate', '60mbit']);
  assert.equal(sent.code, 0, sent.stderr);
  assert.equal(await receiver.exited, 0, receiver.stderr);
  relay.close();
  assert.ok(relay.reorderedCount > 500, `${relay.reorderedCount} out of order`);
  assert.ok(relay.repeatedCount > 100, `${relay.repeatedCount} twice`);
  assert.equal(await sha256Of(scratch.join('received')), await sha256Of(source));
});

test('cast: without koffi and WebAssembly it works, slower, and says so once', TIMEOUT, async () => {
  using scratch = new Scratch();
  const [port] = await freePorts(1);
  const network = ['--group', `239.255.98.${process.pid % 250}:${port}`, '--interface', 'lo'];
  const env = { NODE_OPTIONS: `--import=${join(import.meta.dirname, '../../support/without-natives.mjs')}` };
  const source = writeRandomFile(scratch.join('source.bin'), 2 * MIB + 11);
  const receiver = startRollcall(['cast', 'receive', ...network, '--out', scratch.join('received'), '--json'], { env });
  const sent = await rollcall(['cast', 'send', source, ...network, '--receivers', '1', '--rate', '50mbit'], { env });
  assert.equal(sent.code, 0, sent.stderr);
  assert.equal(await receiver.exited, 0, receiver.stderr);
  assert.equal(await sha256Of(scratch.join('received')), await sha256Of(source));
  for (const said of [sent.stderr, receiver.stderr]) {
    assert.equal(said.split('koffi').length - 1, 1, said);
    assert.equal(said.split('WebAssembly').length - 1, 1, said);
  }
  // It cannot know what it lost.
  assert.equal((JSON.parse(receiver.stdout) as { readonly overruns: number | null }).overruns, null);
});
