/** `rollcall cast` as it is used, and NRL's library, on two hosts of a lab: batched sockets, real packets, real loss. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { LabNetwork } from '../../lab/network.ts';
import { skip as labMissing } from '../end-to-end/namespaces/lab-available.ts';
import { rollcall, startRollcall } from '../support/rollcall.ts';
import { Scratch, sha256Of, writeRandomFile } from '../support/scratch.ts';
import { LIBNORM_MISSING, LibnormProcess } from './libnorm-process.ts';

const OPTIONS = { skip: labMissing || LIBNORM_MISSING, timeout: 120_000 };
const SIZE = 16 * 1024 ** 2 + 123;
const GROUP = { address: '239.255.78.78', port: 6078 };
const CAST = ['--group', `${GROUP.address}:${GROUP.port}`, '--interface', 'eth0', '--json'];
const NORM = { ...GROUP, interfaceName: 'eth0', nodeId: 77 };
const WAIT_MILLIS = 60_000;

test("cast send, and NRL's library receives, 5 % loss", OPTIONS, async () => {
  using scratch = new Scratch();
  using network = LabNetwork.create({ devices: 1, lossPercent: 5 });
  await using libnorm = await LibnormProcess.start(NORM, network.host('d1'));
  libnorm.command({
    command: 'startReceiver',
    options: { cacheDirectory: `${scratch.path}/`, unicastNack: true },
  });
  await libnorm.event('receiverStarted', WAIT_MILLIS);
  const source = writeRandomFile(scratch.join('source.bin'), SIZE);
  const sent = await rollcall(['cast', 'send', source, ...CAST, '--rate', '200mbit', '--receivers', '1'], {
    place: { network, host: 'srv' },
  });
  assert.equal(sent.code, 0, sent.stderr);
  const { path } = await libnorm.event('rxObjectCompleted', WAIT_MILLIS);
  assert.ok(path !== undefined && readFileSync(source).equals(readFileSync(path)));
  const { nacks, repairs } = JSON.parse(sent.stdout) as { readonly nacks: number; readonly repairs: number };
  assert.ok(nacks > 0 && repairs > 0, `${nacks} requests, ${repairs} repairs`);
});

test("NRL's library sends, and cast receive takes it, 5 % loss", OPTIONS, async () => {
  using scratch = new Scratch();
  using network = LabNetwork.create({ devices: 1, lossPercent: 5 });
  await using libnorm = await LibnormProcess.start(NORM, network.host('srv'));
  const source = writeRandomFile(scratch.join('source.bin'), SIZE);
  const receiver = startRollcall(['cast', 'receive', ...CAST, '--out', scratch.join('received'), '--timeout', '30s'], {
    place: { network, host: 'd1' },
  });
  libnorm.command({
    command: 'startSender',
    options: {
      instanceId: 0x4e52,
      bitsPerSecond: 200e6,
      symbolSize: 1400,
      blockLength: 64,
      repairSymbolCount: 16,
      proactiveRepairSymbols: 0,
    },
  });
  libnorm.command({ command: 'enqueueFile', path: source, info: 'source.bin' });
  // Its flushing goes on for as long as somebody asks; it has no end of its own.
  libnorm.command({ command: 'setWatermark' });
  assert.equal(await receiver.exited, 0, receiver.stderr);
  assert.equal(await sha256Of(scratch.join('received')), await sha256Of(source));
  const { nacks } = JSON.parse(receiver.stdout) as { readonly nacks: number };
  assert.ok(nacks > 0);
});
