import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import type { DeviceRecord } from '../../core/records.ts';
import { nameTaken, outside } from '../../core/require-within.ts';
import { isWithin, scopeOf } from '../../core/scope.ts';
import { deviceView } from '../../core/views.ts';
import { checkLabels } from '../check-labels.ts';
import { tooManyRequests } from '../door.ts';
import type { OperatorHandler } from '../handler.ts';
import type { Refusals } from '../refusals.ts';
import { findDevice } from './find-device.ts';

export function updateDevice({
  store,
  presence,
  presenceKeeper,
  now,
  guesses,
}: Pick<ServerContext, 'store' | 'presence' | 'presenceKeeper' | 'now'> & {
  /** Names that were taken, by operator: who has a scope may not try out whole dictionaries of them. */
  readonly guesses: Refusals;
}): OperatorHandler<typeof operations.updateDevice> {
  return async ({ params, body }, operator) => {
    const device = await store.transact(async (transactor) => {
      const before = await findDevice(transactor, params.id);
      const name = body.name ?? before.name;
      if (name !== before.name) {
        const waitSeconds = operator.scope === null ? undefined : guesses.waitSeconds(operator.id);
        if (waitSeconds !== undefined) throw tooManyRequests(waitSeconds);
        const namesake = await transactor.deviceByName(name);
        if (namesake !== undefined && namesake.id !== before.id) {
          guesses.note(operator.id);
          throw nameTaken(name);
        }
      }
      // Who changes a device has looked at it: its warning has done its work.
      const change: Partial<DeviceRecord> = { name, labels: mergeLabels(before.labels, body.labels), warning: null };
      const changed = { ...before, ...change };
      if (!isWithin(scopeOf(operator), changed)) throw outside(operator, `${before.name}, changed like this,`);
      await transactor.updateDevice(before.id, change, presence.isOnline(before.id), now());
      return changed;
    });
    return deviceView(device, presence.isOnline(device.id), presenceKeeper.lastSeenAt(device.id));
  };
}

function mergeLabels(
  labels: Readonly<Record<string, string>>,
  change: Readonly<Record<string, string | null>> = {},
): Record<string, string> {
  const merged = Object.entries({ ...labels, ...change }).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  );
  return checkLabels(Object.fromEntries(merged));
}
