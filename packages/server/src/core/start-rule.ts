/**
 * When an announced session begins to send: enough devices are ready and a minimum wait is over, or the maximum wait is.
 * Nobody ready by then: nothing is sent into an empty room, the devices are finished by unicast as they come.
 */
import type { TaskPolicy } from '@rollcall/api';

export interface Announcement {
  readonly announcedAt: number;
  readonly startWhen: TaskPolicy['startWhen'];
  readonly minimumWaitMs: number;
  readonly maxWaitMs: number;
  /** Open targets at the session's site that are connected, and those that listen. */
  readonly onlineCount: number;
  readonly readyCount: number;
  readonly isPaused: boolean;
}

export type StartDecision =
  { readonly decision: 'start' | 'skip' } | { readonly decision: 'wait'; readonly until: number };

export function decideStart(announcement: Announcement, now: number): StartDecision {
  const { announcedAt, startWhen, minimumWaitMs, maxWaitMs, onlineCount, readyCount } = announcement;
  const latest = announcedAt + maxWaitMs;
  if (announcement.isPaused) return { decision: 'wait', until: now + 1000 };
  if (now >= latest) return { decision: readyCount > 0 ? 'start' : 'skip' };
  const needed = 'count' in startWhen ? startWhen.count : Math.ceil(startWhen.share * onlineCount);
  const earliest = Math.min(latest, announcedAt + minimumWaitMs);
  if (readyCount < Math.max(1, needed)) return { decision: 'wait', until: latest };
  return now >= earliest ? { decision: 'start' } : { decision: 'wait', until: earliest };
}
