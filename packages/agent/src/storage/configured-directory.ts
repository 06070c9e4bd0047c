import { lstat, readlink } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { DirectoryHandle } from './directory-handle.ts';
import { errorCode } from './durable.ts';

/** A directory that the device's configuration names is, on the disk, where another user wants it to be. */
export class OthersSymlinkError extends Error {
  override readonly name = 'OthersSymlinkError';
}

/** Where a directory of the configuration lies. */
export interface ConfiguredPlace {
  /** As far as it is there, without symlinks: to be opened level by level, see `DirectoryHandle.openReal`. */
  readonly realPath: string;
  /** The levels below that are missing. */
  readonly missing: readonly string[];
}

/**
 * Resolves a path that the device's configuration names. Its symlinks are the owner's, and followed, only where nobody
 * but root and the agent's own user can have made them: an allowed root in a user's home must not become `/etc` because
 * that user puts a symlink in its place.
 *
 * Every directory above a symlink that counts is one that others cannot change; so it stays what it was when looked at.
 */
export async function resolveConfigured(path: string): Promise<ConfiguredPlace> {
  let realPath = '/';
  let canOthersChange = false;
  let linksFollowed = 0;
  const waiting = namesOf(resolve(path));
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    if (name === '..') {
      // Only a symlink's target has it, and an honest one may lead up from where it lies.
      realPath = join(realPath, '..');
      continue;
    }
    const place = join(realPath, name);
    const stats = await statOf(place);
    if (stats === undefined) return { realPath, missing: [name, ...waiting] };
    if (stats.isSymbolicLink()) {
      linksFollowed += 1;
      if (canOthersChange || !isOwn(stats) || linksFollowed > linksFollowedMax) {
        throw new OthersSymlinkError(
          `${JSON.stringify(path)} leads over the symlink ${JSON.stringify(place)}, which others than root and the agent's ` +
            'user can change: name the directory itself in the configuration',
        );
      }
      const target = await readlink(place);
      if (isAbsolute(target)) realPath = '/';
      waiting.unshift(...namesOf(target));
      continue;
    }
    canOthersChange ||= !isOwn(stats) || isOpenToOthers(stats);
    realPath = place;
  }
  return { realPath, missing: [] };
}

/** Opens a directory of the configuration; missing levels are made. */
export async function makeConfigured(path: string): Promise<DirectoryHandle> {
  const { realPath, missing } = await resolveConfigured(path);
  return DirectoryHandle.openBelow(realPath, missing, true);
}

function isOwn({ uid }: Stats): boolean {
  const ownUid = process.geteuid?.();
  return ownUid === undefined || uid === 0 || uid === ownUid;
}

/** Whether others may rename what lies in it. In a sticky directory only an entry's owner may. */
function isOpenToOthers({ mode, gid }: Stats): boolean {
  if ((mode & STICKY) !== 0) return false;
  const isOwnGroup = gid === 0 || gid === process.getegid?.();
  return (mode & (isOwnGroup ? 0o002 : 0o022)) !== 0;
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

const STICKY = 0o1000;

/** As many as the kernel follows before it says ELOOP. */
const linksFollowedMax = 40;
