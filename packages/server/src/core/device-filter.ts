/** Which devices a list shows. Presence is not in the table, and selectors look into labels and facts: so not SQL. */
import { matchesSelector, type Selector } from '@rollcall/api';
import type { DeviceRecord } from './records.ts';

export interface DeviceFilter {
  readonly selector: Selector | undefined;
  readonly search: string | undefined;
  readonly online: boolean | undefined;
  readonly version: string | undefined;
}

export function passesFilter(filter: DeviceFilter, device: DeviceRecord, isOnline: boolean): boolean {
  const { selector, search, online, version } = filter;
  return (
    (online === undefined || online === isOnline) &&
    (version === undefined || version === device.facts.agentVersion) &&
    (search === undefined || isFoundIn(search.toLowerCase(), device)) &&
    (selector === undefined || matchesSelector(selector, device))
  );
}

function isFoundIn(search: string, { id, name, labels, facts }: DeviceRecord): boolean {
  const texts = [name, id, facts.hostname ?? '', ...Object.values(labels)];
  return texts.some((text) => text.toLowerCase().includes(search));
}
