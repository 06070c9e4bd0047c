import { setTimeout as sleep } from 'node:timers/promises';
import { DISMISSAL_MS_MAX } from '../limits.ts';
import type { DeviceSockets } from './device-sockets.ts';
import type { DeviceStreams } from './device-streams.ts';

/** Hangs up on a device whose certificates are void: its event stream says why, then every connection ends. */
export async function dismissDevice(
  { deviceStreams, deviceSockets }: { readonly deviceStreams: DeviceStreams; readonly deviceSockets: DeviceSockets },
  deviceId: string,
): Promise<void> {
  await Promise.race([deviceStreams.dismiss(deviceId), sleep(DISMISSAL_MS_MAX)]);
  deviceSockets.destroy(deviceId);
}
