/**
 * NORM (RFC 5740): reliable multicast without I/O.
 *
 * A `SenderSession` and a `ReceiverSession` are driven by their five verbs, see `Session` for the calling contract.
 */
export type { ReceiverAuthentication, SenderAuthentication } from './authentication/authentication.ts';
export { feedbackKeyOf } from './authentication/datagram-mac.ts';
export { DatagramBatch } from './batch.ts';
export { createFecCodec } from './fec/create-fec-codec.ts';
export type { CreateFecCodec, FecCodec, FecCodecOptions, SymbolSet } from './fec/fec-codec.ts';
export { fastestKernelName } from './fec/create-galois-kernel.ts';
export type { ObjectKind, ObjectSink, ObjectSource } from './object/object-port.ts';
export { Random } from './random.ts';
export { RangeSet, type ByteRange } from './range-set.ts';
export type { ObjectAbortReason, ObjectKey, ReceiverEvent } from './receiver/receiver-event.ts';
export type { ObjectAnnouncement, ObjectReception, ReceiverOptions } from './receiver/receiver-options.ts';
export { ReceiverSession } from './receiver/receiver-session.ts';
export type { ReceiverStats, RemoteSenderStats } from './receiver/receiver-stats.ts';
export type { SenderEvent } from './sender/sender-event.ts';
export type { EnqueuedObject, FecSetting, RateSetting, SenderOptions } from './sender/sender-options.ts';
export { SenderSession } from './sender/sender-session.ts';
export type { ReceiverFeedback, SenderStats } from './sender/sender-stats.ts';
export type { Session } from './session.ts';
export { arenaOf, type Arena } from './wire/arena.ts';
export type { DecodeFailure } from './wire/decoded.ts';
export { decodeMessage, identifyMessage, type Message, type MessageName } from './wire/message.ts';
export { earlier, MICROS_PER_SECOND, type Micros } from './time.ts';
