/** Probes: a few datagrams on the main thread. Apart from the package's other door, because they load the protocol. */
export { answerKeyOf } from './probe-datagram.ts';
export { ProbeReceiver, type ProbeReceiverOptions } from './probe-receiver.ts';
export { ProbeSender } from './probe-sender.ts';
export { grantedReceiveBuffer } from './receive-buffer.ts';
