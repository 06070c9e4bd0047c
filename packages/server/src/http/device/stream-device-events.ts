import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { ServerSentEvents } from '../../live/server-sent-events.ts';
import type { DeviceHandler } from '../handler.ts';
import { alreadyConnected } from './already-connected.ts';

export function streamDeviceEvents({
  deviceStreams,
  presenceKeeper,
}: Pick<ServerContext, 'deviceStreams' | 'presenceKeeper'>): DeviceHandler<typeof operations.streamDeviceEvents> {
  return async ({ query: { instance }, reply }, device) => {
    if (presenceKeeper.hear(device.id, instance) === 'refused') throw alreadyConnected();
    reply.hijack();
    const stream = new ServerSentEvents(reply.raw);
    deviceStreams.add(device.id, stream, () => presenceKeeper.noteClosed(device.id, instance));
    return reply;
  };
}
