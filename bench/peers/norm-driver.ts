/**
 * A small program on NRL's library, one per host: node bench/peers/norm-driver.ts JSON (see `NormDriverOptions`).
 * The library has threads of its own; this one only waits for its events.
 */
import { existsSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import * as norm from './libnorm.ts';

export interface NormDriverOptions {
  readonly group: string;
  readonly port: number;
  readonly nodeId: number;
  /** Receiver: the file to write, which gets its name when it is whole. */
  readonly output?: string;
  readonly sender?: {
    readonly source: string;
    readonly bitsPerSecond: number;
    readonly blockLength: number;
    readonly repairSymbolCount: number;
    readonly receiverNodeIds: readonly number[];
    /** Everything is prepared when this file is made, and sending begins when the other one is there. */
    readonly readyFile: string;
    readonly beginFile: string;
  };
}

const BUFFER_BYTES = 64 * 1024 * 1024;
const SYMBOL_SIZE = 1428;
const SEND_BUFFER_BYTES = 1_000_000;
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;
const GRTT_SECONDS = 0.01;

const options = JSON.parse(process.argv[2] ?? '') as NormDriverOptions;
const library = norm.loadLibnorm();
const instance = library.createInstance(false);
const session = library.createSession(instance, options.group, options.port, options.nodeId);
library.setMulticastInterface(session, 'eth0');
if (options.sender !== undefined) send(options.sender);
else receive(options.output ?? '');

function send(sender: NonNullable<NormDriverOptions['sender']>): void {
  library.setTxRate(session, sender.bitsPerSecond);
  library.setCongestionControl(session, false, false);
  library.setBackoffFactor(session, 0);
  library.setGrttEstimate(session, GRTT_SECONDS);
  for (const nodeId of sender.receiverNodeIds) library.addAckingNode(session, nodeId);
  writeFileSync(sender.readyFile, '');
  while (!existsSync(sender.beginFile)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  const { blockLength, repairSymbolCount } = sender;
  const data = readFileSync(sender.source);
  const started = library.startSender(
    session,
    1,
    BUFFER_BYTES,
    SYMBOL_SIZE,
    blockLength,
    repairSymbolCount,
    norm.FEC_REED_SOLOMON,
  );
  if (!started) throw new Error('libnorm: the sender did not start');
  library.setTxSocketBuffer(session, SEND_BUFFER_BYTES);
  const object = library.enqueueData(session, data, data.length, null, 0);
  if (object === null) throw new Error('libnorm: the object was not taken');
  library.setWatermark(session, object, false);
  for (const event of events()) {
    if (event.type !== norm.TX_WATERMARK_COMPLETED) continue;
    if (library.ackingStatus(session, norm.NODE_ANY) === norm.ACK_SUCCESS) break;
    library.setWatermark(session, object, false);
  }
  // Ends the library's threads with it; also keeps the data alive up to here.
  process.exit(data.length > 0 ? 0 : 1);
}

function receive(output: string): void {
  library.setDefaultUnicastNack(session, true);
  if (!library.startReceiver(session, BUFFER_BYTES)) throw new Error('libnorm: the receiver did not start');
  library.setRxSocketBuffer(session, RECEIVE_BUFFER_BYTES);
  for (const event of events()) {
    if (event.type === norm.RX_OBJECT_ABORTED) console.log('aborted');
    if (event.type !== norm.RX_OBJECT_COMPLETED) continue;
    const bytes = norm.viewData(library, event.object);
    const file = openSync(`${output}.part`, 'w');
    for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
    renameSync(`${output}.part`, output);
  }
}

function* events(): Generator<norm.NormEvent> {
  const event: Partial<norm.NormEvent> = {};
  while (library.nextEvent(instance, event, true)) yield event as norm.NormEvent;
}
