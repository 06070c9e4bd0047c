/** `task watch` on a terminal: the roll, live, until the task ends or somebody leaves. */
import { TaskPicture } from '@rollcall/client/task';
import type { ApiClient } from '../client/api-client.ts';
import { followToEnd } from '../client/follow-task.ts';
import { LiveScreen } from './live-screen.ts';
import { renderWatch } from './render-watch.ts';

/** Whether this process has a terminal that can do it. */
export function hasScreen(environment: NodeJS.ProcessEnv = process.env): boolean {
  return process.stdout.isTTY && environment['TERM'] !== 'dumb';
}

/** Resolves with true when the task has ended, with false when somebody left. @throws ProblemError when there is no such task */
export async function watchOnScreen(client: ApiClient, id: string): Promise<boolean> {
  const stop = new AbortController();
  const { signal } = stop;
  let picture = new TaskPicture(await client.call('getTask', { params: { id } }));
  let isConnected = true;
  const useColor = (process.env['NO_COLOR'] ?? '') === '';
  const screen = new LiveScreen({
    stdout: process.stdout,
    stdin: process.stdin.isTTY ? process.stdin : undefined,
    draw: (columns, rows) => renderWatch(picture, { columns, rows, useColor }, isConnected, Date.now()),
    onLeave: () => stop.abort(),
  });
  try {
    const onDisconnected = () => {
      isConnected = false;
      screen.update();
    };
    for await (const followed of followToEnd(client, id, { signal, onDisconnected })) {
      isConnected = true;
      ({ picture } = followed);
      screen.update();
    }
    return !signal.aborted;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  } finally {
    screen.close();
  }
}
