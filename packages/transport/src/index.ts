/**
 * The shell around the protocol: UDP sockets, and sessions that run in threads of their own. Importing it loads neither the
 * protocol nor the native library: only the threads need them.
 */
export { PrefixHasher } from './cast/prefix-hasher.ts';
export { monotonicClock, processMillis, type Clock } from './clock.ts';
export { LeafCipher, type EncryptedLeaf, type LeafEncryption } from './content/leaf-cipher.ts';
export type { ObjectContent } from './session/object-content.ts';
export type {
  ExpectedObject,
  ReceiverConfig,
  SenderConfig,
  SenderObject,
  SessionNetwork,
} from './session/session-config.ts';
export type {
  Failure,
  ObjectProgress,
  ReceiverFeedbackReport,
  ReceiverProgress,
  ReceiverSessionEvent,
  SenderProgress,
  SenderSessionEvent,
} from './session/session-events.ts';
export {
  startReceiverSession,
  type LeafTableSource,
  type ReceiverSessionHandle,
  type ReceiverSessionListener,
} from './session/start-receiver-session.ts';
export { startSenderSession, type SenderSessionHandle } from './session/start-sender-session.ts';
export type { SessionFacts } from './session/thread-messages.ts';
export { TransportError, type TransportErrorCode } from './transport-error.ts';
export { isMulticastAddress, isSourceSpecificAddress, type Endpoint } from './udp/endpoint.ts';
export { directedBroadcastAddress, mtuOf, resolveInterface, type NetworkInterface } from './udp/network-interface.ts';
export { overrunNotice } from './session/overrun-notice.ts';
export { datagramSizeFor, symbolSizeFor } from './session/symbol-size.ts';
export { openUdpSocket } from './udp/open-udp-socket.ts';
export type { UdpSocket, UdpSocketCounts, UdpSocketOptions } from './udp/udp-socket.ts';
export { isGroupJoined } from './udp/group-membership.ts';
export { RECEIVE_BUFFER_BYTES, SEND_BUFFER_BYTES } from './limits.ts';
