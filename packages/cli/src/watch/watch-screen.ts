/** `task watch` on a terminal: the roll, live, until the task ends or somebody leaves. */
import type { TaskDetails } from '@rollcall/api';
import { UnreachableError } from '@rollcall/client';
import type { ApiClient } from '../client/api-client.ts';
import { LiveScreen } from './live-screen.ts';
import { renderWatch } from './render-watch.ts';
import { applyEvent, takePicture, type WatchState } from './watch-state.ts';

/** Whether this process has a terminal that can do it. */
export function hasScreen(environment: NodeJS.ProcessEnv = process.env): boolean {
  return process.stdout.isTTY && environment['TERM'] !== 'dumb';
}

/** Undefined: the server went again in this very moment; the stream will say when it is back. */
async function retakePicture(client: ApiClient, id: string, signal: AbortSignal): Promise<TaskDetails | undefined> {
  try {
    return await client.call('getTask', { params: { id } }, { signal });
  } catch (error) {
    if (error instanceof UnreachableError) return undefined;
    throw error;
  }
}

/** Resolves with true when the task has ended, with false when somebody left. @throws ProblemError when there is no such task */
export async function watchOnScreen(client: ApiClient, id: string): Promise<boolean> {
  const stop = new AbortController();
  const { signal } = stop;
  let state: WatchState = takePicture(await client.call('getTask', { params: { id } }), undefined);
  let isConnected = true;
  const useColor = (process.env['NO_COLOR'] ?? '') === '';
  const screen = new LiveScreen({
    stdout: process.stdout,
    stdin: process.stdin.isTTY ? process.stdin : undefined,
    draw: (columns, rows) => renderWatch(state, { columns, rows, useColor }, isConnected, Date.now()),
    onLeave: () => stop.abort(),
  });
  try {
    const onDisconnected = () => {
      isConnected = false;
      screen.update();
    };
    for await (const event of client.events({ taskId: id, signal, onDisconnected })) {
      isConnected = true;
      if (event.type === 'open' || event.type === 'reset') {
        state = takePicture((await retakePicture(client, id, signal)) ?? state.task, state);
      } else {
        state = applyEvent(state, event);
      }
      screen.update();
      if (state.task.phase === 'ended') return true;
    }
    return false;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  } finally {
    screen.close();
  }
}
