import type { CastReceiveOptions } from './cast-types.ts';
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { castReceive } from './cast-receive.ts';
import { castSend } from './cast-send.ts';

const folder = mkdtempSync(join(tmpdir(), 'rollcall-cast-'));
after(() => rmSync(folder, { recursive: true }));
let nextPort = 21_400;

function setUp(name: string, content: Uint8Array) {
  const group = { address: '239.255.77.3', port: nextPort++ };
  const network = { mode: 'multicast', group, interface: '127.0.0.1' } as const;
  const file = join(folder, name);
  writeFileSync(file, content);
  const outs = [0, 1].map((index) => {
    const out = join(folder, `out-${group.port}-${index}`);
    mkdirSync(out);
    return out;
  });
  return { network, file, outs: outs as [string, string] };
}

/** A receiver that is known to listen when this settles. */
async function receive(options: CastReceiveOptions) {
  const result = castReceive(options);
  result.catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 400));
  return { result };
}

test('a file reaches two receivers, which confirm it; both ends agree on its digest', async () => {
  const content = randomBytes(3_000_017);
  const { network, file, outs } = setUp('über file.bin', content);
  const first = await receive({ network, out: outs[0] });
  const second = await receive({ network, out: join(outs[1], 'renamed') });
  const sent = await castSend({ network, file, rateBitsPerSecond: 300e6, receivers: 2 });
  const sha256 = createHash('sha256').update(content).digest('hex');
  assert.equal(sent.sha256, sha256);
  assert.equal(sent.bytes, content.length);
  assert.equal(sent.receivers, 2);
  assert.ok(sent.wireBytes > content.length);
  const received = await first.result;
  assert.equal(received.sha256, sha256);
  assert.equal(received.path, join(outs[0], 'über file.bin'));
  assert.deepEqual(readFileSync(received.path), content);
  await second.result;
  assert.deepEqual(readFileSync(join(outs[1], 'renamed')), content);
  assert.deepEqual(readdirSync(outs[0]), ['über file.bin']);
});

test('both ends say when only the digest is left, last, and not before the file is there', async () => {
  const { network, file, outs } = setUp('digest.bin', randomBytes(1_000_000));
  const out = join(outs[0], 'here');
  const told = { sender: [] as boolean[], receiver: [] as boolean[] };
  const received = castReceive({ network, out }, ({ isDigesting = false }) => {
    told.receiver.push(isDigesting);
    if (isDigesting) assert.equal(readFileSync(out).length, 1_000_000);
  });
  await new Promise((resolve) => setTimeout(resolve, 400));
  const options = { network, file, rateBitsPerSecond: 100e6, receivers: 1 };
  await castSend(options, ({ isDigesting = false }) => told.sender.push(isDigesting));
  await received;
  for (const each of [told.sender, told.receiver]) {
    const first = each.indexOf(true);
    assert.ok(first > 0 && each.slice(first).every(Boolean), each.join(' '));
  }
});

test('without a number of receivers the file goes to whoever listens, and the sender ends by itself', async () => {
  const content = randomBytes(1_000_000);
  const { network, file, outs } = setUp('anybody.bin', content);
  const { result } = await receive({ network, out: outs[0] });
  const sent = await castSend({ network, file, rateBitsPerSecond: 200e6 });
  assert.equal(sent.receivers, 1);
  assert.deepEqual(readFileSync((await result).path), content);
});

test('a receiver whose sender gives up is told so', async () => {
  const { network, file, outs } = setUp('given-up.bin', randomBytes(4_000_000));
  const { result } = await receive({ network, out: outs[0] });
  const stop = new AbortController();
  const sending = castSend({ network, file, rateBitsPerSecond: 20e6, receivers: 1, signal: stop.signal });
  setTimeout(() => stop.abort(), 500);
  await assert.rejects(sending, { code: 'aborted' });
  await assert.rejects(result, { code: 'session_failed' });
  assert.deepEqual(readdirSync(outs[0]), []);
});

test('an empty file is a file', async () => {
  const { network, file, outs } = setUp('empty', new Uint8Array(0));
  const { result } = await receive({ network, out: outs[0] });
  const sent = await castSend({ network, file, rateBitsPerSecond: 100e6, receivers: 1 });
  assert.equal(sent.bytes, 0);
  assert.equal((await result).sha256, createHash('sha256').digest('hex'));
  assert.equal(readFileSync(join(outs[0], 'empty')).length, 0);
});

test('a receiver that comes late gets the whole file', async () => {
  const content = randomBytes(2_000_000);
  const { network, file, outs } = setUp('late.bin', content);
  const sending = castSend({ network, file, rateBitsPerSecond: 50e6, receivers: 1 });
  const { result } = await receive({ network, out: outs[0] });
  await sending;
  assert.deepEqual(readFileSync((await result).path), content);
});

test('a receiver that hears nobody gives up in time, and leaves nothing behind', async () => {
  const { network, outs } = setUp('unsent', new Uint8Array(1));
  await assert.rejects(castReceive({ network, out: outs[0], waitTimeoutMs: 300 }), { code: 'timeout' });
  assert.deepEqual(readdirSync(outs[0]), []);
});

test('a sender whose receivers do not confirm gives up in time', async () => {
  const { network, file } = setUp('alone.bin', new Uint8Array(1000));
  const sending = castSend({ network, file, rateBitsPerSecond: 100e6, receivers: 1, timeoutMs: 300 });
  await assert.rejects(sending, { code: 'timeout', message: /0 of 1 receivers/ });
});

test('a sender that nobody hears says for whom it waits, and gives up before its file is out', async () => {
  const { network, file } = setUp('unheard.bin', new Uint8Array(4_000_000));
  const awaited = new Set<unknown>();
  // A minute of sending is ahead of it when it gives up.
  const options = { network, file, rateBitsPerSecond: 500e3, receivers: 2, timeoutMs: 300 };
  const sending = castSend(options, (progress) => awaited.add(`${progress.heard} of ${progress.awaited}`));
  await assert.rejects(sending, { code: 'timeout', message: /0 of 2 receivers were heard in 0.3 s: start them/ });
  assert.ok(awaited.has('0 of 2'), [...awaited].join());
});

test('an interrupted cast ends, and leaves nothing behind', async () => {
  const { network, file, outs } = setUp('aborted.bin', randomBytes(4_000_000));
  const stop = new AbortController();
  const { result } = await receive({ network, out: outs[0], signal: stop.signal });
  const sending = castSend({ network, file, rateBitsPerSecond: 20e6, receivers: 1, signal: stop.signal });
  setTimeout(() => stop.abort(), 300);
  await assert.rejects(sending, { code: 'aborted' });
  await assert.rejects(result, { code: 'aborted' });
  assert.deepEqual(readdirSync(outs[0]), []);
});

test('a source that is missing or a folder, and a target folder that is missing, are said', async () => {
  const { network } = setUp('x', new Uint8Array(1));
  const send = { network, rateBitsPerSecond: 1e6 };
  await assert.rejects(castSend({ ...send, file: join(folder, 'none') }), { code: 'file_failed' });
  await assert.rejects(castSend({ ...send, file: folder }), { code: 'file_failed' });
  await assert.rejects(castReceive({ network, out: join(folder, 'no/such/file') }), { code: 'file_failed' });
});
