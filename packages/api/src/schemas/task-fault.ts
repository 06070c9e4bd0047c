/** What is wrong with a task that somebody is about to create: known before its content is uploaded. */
import { Type, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { RequestedAction } from './action.ts';
import { CreateTaskRequest } from './task.ts';

export interface TaskFault {
  /** Of the request's field, such as `action.to` or `policy.rateBitsPerSecond`. */
  readonly field: string;
  readonly message: string;
}

const Rest = Type.Omit(CreateTaskRequest, ['action', 'contentId']);

/** The first fault that the server would find by its schemas. An action is held against those of its own kind. */
export function taskFault({ action, ...rest }: Omit<CreateTaskRequest, 'contentId'>): TaskFault | undefined {
  const schema = RequestedAction.anyOf.find(({ properties }) => properties.kind.const === action.kind);
  return firstFault(Rest, rest, []) ?? (schema && firstFault(schema, action, ['action']));
}

function firstFault(schema: TSchema, value: unknown, above: readonly string[]): TaskFault | undefined {
  const [first] = Compile(schema).Errors(value);
  if (first === undefined) return undefined;
  const field = [...above, ...first.instancePath.split('/').slice(1)].join('.');
  return { field, message: first.message };
}
