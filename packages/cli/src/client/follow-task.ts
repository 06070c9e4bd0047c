/** A task with every event of it: a whole picture after each (re)connection, carried forward from there. */
import { askAgain, UnreachableError, type RollcallClient, type StreamedEvent } from '@rollcall/client';
import { TaskPicture } from '@rollcall/client/task';

export interface FollowedEvent {
  readonly event: StreamedEvent;
  readonly picture: TaskPicture;
  /** False: the event left the picture as it was. */
  readonly isChanged: boolean;
}

interface FollowTaskOptions {
  readonly signal: AbortSignal;
  readonly onDisconnected?: () => void;
}

/** Endless, until the signal aborts it. @throws ProblemError when there is no such task */
export async function* followTask(
  client: RollcallClient,
  id: string,
  options: FollowTaskOptions,
): AsyncGenerator<FollowedEvent> {
  let picture: TaskPicture | undefined;
  for await (const event of client.events({ taskId: id, ...options })) {
    let isChanged;
    if (event.type === 'open' || event.type === 'reset') {
      const taken = await takePicture(client, id, picture, options.signal);
      isChanged = taken !== undefined;
      picture = taken ?? picture;
    } else {
      isChanged = picture?.apply(event) === true;
    }
    if (picture !== undefined) yield { event, picture, isChanged };
  }
}

/**
 * A task until it has ended, and its sessions as well: the last delivery ends the task while the sender still says goodbye,
 * and who looked no further would see a session that sends, with the bytes of a while ago. A session that does not end is
 * waited for so long and no longer.
 */
export async function* followToEnd(
  client: RollcallClient,
  id: string,
  options: FollowTaskOptions,
): AsyncGenerator<FollowedEvent> {
  const enough = new AbortController();
  const signal = AbortSignal.any([options.signal, enough.signal]);
  let timer: NodeJS.Timeout | undefined;
  try {
    for await (const followed of followTask(client, id, { ...options, signal })) {
      yield followed;
      const { phase, sessions } = followed.picture.head;
      if (phase !== 'ended') {
        // It is retried.
        clearTimeout(timer);
        timer = undefined;
        continue;
      }
      if (sessions.every(({ endedAt }) => endedAt !== null)) return;
      timer ??= setTimeout(() => enough.abort(), SESSION_END_MS_MAX);
    }
  } catch (error) {
    if (!enough.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Milliseconds: a goodbye takes about one second; a server that is busy or away is not worth more of somebody's time. */
const SESSION_END_MS_MAX = 5000;

/** Undefined: the server went again, and stays away; the stream will say when it is back. */
async function takePicture(
  client: RollcallClient,
  id: string,
  before: TaskPicture | undefined,
  signal: AbortSignal,
): Promise<TaskPicture | undefined> {
  try {
    const read = () => client.call('getTask', { params: { id } }, { signal });
    return new TaskPicture(await askAgain(read, signal), before);
  } catch (error) {
    if (error instanceof UnreachableError) return undefined;
    throw error;
  }
}
