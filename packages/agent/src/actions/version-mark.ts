import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, makeDirectory, writeFileDurably } from '../storage/durable.ts';
import type { InstallAction, UpdateAction } from './action.ts';
import { rejection } from './action-error.ts';

type PackageAction = InstallAction | UpdateAction;
/** Of two versions, in the package's own way; undefined: they cannot be compared. */
type Order = (a: string, b: string) => Promise<number | undefined> | number | undefined;

/**
 * The highest version of each application that a task has brought to this device, durable before the task counts as done. A
 * task that was signed long ago and held back cannot bring an older one: that takes a task that says that it may. What
 * such a task brings is the highest from then on.
 */
export async function checkVersionMark(dataDirectory: string, action: PackageAction, order: Order): Promise<void> {
  if (action.allowDowngrade === true) return;
  const { app, version } = action;
  const highest = await readMark(pathOf(dataDirectory, action));
  if (highest === undefined) return;
  const comparison = await order(version, highest);
  if (comparison === undefined || comparison >= 0) return;
  throw rejection(
    'version_rollback',
    `${app} was on this device in ${highest} already, which is newer than ${version}: if it is to go back, say --allow-downgrade`,
  );
}

/** This version is installed, and runs. */
export async function raiseVersionMark(dataDirectory: string, action: PackageAction, order: Order): Promise<void> {
  const path = pathOf(dataDirectory, action);
  const highest = await readMark(path);
  const isHigher = highest === undefined || ((await order(action.version, highest)) ?? 1) > 0;
  if (!isHigher && action.allowDowngrade !== true) return;
  await makeDirectory(folderOf(dataDirectory));
  await writeFileDurably(path, JSON.stringify({ highest: action.version }));
}

async function readMark(path: string): Promise<string | undefined> {
  try {
    const { highest } = JSON.parse(await readFile(path, 'utf8')) as { highest?: unknown };
    return typeof highest === 'string' ? highest : undefined;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function folderOf(dataDirectory: string): string {
  return join(dataDirectory, 'versions');
}

function pathOf(dataDirectory: string, { packageKind, app }: PackageAction): string {
  return join(folderOf(dataDirectory), `${packageKind}-${app}.json`);
}
