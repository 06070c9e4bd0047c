/** NRL's NORM library (Debian: libnorm1) as the driver needs it; its handles are addresses, of no use to others. */
import koffi from 'koffi';

const LIBRARY = 'libnorm.so.1';

export const TX_WATERMARK_COMPLETED = 4;
export const RX_OBJECT_COMPLETED = 20;
export const RX_OBJECT_ABORTED = 21;
export const ACK_SUCCESS = 3;
export const NODE_ANY = 0xffffffff;
/** RFC 5510, with symbols of 8 bits. */
export const FEC_REED_SOLOMON = 5;

export type Handle = unknown;

export interface NormEvent {
  readonly type: number;
  readonly object: Handle;
}

const EVENT = koffi.struct({ type: 'int', session: 'void *', sender: 'void *', object: 'void *' });

export type Libnorm = ReturnType<typeof loadLibnorm>;

export function loadLibnorm() {
  const library = koffi.load(LIBRARY);
  const bind = <Call extends (...parameters: never[]) => unknown>(
    name: string,
    result: string,
    ...parameters: readonly (string | ReturnType<typeof koffi.out>)[]
  ): Call => library.func(name, result, [...parameters]) as unknown as Call;
  /** A function of the session and one value. */
  const setter = <Value>(name: string, type: string, result = 'void'): ((session: Handle, value: Value) => void) =>
    bind(name, result, 'void *', type);
  return {
    createInstance: bind<(boost: boolean) => Handle>('NormCreateInstance', 'void *', 'bool'),
    /** Waits until there is one. */
    nextEvent: bind<(instance: Handle, event: Partial<NormEvent>, wait: boolean) => boolean>(
      'NormGetNextEvent',
      'bool',
      'void *',
      koffi.out(koffi.pointer(EVENT)),
      'bool',
    ),
    createSession: bind<(instance: Handle, address: string, port: number, nodeId: number) => Handle>(
      'NormCreateSession',
      'void *',
      'void *',
      'str',
      'uint16',
      'uint32',
    ),
    setMulticastInterface: setter<string>('NormSetMulticastInterface', 'str', 'bool'),
    setTxRate: setter<number>('NormSetTxRate', 'double'),
    setTxSocketBuffer: setter<number>('NormSetTxSocketBuffer', 'uint', 'bool'),
    setRxSocketBuffer: setter<number>('NormSetRxSocketBuffer', 'uint', 'bool'),
    setCongestionControl: bind<(session: Handle, enable: boolean, adjustRate: boolean) => void>(
      'NormSetCongestionControl',
      'void',
      'void *',
      'bool',
      'bool',
    ),
    setBackoffFactor: setter<number>('NormSetBackoffFactor', 'double'),
    setGrttEstimate: setter<number>('NormSetGrttEstimate', 'double'),
    setDefaultUnicastNack: setter<boolean>('NormSetDefaultUnicastNack', 'bool'),
    startSender: bind<
      (
        session: Handle,
        instanceId: number,
        bufferBytes: number,
        symbolSize: number,
        blockLength: number,
        repairSymbolCount: number,
        fecEncodingId: number,
      ) => boolean
    >('NormStartSender', 'bool', 'void *', 'uint16', 'uint32', 'uint16', 'uint16', 'uint16', 'uint8'),
    startReceiver: bind<(session: Handle, bufferBytes: number) => boolean>(
      'NormStartReceiver',
      'bool',
      'void *',
      'uint32',
    ),
    addAckingNode: setter<number>('NormAddAckingNode', 'uint32', 'bool'),
    setWatermark: bind<(session: Handle, object: Handle, overrideFlush: boolean) => boolean>(
      'NormSetWatermark',
      'bool',
      'void *',
      'void *',
      'bool',
    ),
    ackingStatus: bind<(session: Handle, nodeId: number) => number>('NormGetAckingStatus', 'int', 'void *', 'uint32'),
    /** The library reads the bytes where they lie, until the object is gone. */
    enqueueData: bind<(session: Handle, data: Uint8Array, length: number, info: null, infoLength: number) => Handle>(
      'NormDataEnqueue',
      'void *',
      'void *',
      'void *',
      'uint32',
      'str',
      'uint',
    ),
    objectSize: bind<(object: Handle) => bigint | number>('NormObjectGetSize', 'int64', 'void *'),
    accessData: bind<(object: Handle) => Handle>('NormDataAccessData', 'void *', 'void *'),
  };
}

/** The bytes of a received object, where the library has them. */
export function viewData(library: Libnorm, object: Handle): Uint8Array {
  return new Uint8Array(koffi.view(library.accessData(object), Number(library.objectSize(object))));
}
