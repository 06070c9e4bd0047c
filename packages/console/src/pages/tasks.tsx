/** All tasks, the newest first. */
import { TASK_STATE_NAMES, type TaskStateName } from '../model/task-states.ts';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useMay } from '../live/queries.ts';
import { client } from '../session/client.ts';
import { Empty, Failure, More, Page } from '../ui/parts.tsx';
import { useSearchParameter } from '../ui/router.tsx';
import { TaskTable } from '../ui/task-table.tsx';
import { NewTaskLink } from './overview.tsx';

const PAGE_LENGTH = 50;

export function TasksPage(): ReactNode {
  const [search, setSearch] = useSearchParameter('search');
  const [state, setState] = useSearchParameter('state');
  const mayCreate = useMay('operator');
  const query = useInfiniteQuery({
    queryKey: ['tasks', search, state],
    queryFn: ({ pageParam, signal }) =>
      client.call(
        'listTasks',
        {
          query: {
            limit: PAGE_LENGTH,
            ...(search.trim() === '' ? {} : { search: search.trim() }),
            ...(state === '' ? {} : { state: [state as TaskStateName] }),
            ...(pageParam === '' ? {} : { cursor: pageParam }),
          },
        },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
    placeholderData: (before) => before,
  });
  const { data, error } = query;
  const tasks = data?.pages.flatMap((page) => page.tasks) ?? [];
  return (
    <Page title="Tasks" actions={mayCreate && <NewTaskLink />}>
      <div className="filters">
        <input
          type="search"
          aria-label="Search tasks"
          placeholder="Name, id or creator"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        <select aria-label="State" value={state} onChange={(event) => setState(event.target.value)}>
          <option value="">Any state</option>
          {TASK_STATE_NAMES.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </div>
      {error !== null && <Failure error={error} />}
      {data !== undefined && (
        <div className="panel">
          {tasks.length > 0 ? (
            <TaskTable tasks={tasks} label="Tasks" />
          ) : (
            <Empty icon="tasks" title={search === '' && state === '' ? 'No task was created yet' : 'No task matches'} />
          )}
        </div>
      )}
      <More query={query} />
    </Page>
  );
}
