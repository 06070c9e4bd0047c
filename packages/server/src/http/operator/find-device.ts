import type { StoreReader } from '../../core/ports.ts';
import { Problem } from '../../core/problem.ts';
import type { DeviceRecord } from '../../core/records.ts';

/** By id or name, as operators give it. */
export async function findDevice(reader: StoreReader, idOrName: string): Promise<DeviceRecord> {
  const device = (await reader.device(idOrName)) ?? (await reader.deviceByName(idOrName));
  if (device === undefined) throw new Problem('not_found', `there is no device ${idOrName}`);
  return device;
}
