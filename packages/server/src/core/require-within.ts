/** The one place where an operator's scope is enforced for what an operation names by its parameter `id`. */
import type { Operation } from '@rollcall/api';
import type { StoreReader } from './ports.ts';
import { Problem } from './problem.ts';
import type { JoinTokenRecord, OperatorRecord } from './records.ts';
import { isTokenWithin, isWithin, scopeOf, type Scope } from './scope.ts';

/**
 * Looking at what lies outside finds nothing; acting on it is not allowed, and what is not there at all is answered in the
 * same words: whether something exists out there is nothing to be found out.
 */
export async function requireWithin(
  reader: StoreReader,
  operator: OperatorRecord,
  { method, subject }: Pick<Operation, 'method' | 'subject'>,
  id: string,
): Promise<void> {
  const scope = scopeOf(operator);
  if (scope === undefined || subject === undefined || (await isSubjectWithin(reader, scope, subject, id))) return;
  if (method === 'GET') throw new Problem('not_found', `there is no ${WORDS[subject]} ${id}`);
  throw outside(operator, id);
}

export function outside(operator: Pick<OperatorRecord, 'scope'>, what: string): Problem {
  return new Problem('not_allowed', `${what} is not within the scope of this token (${operator.scope ?? 'all'})`);
}

/**
 * Names are one for the whole server, so this cannot be kept from who may not see the other device. It says no more than
 * that, each is a guess (`Refusals`), and an entry of the audit log.
 */
export function nameTaken(name: string): Problem {
  return new Problem('name_taken', `the name ${name} is taken: choose another`);
}

/** A task is within when all of its targets are. */
export async function isTaskWithin(reader: StoreReader, scope: Scope, taskId: string): Promise<boolean> {
  if (scope === undefined) return true;
  return (await reader.targetsOfTask(taskId)).every((target) => isWithin(scope, target));
}

/** A content is within for who uploaded it, and where a task within uses it already: nothing new comes to anybody by it. */
export async function isContentWithin(
  reader: StoreReader,
  operator: Pick<OperatorRecord, 'id' | 'scope'>,
  contentId: string,
): Promise<boolean> {
  const scope = scopeOf(operator);
  if (scope === undefined || (await reader.isUploader(contentId, operator.id))) return true;
  for (const taskId of await reader.taskIdsOfContent(contentId)) {
    if (await isTaskWithin(reader, scope, taskId)) return true;
  }
  return false;
}

export async function isJoinTokenWithin(reader: StoreReader, scope: Scope, token: JoinTokenRecord): Promise<boolean> {
  const replaced = token.replaces === null ? undefined : await reader.deviceByName(token.replaces);
  return isTokenWithin(scope, token, replaced);
}

/** What was found out about devices, of those that are within. */
export async function withinScope<Item extends { readonly device: { readonly id: string } }>(
  reader: StoreReader,
  scope: Scope,
  items: readonly Item[],
): Promise<readonly Item[]> {
  if (scope === undefined) return items;
  const devices = await reader.devicesByNamesOrIds(items.map(({ device }) => device.id));
  const known = new Set(devices.filter((device) => isWithin(scope, device)).map(({ id }) => id));
  return items.filter(({ device }) => known.has(device.id));
}

async function isSubjectWithin(
  reader: StoreReader,
  scope: Scope,
  subject: NonNullable<Operation['subject']>,
  id: string,
): Promise<boolean> {
  switch (subject) {
    case 'device': {
      const device = (await reader.device(id)) ?? (await reader.deviceByName(id));
      return device !== undefined && isWithin(scope, device);
    }
    case 'task':
      return (await reader.task(id)) !== undefined && (await isTaskWithin(reader, scope, id));
    case 'join-token': {
      const token = await reader.joinToken(id);
      return token !== undefined && (await isJoinTokenWithin(reader, scope, token));
    }
    default:
      return subject satisfies never;
  }
}

const WORDS = { device: 'device', task: 'task', 'join-token': 'join token' } as const;
