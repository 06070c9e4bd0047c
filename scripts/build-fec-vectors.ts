/**
 * Writes packages/norm/vectors/reed-solomon.json: repair symbols as NRL's library computes them.
 *
 * Run it where Debian's libnorm1 is installed: node scripts/build-fec-vectors.ts. It has libnorm send one object per
 * case over loopback, each followed by all of its repair symbols (auto parity), and takes them out of the datagrams.
 */
import { createSocket } from 'node:dgram';
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import koffi from 'koffi';

interface Case {
  readonly blockLength: number;
  readonly repairSymbolCount: number;
  readonly symbolSize: number;
  readonly sourceCount: number;
  /** Bytes that the last source symbol lacks; the code sees zeros there. */
  readonly padding: number;
}

const CASES: readonly Case[] = [
  { blockLength: 64, repairSymbolCount: 8, symbolSize: 21, sourceCount: 64, padding: 0 },
  { blockLength: 64, repairSymbolCount: 8, symbolSize: 21, sourceCount: 63, padding: 5 },
  { blockLength: 64, repairSymbolCount: 32, symbolSize: 16, sourceCount: 33, padding: 0 },
  { blockLength: 200, repairSymbolCount: 55, symbolSize: 17, sourceCount: 200, padding: 0 },
  { blockLength: 200, repairSymbolCount: 55, symbolSize: 16, sourceCount: 101, padding: 15 },
  { blockLength: 200, repairSymbolCount: 20, symbolSize: 16, sourceCount: 3, padding: 0 },
  { blockLength: 254, repairSymbolCount: 1, symbolSize: 16, sourceCount: 254, padding: 0 },
  { blockLength: 128, repairSymbolCount: 127, symbolSize: 16, sourceCount: 128, padding: 1 },
  { blockLength: 16, repairSymbolCount: 4, symbolSize: 70, sourceCount: 1, padding: 20 },
  { blockLength: 4, repairSymbolCount: 2, symbolSize: 33, sourceCount: 4, padding: 0 },
  { blockLength: 1, repairSymbolCount: 3, symbolSize: 16, sourceCount: 1, padding: 0 },
];

const DATA_MESSAGE = 2;
const SENDER_BUFFER_SIZE = 1 << 20;
const SENDER_RATE_BITS = 20e6;
const DEADLINE_MILLIS = 5000;

const norm = koffi.load('libnorm.so.1');
const createInstance = norm.func('void *NormCreateInstance(bool)');
const destroyInstance = norm.func('void NormDestroyInstance(void *)');
const createSession = norm.func('void *NormCreateSession(void *, const char *, uint16, uint32)');
const setTxOnly = norm.func('void NormSetTxOnly(void *, bool, bool)');
const setTxRate = norm.func('void NormSetTxRate(void *, double)');
const setAutoParity = norm.func('void NormSetAutoParity(void *, uint8)');
const startSender = norm.func('bool NormStartSender(void *, uint16, uint32, uint16, uint16, uint16, uint8)');
const enqueueData = norm.func('void *NormDataEnqueue(void *, uint8 *, uint32, void *, uint32)');

const instance: unknown = createInstance(false);
const vectors = [];
for (const [index, parameters] of CASES.entries()) vectors.push(await record(parameters, index));
destroyInstance(instance);
const note =
  'One source block each, sent by NRL NORM 1.5.9 as FEC encoding id 5. source: the source symbols back to back, the ' +
  'last one zero-padded; repair: all repair symbols in the order of their encoding symbol ids.';
const path = new URL('../packages/norm/vectors/reed-solomon.json', import.meta.url);
writeFileSync(path, `${JSON.stringify({ note, vectors }, undefined, 2)}\n`);

async function record(parameters: Case, index: number): Promise<object> {
  const { blockLength, repairSymbolCount, symbolSize, sourceCount, padding } = parameters;
  const source = new Uint8Array(sourceCount * symbolSize);
  for (let i = 0; i < source.length - padding; i++) source[i] = (i * 167 + (i >> 3) * 29 + index * 71) & 0xff;

  const repair = new Uint8Array(repairSymbolCount * symbolSize);
  const seen = new Set<number>();
  const socket = createSocket('udp4');
  socket.on('message', (message) => {
    if ((message[0]! & 0x0f) !== DATA_MESSAGE || message[13] !== 5) return;
    const encodingSymbolId = message[19]!;
    if (encodingSymbolId < sourceCount) return;
    repair.set(message.subarray(message[1]! * 4), (encodingSymbolId - sourceCount) * symbolSize);
    seen.add(encodingSymbolId);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const session: unknown = createSession(instance, '127.0.0.1', socket.address().port, 1);
  setTxOnly(session, true, false);
  setTxRate(session, SENDER_RATE_BITS);
  startSender(session, 1, SENDER_BUFFER_SIZE, symbolSize, blockLength, repairSymbolCount, 5);
  setAutoParity(session, repairSymbolCount);
  enqueueData(session, source, source.length - padding, null, 0);
  for (let waited = 0; seen.size < repairSymbolCount; waited += 20) {
    if (waited > DEADLINE_MILLIS) throw new Error(`libnorm sent ${seen.size} repair symbols of ${repairSymbolCount}`);
    await sleep(20);
  }
  socket.close();
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  return { blockLength, repairSymbolCount, symbolSize, sourceCount, source: hex(source), repair: hex(repair) };
}
