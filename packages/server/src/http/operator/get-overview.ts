import { limits, type Overview, type operations, type RollcallEvent } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { totalOf } from '../../core/counts.ts';
import type { Place, StoreReader } from '../../core/ports.ts';
import type { TaskRecord } from '../../core/records.ts';
import { isWithin, scopeOf, type Scope } from '../../core/scope.ts';
import { deliveryView, deviceView, taskSummaryView } from '../../core/views.ts';
import {
  OVERVIEW_ENDED_MAX,
  OVERVIEW_ITEMS_MAX,
  OVERVIEW_RUNNING_MAX,
  OVERVIEW_SCOPED_TASKS_MAX,
  OVERVIEW_SPAN_MS,
  OVERVIEW_TASKS_MAX,
} from '../../limits.ts';
import { ScopeFilter } from '../../live/scope-filter.ts';
import { TrafficSums } from '../../live/traffic-sums.ts';
import type { OperatorHandler } from '../handler.ts';

type Parts = Pick<ServerContext, 'store' | 'presence' | 'presenceKeeper' | 'conductor' | 'now' | 'monotonicNow'>;

export function getOverview(parts: Parts): OperatorHandler<typeof operations.getOverview> {
  const { store, conductor, now, monotonicNow } = parts;
  const sums = new TrafficSums(store.reader, monotonicNow);
  return async (_call, operator) => {
    const { reader } = store;
    const scope = scopeOf(operator);
    const filter = new ScopeFilter(reader, scope);
    const mine = async (tasks: readonly TaskRecord[]): Promise<readonly TaskRecord[]> => {
      if (scope === undefined) return tasks;
      const within: TaskRecord[] = [];
      for (const task of tasks) if (await filter.isTaskWithin(task.id)) within.push(task);
      return within;
    };
    const createdFrom = now() - OVERVIEW_SPAN_MS;
    const limit = scope === undefined ? OVERVIEW_TASKS_MAX : OVERVIEW_SCOPED_TASKS_MAX;
    const recent = await mine(await reader.tasks({ by: 'created', isDescending: true, createdFrom, limit }));
    const running = await mine((await reader.unendedTasks()).slice(-limit).toReversed());
    const events = (await reader.lastEvents(EVENTS_READ)).filter(isTold);
    let bitsPerSecond = 0;
    for (const { id } of running) bitsPerSecond += (conductor.progressOf(id)?.progress.rateBytesPerSecond ?? 0) * 8;
    return {
      devices: await countDevices(parts, scope),
      running: running.slice(0, OVERVIEW_RUNNING_MAX).map(taskSummaryView),
      ended: recent
        .filter(({ phase }) => phase === 'ended')
        .slice(0, OVERVIEW_ENDED_MAX)
        .map(taskSummaryView),
      failed: await failedOf(reader, recent),
      ...(await waitingOf(reader, running)),
      doubtful: await doubtfulOf(parts, scope, createdFrom),
      traffic: { multicastBitsPerSecond: Math.round(bitsPerSecond), ...(await sums.of(recent)) },
      events: (scope === undefined ? events : await filter.within(events)).slice(0, OVERVIEW_ITEMS_MAX),
    };
  };
}

async function countDevices({ store: { reader }, presence }: Parts, scope: Scope): Promise<Overview['devices']> {
  if (scope === undefined) return { total: await reader.deviceCount(), online: [...presence.onlineIds].length };
  const count = { total: 0, online: 0 };
  let behind: Place | undefined;
  for (;;) {
    const page = await reader.devices({ by: 'name', isDescending: false, behind, limit: limits.PAGE_LENGTH_MAX });
    for (const device of page) {
      if (!isWithin(scope, device)) continue;
      count.total += 1;
      if (presence.isOnline(device.id)) count.online += 1;
    }
    const last = page.at(-1);
    if (last === undefined || page.length < limits.PAGE_LENGTH_MAX) return count;
    behind = { value: last.name, id: last.id };
  }
}

async function failedOf(reader: StoreReader, tasks: readonly TaskRecord[]): Promise<Overview['failed']> {
  const failed: Overview['failed'] = [];
  for (const { id, name, counts } of tasks) {
    if (counts.failed + counts.rejected + counts.timed_out === 0) continue;
    const limit = OVERVIEW_ITEMS_MAX - failed.length;
    if (limit === 0) break;
    const rows = await reader.deliveries(id, { state: BAD_STATES, by: 'updated', isDescending: true, limit });
    failed.push(...rows.map((row) => ({ task: { id, name }, delivery: deliveryView(row.delivery, row.deviceName) })));
  }
  return failed;
}

async function waitingOf(
  reader: StoreReader,
  tasks: readonly TaskRecord[],
): Promise<Pick<Overview, 'waiting' | 'waitingCount'>> {
  const waiting: Overview['waiting'] = [];
  let waitingCount = 0;
  for (const { id, name, counts } of tasks) {
    if (counts.queued === 0) continue;
    const rows = await reader.deliveries(id, {
      reason: 'offline',
      by: 'device',
      isDescending: false,
      limit: WAITING_READ,
    });
    waitingCount += rows.length;
    const some = rows.slice(0, OVERVIEW_ITEMS_MAX - waiting.length);
    waiting.push(...some.map((row) => ({ task: { id, name }, delivery: deliveryView(row.delivery, row.deviceName) })));
  }
  return { waiting, waitingCount };
}

/** The least recently seen ones first; a warning is seen on every device that is shown anywhere. */
async function doubtfulOf(
  { store, presence, presenceKeeper }: Parts,
  scope: Scope,
  seenBefore: number,
): Promise<Overview['doubtful']> {
  const devices = await store.reader.doubtfulDevices(seenBefore, OVERVIEW_ITEMS_MAX);
  return devices
    .filter((device) => isWithin(scope, device))
    .filter(
      ({ id, isPending, warning, clockAheadMs }) =>
        isPending || warning !== null || clockAheadMs !== null || !presence.isOnline(id),
    )
    .map((device) => deviceView(device, presence.isOnline(device.id), presenceKeeper.lastSeenAt(device.id)));
}

/** Of deliveries only their ends; of devices that come and go nothing: that is on their own page. */
function isTold(event: RollcallEvent): boolean {
  if (event.type === 'delivery') return TOLD_STATES.includes(event.delivery.state);
  if (event.type === 'task') return event.phase !== 'announcing' || totalOf(event.counts) === event.counts.queued;
  return event.type === 'session' && event.session.state !== 'announcing';
}

const BAD_STATES = ['failed', 'rejected', 'timed_out'] as const;
const TOLD_STATES: readonly string[] = ['succeeded', ...BAD_STATES, 'expired'];
const EVENTS_READ = 400;
const WAITING_READ = 1_000;
