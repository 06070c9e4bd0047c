/**
 * NRL's NORM library (Debian: libnorm1), as far as the tests need it: one session in one instance.
 *
 * The library has threads of its own and ends the process when it meets something that it does not expect, so it lives
 * in a child process: see libnorm-process.ts.
 */
import { createRequire } from 'node:module';

const LIBRARY = 'libnorm.so.1';

type Koffi = typeof import('koffi');

/** Events by the library's numbers, 1.5.9; those that no test asks for are left out. */
const EVENT_NAMES: Readonly<Record<number, string>> = {
  2: 'txQueueEmpty',
  3: 'txFlushCompleted',
  4: 'txWatermarkCompleted',
  6: 'txObjectSent',
  7: 'txObjectPurged',
  10: 'remoteSenderNew',
  14: 'remoteSenderInactive',
  16: 'rxCommandNew',
  17: 'rxObjectNew',
  18: 'rxObjectInfo',
  20: 'rxObjectCompleted',
  21: 'rxObjectAborted',
  23: 'grttUpdated',
};

const ACK_SUCCESS = 3;
const OBJECT_DATA = 1;
const SYNC_CURRENT = 0;
const SYNC_ALL = 2;
const FEC_ID_REED_SOLOMON = 5;

export interface LibnormSessionOptions {
  readonly address: string;
  readonly port: number;
  readonly interfaceName: string;
  readonly nodeId: number;
  /** Percent of its datagrams that the library drops before sending, and after receiving. */
  readonly transmitLossPercent?: number;
  readonly receiveLossPercent?: number;
}

export interface LibnormSenderOptions {
  readonly instanceId: number;
  readonly bitsPerSecond: number;
  readonly symbolSize: number;
  readonly blockLength: number;
  readonly repairSymbolCount: number;
  /** Default 5, Reed-Solomon over GF(2^8); it also knows 2 and 129. */
  readonly fecEncodingId?: number;
  /** Repair symbols sent unasked after each block. */
  readonly proactiveRepairSymbols?: number;
  readonly bufferBytes?: number;
  readonly grttSeconds?: number;
  /** Who shall acknowledge. */
  readonly acknowledgingNodeIds?: readonly number[];
  /** Congestion control with the rate left alone: its probes ask for feedback, and REPAIR_ADV and ACK carry it. */
  readonly congestionControl?: boolean;
  /** Object information only in INFO, not in each DATA. */
  readonly limitObjectInfo?: boolean;
}

export interface LibnormReceiverOptions {
  readonly cacheDirectory: string;
  readonly unicastNack: boolean;
  readonly bufferBytes?: number;
  /** Ask for objects that were sent before it joined, too. */
  readonly syncAll?: boolean;
}

export interface LibnormEvent {
  readonly type: string;
  /** Of received objects. */
  readonly path?: string;
  readonly dataHex?: string;
  readonly infoHex?: string;
  readonly size?: number;
  /** Of a command from the sender. */
  readonly commandHex?: string;
  /** Of a watermark: whether everybody has acknowledged. */
  readonly acknowledged?: boolean;
}

type Pointer = unknown;

interface RawEvent {
  readonly type: number;
  readonly session: Pointer;
  readonly sender: Pointer;
  readonly object: Pointer;
}

/** A handle of the library is an address, and of no use to anybody else. */
export class LibnormSession {
  readonly #koffi = loadKoffi();
  readonly #api = loadApi(this.#koffi);
  readonly #instance: Pointer;
  readonly #session: Pointer;
  #lastObject: Pointer;

