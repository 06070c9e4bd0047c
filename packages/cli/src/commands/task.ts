/** `rollcall task`: list, show, watch, wait for, and steer tasks. */
import { limits, TASK_PHASES, type TaskSummary } from '@rollcall/api';
import type { StreamedEvent } from '@rollcall/client';
import type { TaskHead } from '@rollcall/client/task';
import { Option, type Command } from 'commander';
import type { ApiClient } from '../client/api-client.ts';
import { followToEnd } from '../client/follow-task.ts';
import { CommandError, EXIT } from '../exit-code.ts';
import { formatTime } from '../output/format.ts';
import type { Output } from '../output/output.ts';
import { taskProgress } from '../output/progress.ts';
import { formatCounts, formatRoll, standingOf } from '../output/roll.ts';
import { hasScreen, watchOnScreen } from '../watch/watch-screen.ts';
import { addExample, addServerOptions, collect, durationOption, withClient, type CommonFlags } from './options.ts';
import { registerTaskCreate } from './task-create.ts';
import { parseGoal, waitForTask } from './task-wait.ts';

export function registerTask(program: Command): void {
  const task = program.command('task').description('create, watch and steer tasks');
  registerTaskCreate(task);

  addExample(
    addServerOptions(task.command('list').description('all tasks, the newest first')),
    'rollcall task list',
  ).action(async (flags: CommonFlags) => {
    await withClient(flags, async (client, output) => {
      const query = { limit: limits.PAGE_LENGTH_MAX };
      const tasks = await client.list('listTasks', { query });
      output.table(
        tasks,
        ['id', 'kind', 'name', 'state', 'deliveries', 'created'],
        tasks.map((entry) => [
          entry.id,
          entry.kind,
          entry.name,
          standingOf(entry),
          formatCounts(entry.counts),
          formatTime(entry.createdAt),
        ]),
        'no tasks: "rollcall task create --help" shows how to make one',
      );
    });
  });

  addExample(
    addServerOptions(task.command('show <id>').description('a task with its rows of the task status table')),
    'rollcall task show 01975c3e-…',
  ).action(async (id: string, flags: CommonFlags) => {
    await withClient(flags, async (client, output) => {
      const found = await client.call('getTask', { params: { id } });
      output.result(found, () => formatRoll(found));
    });
  });

  addExample(
    addServerOptions(task.command('watch <id>').description('what happens to a task, as it happens, until its end')),
    'rollcall task watch 01975c3e-…',
    'rollcall task watch 01975c3e-… --json',
  ).action(async (id: string, flags: CommonFlags) => {
    await withClient(flags, async (client, output) => watch(client, output, id));
  });

  addExample(
    addServerOptions(task.command('wait <id>').description('wait until a task has ended, or got so far'))
      .option('--until <share>', 'until so many have succeeded: 95%, or a number')
      .addOption(new Option('--phase <phase>', 'until this phase').choices(TASK_PHASES))
      .option('--timeout <duration>', 'give up after so long (exit code 4)', durationOption),
    'rollcall task wait 01975c3e-… --until 95% --timeout 10m',
  ).action(
    async (id: string, flags: CommonFlags & { until?: string; phase?: TaskSummary['phase']; timeout?: number }) => {
      const goal = parseGoal(flags.until, flags.phase);
      await withClient(flags, async (client, output) => waitForTask(client, output, id, goal, flags.timeout));
    },
  );

  addExample(
    addServerOptions(
      task.command('logs <id>').description('how each attempt on one device ended: its output, exit code and error'),
    ).requiredOption('--device <id>', 'the device, by id or name'),
    'rollcall task logs 01975c3e-… --device till-7',
  ).action(async (id: string, flags: CommonFlags & { device: string }) => {
    await withClient(flags, async (client, output) => logs(client, output, id, flags.device));
  });

  for (const [name, operation, description] of [
    ['pause', 'pauseTask', 'stop sending and admission; what runs on devices goes on'],
    ['resume', 'resumeTask', 'go on after a pause'],
    ['cancel', 'cancelTask', 'end what is not delivered at once'],
  ] as const) {
    addExample(
      addServerOptions(task.command(`${name} <id>`).description(description)),
      `rollcall task ${name} 01975c3e-…`,
    ).action(async (id: string, flags: CommonFlags) => {
      await withClient(flags, async (client, output) => said(output, await client.call(operation, { params: { id } })));
    });
  }

  addExample(
    addServerOptions(
      task.command('retry <id>').description('run again what failed, was rejected, timed out or was cancelled'),
    ).option('--device <id>', 'only on this device (repeatable)', collect),
    'rollcall task retry 01975c3e-… --device till-7',
  ).action(async (id: string, flags: CommonFlags & { device?: readonly string[] }) => {
    await withClient(flags, async (client, output) => {
      const body = flags.device === undefined ? {} : { devices: [...flags.device] };
      said(output, await client.call('retryTask', { params: { id }, body }));
    });
  });

  addExample(
    addServerOptions(task.command('delete <id>').description('delete an ended task with its rows')),
    'rollcall task delete 01975c3e-…',
  ).action(async (id: string, flags: CommonFlags) => {
    await withClient(flags, async (client, output) => {
      await client.call('deleteTask', { params: { id } });
      output.result({ id }, () => `task ${id} is deleted`);
    });
  });
}

