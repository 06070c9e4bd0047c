import { limits, PROTOCOL, type Facts, type operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { Problem } from '../../core/problem.ts';
import type { DeviceHandler } from '../handler.ts';
import { alreadyConnected } from './already-connected.ts';

export function checkIn({
  store,
  presenceKeeper,
  director,
  now,
}: Pick<ServerContext, 'store' | 'presenceKeeper' | 'director' | 'now'>): DeviceHandler<typeof operations.checkIn> {
  return async ({ body: { protocol, instance, facts, clock, nonce } }, device) => {
    const highest = Math.min(protocol.max, PROTOCOL.max);
    if (highest < protocol.min || highest < PROTOCOL.min) {
      throw new Problem(
        'protocol_unsupported',
        `the agent speaks protocol ${protocol.min} to ${protocol.max}, this server ${PROTOCOL.min} to ${PROTOCOL.max}`,
      );
    }
    if (presenceKeeper.hear(device.id, instance) === 'refused') throw alreadyConnected();
    const clockAheadMs = wrongBy(clock - now());
    if (isNews(device.facts, facts) || clockAheadMs !== device.clockAheadMs) {
      await store.transact((transactor) => transactor.updateDevice(device.id, { facts, clockAheadMs }, true, now()));
    }
    return {
      deviceId: device.id,
      name: device.name,
      protocol: highest,
      heartbeatSeconds: limits.HEARTBEAT_SECONDS,
      silenceSeconds: limits.SILENCE_SECONDS_MAX,
      director: director.keys,
      time: director.signTime(now(), nonce),
    };
  };
}

/** In whole minutes, so that a clock that is off and goes right is written down once. */
function wrongBy(aheadMs: number): number | null {
  return Math.abs(aheadMs) <= limits.CLOCK_TOLERANCE_SECONDS * 1000 ? null : Math.round(aheadMs / 60_000) * 60_000;
}

/** Free space moves all the time: a little of it is no news. */
function isNews(before: Partial<Facts>, after: Facts): boolean {
  const { freeBytes: freeBefore = 0, ...restBefore } = before;
  const { freeBytes: freeAfter, ...restAfter } = after;
  if (Math.abs(freeAfter - freeBefore) > FREE_SPACE_NEWS_SHARE * Math.max(freeAfter, freeBefore)) return true;
  return Object.entries(restAfter).some(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(restBefore[key as keyof typeof restBefore]),
  );
}

const FREE_SPACE_NEWS_SHARE = 0.05;