  constructor(options: LibnormSessionOptions) {
    const api = this.#api;
    this.#instance = api.createInstance(false);
    this.#session = api.createSession(this.#instance, options.address, options.port, options.nodeId);
    api.setMulticastInterface(this.#session, options.interfaceName);
    api.setMulticastLoopback(this.#session, true);
    api.setRxPortReuse(this.#session, true, null, null, 0);
    api.setTxLoss(this.#session, options.transmitLossPercent ?? 0);
    api.setRxLoss(this.#session, options.receiveLossPercent ?? 0);
  }

  startSender(options: LibnormSenderOptions): void {
    const api = this.#api;
    const session = this.#session;
    // A port of its own, so that feedback by unicast does not meet the other sockets of the session's port.
    api.setTxPort(session, 0, false, null);
    api.setGrttEstimate(session, options.grttSeconds ?? 0.02);
    if (options.congestionControl === true) api.setCongestionControl(session, true, false);
    api.setTxRate(session, options.bitsPerSecond);
    api.setTxSocketBuffer(session, 4 << 20);
    if (options.limitObjectInfo === true) api.limitObjectInfo(session, true);
    const started = api.startSender(
      session,
      options.instanceId,
      options.bufferBytes ?? 16 << 20,
      options.symbolSize,
      options.blockLength,
      options.repairSymbolCount,
      options.fecEncodingId ?? FEC_ID_REED_SOLOMON,
    );
    if (!started) throw new Error('libnorm: the sender did not start');
    api.setAutoParity(session, options.proactiveRepairSymbols ?? 0);
    for (const nodeId of options.acknowledgingNodeIds ?? []) api.addAckingNode(session, nodeId);
  }

  startReceiver(options: LibnormReceiverOptions): void {
    const api = this.#api;
    api.setCacheDirectory(this.#instance, options.cacheDirectory);
    api.setDefaultUnicastNack(this.#session, options.unicastNack);
    api.setDefaultSyncPolicy(this.#session, options.syncAll === true ? SYNC_ALL : SYNC_CURRENT);
    if (!api.startReceiver(this.#session, options.bufferBytes ?? 64 << 20)) {
      throw new Error('libnorm: the receiver did not start');
    }
    api.setRxSocketBuffer(this.#session, 8 << 20);
  }

  enqueueFile(path: string, info: string): void {
    this.#enqueued(this.#api.fileEnqueue(this.#session, path, info, Buffer.byteLength(info)));
  }

  /** The library reads `data` until the object is gone: the caller keeps it. */
  enqueueData(data: Uint8Array, info: string): void {
    this.#enqueued(this.#api.dataEnqueue(this.#session, data, data.length, info, Buffer.byteLength(info)));
  }

  sendCommand(content: Uint8Array): void {
    this.#api.sendCommand(this.#session, content, content.length, false);
  }

  /** After the object that was enqueued last. */
  setWatermark(): void {
    this.#api.setWatermark(this.#session, this.#lastObject, false);
  }

  stopSender(): void {
    this.#api.stopSender(this.#session);
  }

  /** The next event that has a name here, if there is one now. */
  pollEvent(): LibnormEvent | undefined {
    const raw: Partial<RawEvent> = {};
    while (this.#api.getNextEvent(this.#instance, raw, false)) {
      const type = EVENT_NAMES[raw.type ?? 0];
      if (type !== undefined) return this.#describe(type, raw as RawEvent);
    }
    return undefined;
  }

  close(): void {
    this.#api.destroyInstance(this.#instance);
  }

  #enqueued(object: Pointer): void {
    if (object === null) throw new Error('libnorm: the object was not enqueued');
    this.#lastObject = object;
  }

  #describe(type: string, raw: RawEvent): LibnormEvent {
    const api = this.#api;
    if (type === 'rxObjectInfo') {
      const info = Buffer.alloc(0xffff);
      const length = api.objectGetInfo(raw.object, info, info.length);
      return { type, infoHex: info.subarray(0, length).toString('hex') };
    }
    if (type === 'rxCommandNew') {
      const command = Buffer.alloc(0xffff);
      const length = [command.length];
      api.nodeGetCommand(raw.sender, command, length);
      return { type, commandHex: command.subarray(0, length[0]).toString('hex') };
    }
    if (type === 'rxObjectCompleted') {
      const size = Number(api.objectGetSize(raw.object));
      if (api.objectGetType(raw.object) === OBJECT_DATA) {
        const data = Buffer.from(this.#koffi.view(api.dataAccessData(raw.object), size));
        return { type, size, dataHex: data.toString('hex') };
      }
      const name = Buffer.alloc(4096);
      api.fileGetName(raw.object, name, name.length);
      return { type, size, path: name.subarray(0, name.indexOf(0)).toString() };
    }
    if (type === 'txWatermarkCompleted') {
      return { type, acknowledged: api.getAckingStatus(this.#session, 0xffffffff) === ACK_SUCCESS };
    }
    return { type };
  }
}

/** Why the library cannot be used here, or false. */
export function libnormMissing(): string | false {
  try {
    loadKoffi().load(LIBRARY);
    return false;
  } catch {
    return `${LIBRARY} (Debian: libnorm1) or koffi is not installed`;
  }
}

/** koffi is an optional dependency: an import would fail where it is missing, instead of skipping. */
function loadKoffi(): Koffi {
  return createRequire(import.meta.url)('koffi') as Koffi;
}

function loadApi(koffi: Koffi) {
  const library = koffi.load(LIBRARY);
  const event = koffi.struct({ type: 'int', session: 'void *', sender: 'void *', object: 'void *' });
  const bind = <Call extends (...parameters: never[]) => unknown>(
    name: string,
    result: string,
    ...parameters: readonly (string | ReturnType<typeof koffi.out>)[]
  ): Call => library.func(name, result, [...parameters]) as unknown as Call;
  type Setter<Value> = (session: Pointer, value: Value) => void;
  type Enqueue<Content> = (
    session: Pointer,
    content: Content,
    ...rest: Content extends string
      ? [info: string, infoLength: number]
      : [length: number, info: string, infoLength: number]
  ) => Pointer;
  return {
    createInstance: bind<(boost: boolean) => Pointer>('NormCreateInstance', 'void *', 'bool'),
    destroyInstance: bind<(instance: Pointer) => void>('NormDestroyInstance', 'void', 'void *'),
    setCacheDirectory: bind<(instance: Pointer, path: string) => boolean>(
      'NormSetCacheDirectory',
      'bool',
      'void *',
      'str',
    ),
    getNextEvent: bind<(instance: Pointer, into: Partial<RawEvent>, wait: boolean) => boolean>(
      'NormGetNextEvent',
      'bool',
      'void *',
      koffi.out(koffi.pointer(event)),
      'bool',
    ),
    createSession: bind<(instance: Pointer, address: string, port: number, nodeId: number) => Pointer>(
      'NormCreateSession',
      'void *',
      'void *',
      'str',
      'uint16',
      'uint32',
    ),
    setMulticastInterface: bind<Setter<string>>('NormSetMulticastInterface', 'bool', 'void *', 'str'),
    setMulticastLoopback: bind<Setter<boolean>>('NormSetMulticastLoopback', 'bool', 'void *', 'bool'),
    setTxPort: bind<(session: Pointer, port: number, reuse: boolean, address: null) => boolean>(
      'NormSetTxPort',
      'bool',
      'void *',
      'uint16',
      'bool',
      'str',
    ),
    setRxPortReuse: bind<(session: Pointer, reuse: boolean, bind: null, sender: null, senderPort: number) => void>(
      'NormSetRxPortReuse',
      'void',
      'void *',
      'bool',
      'str',
      'str',
      'uint16',
    ),
    setTxLoss: bind<Setter<number>>('NormSetTxLoss', 'void', 'void *', 'double'),
    setRxLoss: bind<Setter<number>>('NormSetRxLoss', 'void', 'void *', 'double'),
    startSender: bind<
      (
        session: Pointer,
        instanceId: number,
        bufferBytes: number,
        symbolSize: number,
        blockLength: number,
        repairSymbolCount: number,
        fecEncodingId: number,
      ) => boolean
    >('NormStartSender', 'bool', 'void *', 'uint16', 'uint32', 'uint16', 'uint16', 'uint16', 'uint8'),
    stopSender: bind<(session: Pointer) => void>('NormStopSender', 'void', 'void *'),
    setTxRate: bind<Setter<number>>('NormSetTxRate', 'void', 'void *', 'double'),
    setTxSocketBuffer: bind<Setter<number>>('NormSetTxSocketBuffer', 'bool', 'void *', 'uint'),
    setCongestionControl: bind<(session: Pointer, enable: boolean, adjustRate: boolean) => void>(
      'NormSetCongestionControl',
      'void',
      'void *',
      'bool',
      'bool',
    ),
    limitObjectInfo: bind<Setter<boolean>>('NormLimitObjectInfo', 'void', 'void *', 'bool'),
    setAutoParity: bind<Setter<number>>('NormSetAutoParity', 'void', 'void *', 'uint8'),
    setGrttEstimate: bind<Setter<number>>('NormSetGrttEstimate', 'void', 'void *', 'double'),
    fileEnqueue: bind<Enqueue<string>>('NormFileEnqueue', 'void *', 'void *', 'str', 'str', 'uint'),
    dataEnqueue: bind<Enqueue<Uint8Array>>('NormDataEnqueue', 'void *', 'void *', 'void *', 'uint32', 'str', 'uint'),
    setWatermark: bind<(session: Pointer, object: Pointer, overrideFlush: boolean) => boolean>(
      'NormSetWatermark',
      'bool',
      'void *',
      'void *',
      'bool',
    ),
    addAckingNode: bind<Setter<number>>('NormAddAckingNode', 'bool', 'void *', 'uint32'),
    getAckingStatus: bind<(session: Pointer, nodeId: number) => number>(
      'NormGetAckingStatus',
      'int',
      'void *',
      'uint32',
    ),
    sendCommand: bind<(session: Pointer, content: Uint8Array, length: number, robust: boolean) => boolean>(
      'NormSendCommand',
      'bool',
      'void *',
      'void *',
      'uint',
      'bool',
    ),
    startReceiver: bind<(session: Pointer, bufferBytes: number) => boolean>(
      'NormStartReceiver',
      'bool',
      'void *',
      'uint32',
    ),
    setRxSocketBuffer: bind<Setter<number>>('NormSetRxSocketBuffer', 'bool', 'void *', 'uint'),
    setDefaultUnicastNack: bind<Setter<boolean>>('NormSetDefaultUnicastNack', 'void', 'void *', 'bool'),
    setDefaultSyncPolicy: bind<Setter<number>>('NormSetDefaultSyncPolicy', 'void', 'void *', 'int'),
    objectGetType: bind<(object: Pointer) => number>('NormObjectGetType', 'int', 'void *'),
    objectGetSize: bind<(object: Pointer) => bigint | number>('NormObjectGetSize', 'int64', 'void *'),
    objectGetInfo: bind<(object: Pointer, into: Uint8Array, size: number) => number>(
      'NormObjectGetInfo',
      'uint16',
      'void *',
      'void *',
      'uint16',
    ),
    fileGetName: bind<(object: Pointer, into: Uint8Array, size: number) => boolean>(
      'NormFileGetName',
      'bool',
      'void *',
      'void *',
      'uint',
    ),
    dataAccessData: bind<(object: Pointer) => Pointer>('NormDataAccessData', 'void *', 'void *'),
    nodeGetCommand: bind<(sender: Pointer, into: Uint8Array, length: number[]) => boolean>(
      'NormNodeGetCommand',
      'bool',
      'void *',
      'void *',
      koffi.inout(koffi.pointer('uint')),
    ),
  };
}