function said(output: Output, task: TaskSummary): void {
  output.result(task, () => `${task.id} is ${standingOf(task)}: ${formatCounts(task.counts)}`);
}

export async function watch(client: ApiClient, output: Output, id: string): Promise<void> {
  if (!output.isJson && hasScreen()) {
    if (await watchOnScreen(client, id)) await showEnd(client, output, id);
    return;
  }
  const stop = new AbortController();
  const progress = taskProgress(output);
  const leave = (): void => stop.abort();
  process.once('SIGINT', leave);
  let end: TaskEvent | undefined;
  try {
    for await (const { event, picture, isChanged } of followToEnd(client, id, { signal: stop.signal })) {
      progress.show(event, isChanged ? picture.head : undefined);
      if (event.type === 'open' || event.type === 'reset') {
        // It has ended while nobody listened.
        end = picture.head.phase === 'ended' ? endEvent(picture.head, event.sequence) : undefined;
      } else {
        if (event.type === 'task') end = undefined;
        if (output.isJson) output.line(event, '');
      }
    }
  } finally {
    process.off('SIGINT', leave);
    progress.stop();
  }
  if (stop.signal.aborted) return;
  if (output.isJson) {
    if (end !== undefined) output.line(end, '');
    return;
  }
  await showEnd(client, output, id);
}

type TaskEvent = Extract<StreamedEvent, { type: 'task' }>;

/** What the events would have told. */
function endEvent(head: TaskHead, sequence: number): TaskEvent {
  const { id: taskId, state, phase, outcome, counts, finishedAt } = head;
  return { sequence, at: finishedAt ?? Date.now(), type: 'task', taskId, state, phase, outcome, counts };
}

async function showEnd(client: ApiClient, output: Output, id: string): Promise<void> {
  const end = await client.call('getTask', { params: { id } });
  output.result(end, () => formatRoll(end));
}

async function logs(client: ApiClient, output: Output, id: string, device: string): Promise<void> {
  const { attempts } = await client.call('getAttempts', { params: { id, device } });
  if (attempts.length === 0 && !output.isJson) {
    throw new CommandError(EXIT.notFound, `${device} has not begun an attempt of task ${id}`);
  }
  const readable = attempts.map((attempt) => ({
    ...attempt,
    output: Buffer.from(attempt.output, 'base64').toString('utf8'),
  }));
  output.result(readable, () =>
    readable
      .map(
        (attempt) =>
          `attempt ${attempt.attempt}: ${attempt.state}${attempt.exitCode === null ? '' : `, exit code ${attempt.exitCode}`}, ${formatTime(attempt.finishedAt)}\n${attempt.error === null ? '' : `${attempt.error.code}: ${attempt.error.message}\n`}${attempt.output}`,
      )
      .join('\n'),
  );
}
