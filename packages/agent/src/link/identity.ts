import { readFile } from 'node:fs/promises';
import { AgentError } from '../agent-error.ts';
import { isMissing } from '../storage/durable.ts';
import type { DataDirectory } from './data-directory.ts';

/** Who this device is, as `join` wrote it down. */
export interface Identity {
  readonly deviceId: string;
  readonly name: string;
  readonly deviceUrl: string;
  /** The name under which the devices' door proves itself. */
  readonly serverName: string;
  /** Of the machine that joined; absent where it had none. */
  readonly machineId?: string;
  readonly joinedAt: number;
}

/** Undefined: nobody joined here. */
export async function readIdentity(directory: DataDirectory): Promise<Identity | undefined> {
  let text: string;
  try {
    text = await readFile(directory.identity, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new AgentError('data_unusable', `cannot read ${directory.identity}: ${String(error)}`, { cause: error });
  }
  try {
    const parsed = JSON.parse(text) as Partial<Identity>;
    const { deviceId, name, deviceUrl, serverName } = parsed;
    if ([deviceId, name, deviceUrl, serverName].every((field) => typeof field === 'string')) return parsed as Identity;
  } catch {
    // Falls through to the one answer for a file that is not ours.
  }
  throw new AgentError(
    'data_unusable',
    `${directory.identity} is damaged: remove ${directory.path} and join again with a token of ` +
      '"rollcall token create --replace NAME"',
  );
}

/** Two machines with one identity would answer for each other: the clone must join under its own. */
export function requireOwnMachine(identity: Identity, machineId: string | undefined, directory: DataDirectory): void {
  if (identity.machineId === undefined || machineId === undefined || identity.machineId === machineId) return;
  throw new AgentError(
    'cloned',
    `${directory.path} belongs to "${identity.name}" on another machine; it was copied here. ` +
      `Remove it and give this machine an identity of its own: rollcall join URL --token TOKEN --data ${directory.path}. ` +
      `If this machine takes the place of the other one, make the token by "rollcall token create --replace ${identity.name}".`,
  );
}
