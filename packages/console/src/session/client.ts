/** The one client of the API, and how it stands with the server. */
import { ProblemError, RollcallClient } from '@rollcall/client';
import { Signal } from '../live/signal.ts';

/** `live`: the event stream is open. `lost`: the server does not answer; it is tried again without end. */
export const connection = new Signal<'connecting' | 'live' | 'lost'>('connecting');

export const client = new RollcallClient({ url: location.origin, fetch: watchedFetch });

/** The stream of events reconnects by itself and says nothing of it: its requests show where it stands. */
async function watchedFetch(url: string, init: RequestInit): Promise<Response> {
  const isStream = new URL(url).pathname === '/v1/events';
  try {
    if (isStream && connection.value === 'live') connection.set('connecting');
    const response = await fetch(url, init);
    if (isStream) connection.set(response.ok ? 'live' : 'lost');
    return response;
  } catch (error) {
    if (isStream && init.signal?.aborted !== true) connection.set('lost');
    throw error;
  }
}

/** What a person is told of a failure. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function isSignedOut(error: unknown): boolean {
  return error instanceof ProblemError && error.problem.status === 401;
}
