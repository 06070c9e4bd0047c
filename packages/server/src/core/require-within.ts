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

/** A task is within when all of its targets are. */
export async function isTaskWithin(reader: StoreReader, scope: Scope, taskId: string): Promise<boolean> {
  if (scope === undefined) return true;
  return (await reader.targetsOfTask(taskId)).every((target) => isWithin(scope, target));
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
