import { lstat, mkdir, readlink, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { resolveConfigured } from './configured-directory.ts';
import { errorCode, isMissing } from './durable.ts';

/** Where a copy goes: a name in a directory some levels below an allowed root, without a symlink on the way. */
export interface TargetLocation {
  /** The allowed root's real path. */
  readonly root: string;
  /** Levels below the root; the last of them may be missing yet. */
  readonly parents: readonly string[];
  readonly name: string;
}

export type LocateFailure = 'bad_path' | 'path_outside_roots' | 'path_conflict' | 'root_missing';

/** The place is not one where this device may or can write. */
export class LocateError extends Error {
  override readonly name = 'LocateError';
  readonly reason: LocateFailure;

  constructor(reason: LocateFailure, message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface LocateRequest {
  /** The device's allowed roots; the first is where relative paths begin. */
  readonly roots: readonly string[];
  /** A root that is made when it is missing. Any other may be a medium that is not mounted just now. */
  readonly ownRoot: string;
  readonly to: string;
  readonly baseName: string;
}

/**
 * Resolves a path as `cp` would, and refuses whatever leaves the allowed roots: `..`, absolute paths elsewhere, and
 * symlinks on the way that lead out. Symlinks that stay inside are followed, and do not occur in the answer.
 */
export async function locateTarget(request: LocateRequest): Promise<TargetLocation> {
  const { to, baseName } = request;
  if (to === '' || to.includes('\0')) throw new LocateError('bad_path', 'the target path is empty or holds a NUL');
  if (!isFileName(baseName)) {
    throw new LocateError('bad_path', `the source's name ${JSON.stringify(baseName)} is not a file name`);
  }
  const { root, names } = await chooseRoot(request);
  const tooLong = names.find((name) => !isFileName(name));
  if (tooLong !== undefined) throw new LocateError('bad_path', `${JSON.stringify(tooLong)} is not a file name`);

  const last = names.at(-1);
  if (last === undefined) return { root, parents: [], name: baseName };
  const parents = await walk(root, [], names.slice(0, -1));
  const stats = await statBelow(root, [...parents, last]);
  const leadsToDirectory = stats?.isSymbolicLink() === true && (await isDirectory(join(root, ...parents, last)));
  if (/\/\.?$/.test(to) || stats?.isDirectory() === true || leadsToDirectory) {
    return { root, parents: await walk(root, parents, [last]), name: baseName };
  }
  return { root, parents, name: last };
}

/** A single level of a path: not empty, not `.` or `..`, no separator, not longer than file systems take. */
export function isFileName(name: string): boolean {
  return (
    name !== '' &&
    name !== '.' &&
    name !== '..' &&
    !name.includes('/') &&
    !name.includes('\0') &&
    Buffer.byteLength(name) <= fileNameSizeMaxBytes
  );
}

async function chooseRoot(request: LocateRequest): Promise<{ root: string; names: string[] }> {
  const { roots, to, ownRoot } = request;
  if (to.split('/').includes('..')) {
    throw new LocateError('path_outside_roots', `${JSON.stringify(to)} holds "..", which is refused`);
  }
  if (!isAbsolute(to)) {
    const first = roots[0];
    if (first === undefined) throw new LocateError('path_outside_roots', 'this device allows no root');
    return { root: await realRoot(first, ownRoot), names: pathNames(to) };
  }
  const candidates: { root: string; names: string[] }[] = [];
  for (const configured of roots) {
    const below = namesBelow(resolve(configured), to);
    if (below !== undefined) candidates.push({ root: configured, names: below });
  }
  candidates.sort((a, b) => a.names.length - b.names.length);
  const best = candidates[0];
  if (best === undefined) {
    throw new LocateError('path_outside_roots', `${JSON.stringify(to)} is below none of this device's allowed roots`);
  }
  return { root: await realRoot(best.root, ownRoot), names: best.names };
}

async function realRoot(root: string, ownRoot: string): Promise<string> {
  if (root === ownRoot) await mkdir(root, { recursive: true });
  try {
    const { realPath, missing } = await resolveConfigured(root);
    if (missing.length === 0 && (await lstat(realPath)).isDirectory()) return realPath;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  throw new LocateError('root_missing', `the allowed root ${JSON.stringify(root)} is not a directory on this device`);
}

/** Follows names from a place below the root; what is missing is taken as a directory to be made. */
async function walk(root: string, start: readonly string[], names: readonly string[]): Promise<string[]> {
  let place = [...start];
  let waiting = [...names];
  let linksFollowed = 0;
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    if (name === '..') {
      if (place.pop() === undefined) throw leadsOut(names);
      continue;
    }
    const stats = await statBelow(root, [...place, name]);
    if (stats?.isSymbolicLink() === true) {
      linksFollowed += 1;
      if (linksFollowed > linksFollowedMax) throw new LocateError('path_conflict', 'too many symlinks on the way');
      const target = await readlink(join(root, ...place, name));
      if (isAbsolute(target)) {
        const below = namesBelow(root, resolve(target));
        if (below === undefined) throw leadsOut(names);
        place = [];
        waiting = [...below, ...waiting];
      } else {
        waiting = [...pathNames(target), ...waiting];
      }
      continue;
    }
    if (stats !== undefined && !stats.isDirectory()) {
      const conflict = JSON.stringify(join(root, ...place, name));
      throw new LocateError('path_conflict', `${conflict} is not a directory`);
    }
    place.push(name);
  }
  return place;
}

function leadsOut(names: readonly string[]): LocateError {
  return new LocateError(
    'path_outside_roots',
    `a symlink in ${JSON.stringify(names.join('/'))} leads out of the allowed root`,
  );
}

async function statBelow(root: string, names: readonly string[]): Promise<Stats | undefined> {
  try {
    return await lstat(join(root, ...names));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

function namesBelow(root: string, path: string): string[] | undefined {
  const below = relative(root, path);
  return below === '..' || below.startsWith('../') || isAbsolute(below) ? undefined : pathNames(below);
}

function pathNames(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

/** NAME_MAX of Linux file systems. */
const fileNameSizeMaxBytes = 255;

/** As many as the kernel follows before it says ELOOP. */
const linksFollowedMax = 40;
