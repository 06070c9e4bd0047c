import { limits, matchesSelector, parseSelector, type operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { Problem } from '../../core/problem.ts';
import type { DeviceRecord } from '../../core/records.ts';
import { deviceView } from '../../core/views.ts';
import type { OperatorHandler } from '../handler.ts';

export function listDevices({
  store,
  presence,
  presenceKeeper,
}: Pick<ServerContext, 'store' | 'presence' | 'presenceKeeper'>): OperatorHandler<typeof operations.listDevices> {
  return async ({ query: { selector: text = 'all', after, limit = limits.PAGE_LENGTH_MAX } }) => {
    const selector = parseSelector(text);
    if (!selector.ok) throw new Problem('invalid_selector', `the selector "${text}": ${selector.reason}`);
    const found: DeviceRecord[] = [];
    let afterName = after;
    // One more than a page tells whether there is another.
    while (found.length <= limit) {
      const page = await store.reader.devices({
        limit: limits.PAGE_LENGTH_MAX,
        ...(afterName === undefined ? {} : { afterName }),
      });
      found.push(...page.filter((device) => matchesSelector(selector.value, device)));
      afterName = page.at(-1)?.name;
      if (page.length < limits.PAGE_LENGTH_MAX) break;
    }
    const devices = found.slice(0, limit);
    return {
      devices: devices.map((device) =>
        deviceView(device, presence.isOnline(device.id), presenceKeeper.lastSeenAt(device.id)),
      ),
      next: found.length > limit ? devices.at(-1).name : null,
    };
  };
}
