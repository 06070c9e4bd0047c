import { checkReceiverAuthentication, type ReceiverAuthentication } from '../authentication/authentication.ts';
import { createFecCodec } from '../fec/create-fec-codec.ts';
import type { CreateFecCodec } from '../fec/fec-codec.ts';
import { NODE_ID_MAX, RECEIVER_BLOCK_MEMORY_BYTES } from '../limits.ts';
import type { Micros } from '../time.ts';
import type { ReceiverOptions } from './receiver-options.ts';

/** Options with their defaults filled in, and checked. */
export interface ReceiverSettings {
  readonly nodeId: number;
  readonly onObject: ReceiverOptions['onObject'];
  readonly repairPolicy: 'object' | 'block';
  readonly firstToi: number | undefined;
  readonly feedback: 'unicast' | 'multicast';
  readonly isSilent: boolean;
  readonly inactivityMicros: Micros | undefined;
  readonly blockMemoryBytes: number;
  readonly createCodec: CreateFecCodec;
  /** Of one life of one sender. */
  readonly authentication: AuthenticatedSender | undefined;
}

export interface AuthenticatedSender {
  readonly keys: ReceiverAuthentication;
  readonly nodeId: number;
  readonly instanceId: number;
}

export function receiverSettings(options: ReceiverOptions): ReceiverSettings {
  const { nodeId } = options;
  if (!Number.isInteger(nodeId) || nodeId < 1 || nodeId > NODE_ID_MAX) throw new RangeError('node id out of range');
  return {
    nodeId,
    onObject: options.onObject,
    repairPolicy: options.repairPolicy ?? 'object',
    firstToi: options.firstToi,
    feedback: options.feedback ?? 'unicast',
    isSilent: options.silent ?? false,
    inactivityMicros: options.inactivityMicros,
    blockMemoryBytes: options.blockMemoryBytes ?? RECEIVER_BLOCK_MEMORY_BYTES,
    createCodec: options.createCodec ?? createFecCodec,
    authentication: authenticatedSender(options),
  };
}

function authenticatedSender({ authentication, sender, feedback }: ReceiverOptions): AuthenticatedSender | undefined {
  if (authentication === undefined) return undefined;
  checkReceiverAuthentication(authentication);
  if (sender?.instanceId === undefined) throw new RangeError('keys are of one life of one sender: it has to be named');
  if (feedback === 'multicast') throw new RangeError('authenticated feedback is for the sender alone');
  return { keys: authentication, nodeId: sender.nodeId, instanceId: sender.instanceId };
}
