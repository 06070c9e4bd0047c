import { limits, parseSelector, type operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { passesFilter, type DeviceFilter } from '../../core/device-filter.ts';
import type { Place, DevicesPage } from '../../core/ports.ts';
import { Problem } from '../../core/problem.ts';
import type { DeviceRecord } from '../../core/records.ts';
import { isWithin, scopeOf } from '../../core/scope.ts';
import { deviceView } from '../../core/views.ts';
import { cutPage, orderOf, placeOf } from '../cursor.ts';
import type { OperatorHandler } from '../handler.ts';

export function listDevices({
  store,
  presence,
  presenceKeeper,
}: Pick<ServerContext, 'store' | 'presence' | 'presenceKeeper'>): OperatorHandler<typeof operations.listDevices> {
  return async ({ query }, operator) => {
    const { cursor, limit = limits.PAGE_LENGTH_DEFAULT, sort = 'name', selector, search, online, version } = query;
    const scope = scopeOf(operator);
    const filter: DeviceFilter = { selector: selectorOf(selector), search, online, version };
    const isWhole = [scope, selector, search, online, version].every((part) => part === undefined);
    const { by, isDescending } = orderOf(sort);
    // One more than a page tells whether there is another; of a filter nobody knows how far its page reaches.
    const read = isWhole ? limit + 1 : limits.PAGE_LENGTH_MAX;
    const found: DeviceRecord[] = [];
    let behind = placeOf(cursor, sort);
    while (found.length <= limit) {
      const some = await store.reader.devices({ by, isDescending, behind, limit: read });
      const mine = some.filter((device) => isWithin(scope, device));
      found.push(...mine.filter((device) => passesFilter(filter, device, presence.isOnline(device.id))));
      const last = some.at(-1);
      if (last === undefined || some.length < read) break;
      behind = placeIn(by, last);
    }
    const { items, next } = cutPage(found, limit, sort, (device) => placeIn(by, device));
    const devices = items.map((device) =>
      deviceView(device, presence.isOnline(device.id), presenceKeeper.lastSeenAt(device.id)),
    );
    return { devices, next };
  };
}

function selectorOf(text: string | undefined): DeviceFilter['selector'] {
  if (text === undefined) return undefined;
  const selector = parseSelector(text);
  if (!selector.ok) throw new Problem('invalid_selector', `the selector "${text}": ${selector.reason}`);
  return selector.value;
}

function placeIn(by: DevicesPage['by'], { id, name, lastSeenAt, enrolledAt }: DeviceRecord): Place {
  const values = { name, seen: lastSeenAt ?? 0, enrolled: enrolledAt };
  return { value: values[by], id };
}
