import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import type { OperatorHandler } from '../handler.ts';

export function getSendingSettings({
  config: { multicast, unicast },
}: Pick<ServerContext, 'config'>): OperatorHandler<typeof operations.getSendingSettings> {
  const { mode, interfaces, isSourceSpecific, ttl } = multicast;
  return async () => ({
    mode,
    interfaces: [...interfaces],
    group:
      mode === 'broadcast'
        ? (multicast.broadcastAddress ?? 'the directed broadcast address')
        : multicast.multicastAddress,
    port: multicast.basePort,
    isSourceSpecific,
    ttl,
    multicastBitsPerSecond: Math.round(multicast.bytesPerSecond * 8),
    rateControl: multicast.rateControl,
    unicastSlots: unicast.slots,
    unicastBitsPerSecond: unicast.bytesPerSecond === undefined ? null : Math.round(unicast.bytesPerSecond * 8),
  });
}
