import type { MessageSigner } from '../authentication/message-signer.ts';
import type { DatagramBatch } from '../batch.ts';
import { quantizeRate, unquantizeRtt } from '../wire/quantization.ts';
import type { Micros } from '../time.ts';
import { encodeCc, type CcNode } from '../wire/command-cc.ts';
import { encodeEot } from '../wire/command-eot.ts';
import { encodeFlush } from '../wire/command-flush.ts';
import { encodeRepairAdv } from '../wire/command-repair-adv.ts';
import { encodeSquelch } from '../wire/command-squelch.ts';
import { DataMessage, encodeDataHeader } from '../wire/data.ts';
import type { FecEncodingId } from '../wire/fec-payload-id.ts';
import type { SenderFields } from '../wire/header.ts';
import { encodeInfo } from '../wire/info.ts';
import type { ObjectPosition } from '../wire/object-position.ts';
import type { RepairRequest } from '../wire/repair-request.ts';
import { nextSequence } from '../wire/serial.ts';
import type { SenderObject } from './sender-object.ts';
import type { MutableSenderStats } from './sender-stats.ts';

/** Where a session's messages of all kinds go: every message leaves to the group. */
const GROUP = 0;

/**
 * Puts a sender's messages into a batch: numbers them, stamps them with what all of them carry, counts their bytes.
 * Each method returns the size of the datagram.
 */
export class SenderWriter {
  readonly #data = new DataMessage();
  readonly #stats: MutableSenderStats;
  readonly #fecEncodingId: FecEncodingId;
  readonly #signer: MessageSigner | undefined;
  #datagramCount = 0;
  #byteCount = 0;

  constructor(
    nodeId: number,
    instanceId: number,
    backoffFactor: number,
    groupSizeQuantized: number,
    fecEncodingId: FecEncodingId,
    stats: MutableSenderStats,
    firstSequence: number,
    signer: MessageSigner | undefined,
  ) {
    this.#data.sourceId = nodeId;
    this.#data.instanceId = instanceId;
    this.#data.backoffFactor = backoffFactor;
    this.#data.groupSizeQuantized = groupSizeQuantized;
    this.#data.fecEncodingId = fecEncodingId;
    this.#data.sequence = firstSequence;
    this.#fecEncodingId = fecEncodingId;
    this.#stats = stats;
    this.#signer = signer;
  }

  /** What the messages from now on advertise. */
  set grttQuantized(quantized: number) {
    this.#data.grttQuantized = quantized;
    this.#stats.grttMicros = unquantizeRtt(quantized);
  }

  /** The advertised GRTT: what receivers reckon with is what the sender must reckon with. */
  get grtt(): Micros {
    return this.#stats.grttMicros;
  }

  /** All that was ever put into a batch. */
  get datagramCount(): number {
    return this.#datagramCount;
  }

  get byteCount(): number {
    return this.#byteCount;
  }

  data(
    batch: DatagramBatch,
    object: SenderObject,
    block: number,
    encodingSymbolId: number,
    symbol: Uint8Array,
    flags: number,
  ): number {
    const message = this.#data;
    message.flags = object.flags | flags;
    message.toi = object.toi;
    message.sourceBlockNumber = block;
    message.encodingSymbolId = encodingSymbolId;
    const offset = batch.end;
    const headerEnd = encodeDataHeader(batch, offset, message, object.dataOti);
    const payload = this.#signer === undefined ? headerEnd : this.#signer.reserve(batch, offset, headerEnd);
    batch.bytes.set(symbol, payload);
    return this.#append(batch, payload + symbol.length - offset);
  }

  info(batch: DatagramBatch, object: SenderObject, content: Uint8Array, flags: number): number {
    const end = encodeInfo(batch, batch.end, {
      type: 'info',
      ...this.#fields(),
      flags: object.flags | flags,
      fecEncodingId: this.#fecEncodingId,
      toi: object.toi,
      oti: object.oti,
      rateQuantized: undefined,
      content,
    });
    const size = this.#appendOther(batch, end);
    this.#stats.infoBytes += size;
    return size;
  }

  flush(batch: DatagramBatch, position: ObjectPosition, acknowledgingNodeIds: readonly number[]): number {
    const message = { type: 'flush', ...this.#fields(), position, acknowledgingNodeIds } as const;
    return this.#appendCommand(batch, encodeFlush(batch, batch.end, message));
  }

  endOfTransmission(batch: DatagramBatch): number {
    return this.#appendCommand(batch, encodeEot(batch, batch.end, { type: 'eot', ...this.#fields() }));
  }

  squelch(batch: DatagramBatch, position: ObjectPosition, invalidTois: readonly number[]): number {
    const message = { type: 'squelch', ...this.#fields(), position, invalidTois } as const;
    return this.#appendCommand(batch, encodeSquelch(batch, batch.end, message));
  }

  /** The rate makes all receivers answer, a few at least; without it those that are named do. RFC 5740 §5.5.1. */
  probe(
    batch: DatagramBatch,
    ccSequence: number,
    sendTime: Micros,
    bytesPerSecond: number | undefined,
    ccNodes: readonly CcNode[],
  ): number {
    const message = {
      type: 'cc',
      ...this.#fields(),
      ccSequence,
      sendTime,
      rateQuantized: bytesPerSecond === undefined ? undefined : quantizeRate(bytesPerSecond),
      ccNodes,
    } as const;
    return this.#appendCommand(batch, encodeCc(batch, batch.end, message));
  }

  repairAdvertisement(batch: DatagramBatch, flags: number, repairRequests: readonly RepairRequest[]): number {
    const message = { type: 'repairAdv', ...this.#fields(), flags, feedback: undefined, repairRequests } as const;
    return this.#appendCommand(batch, encodeRepairAdv(batch, batch.end, message));
  }

  #fields(): SenderFields {
    const { sequence, sourceId, instanceId, grttQuantized, backoffFactor, groupSizeQuantized } = this.#data;
    return { sequence, sourceId, instanceId, grttQuantized, backoffFactor, groupSizeQuantized };
  }

  #appendCommand(batch: DatagramBatch, end: number): number {
    const size = this.#appendOther(batch, end);
    this.#stats.commandBytes += size;
    return size;
  }

  /** A message that is written up to `end`, and has no room for its MAC yet. */
  #appendOther(batch: DatagramBatch, end: number): number {
    const offset = batch.end;
    return this.#append(batch, (this.#signer?.reserve(batch, offset, end) ?? end) - offset);
  }

  #append(batch: DatagramBatch, size: number): number {
    batch.append(size, GROUP);
    this.#signer?.sign(batch);
    this.#datagramCount += 1;
    this.#byteCount += size;
    this.#data.sequence = nextSequence(this.#data.sequence);
    return size;
  }
}
