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
  };
}
