/** Which devices a selector means now. A task's targets are frozen with this when it is created. */
import { matchesSelector, type Selector } from '@rollcall/api';
import type { DeviceRecord } from './records.ts';

/** Devices that wait for approval or are of another platform are no targets; one that has not told its platform yet may be. */
export function selectTargets(
  selector: Selector,
  devices: readonly DeviceRecord[],
  platform?: string,
): readonly DeviceRecord[] {
  return devices.filter(
    (device) => !device.isPending && matchesSelector(selector, device) && isOfPlatform(device, platform),
  );
}

/** Names or ids that no device has: most likely a slip of the pen, so a task is not created for the rest. */
export function unknownNames(selector: Selector, devices: readonly DeviceRecord[]): readonly string[] {
  const known = new Set(devices.flatMap((device) => [device.id, device.name]));
  return (selector.names ?? []).filter((name) => !known.has(name));
}

function isOfPlatform({ facts }: DeviceRecord, platform: string | undefined): boolean {
  if (platform === undefined || facts.os === undefined || facts.arch === undefined) return true;
  return platform === `${facts.os}/${facts.arch}` || platform === facts.platform;
}
