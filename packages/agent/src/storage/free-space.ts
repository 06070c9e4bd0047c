import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isMissing } from './durable.ts';

/** So many bytes are going to be written somewhere below a directory, which need not exist yet. */
export interface SpaceDemand {
  readonly directory: string;
  readonly size: number;
}

export type SpaceAnswer =
  | { readonly fits: true; readonly needed: number }
  | { readonly fits: false; readonly needed: number; readonly free: number; readonly directory: string };

/** Whether the demands, those on one file system together, leave a reserve of 5 % of what they take. */
export async function checkSpace(demands: readonly SpaceDemand[]): Promise<SpaceAnswer> {
  const byDevice = new Map<number, { directory: string; size: number }>();
  for (const { directory, size } of demands) {
    const existing = await nearestExisting(directory);
    const entry = byDevice.get(existing.device);
    if (entry === undefined) byDevice.set(existing.device, { directory: existing.path, size });
    else entry.size += size;
  }
  let total = 0;
  for (const { size } of byDevice.values()) total += withReserve(size);
  for (const { directory, size } of byDevice.values()) {
    const needed = withReserve(size);
    const free = await freeSpace(directory);
    if (needed > free) return { fits: false, needed, free, directory };
  }
  return { fits: true, needed: total };
}

/** Bytes that the agent's user may still write below a directory, which need not exist yet. */
export async function freeSpace(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs((await nearestExisting(directory)).path);
  return bavail * bsize;
}

function withReserve(size: number): number {
  return Math.ceil(size * (1 + reserveShare));
}

async function nearestExisting(path: string): Promise<{ path: string; device: number }> {
  for (let candidate = path; ; candidate = dirname(candidate)) {
    try {
      return { path: candidate, device: (await stat(candidate)).dev };
    } catch (error) {
      if (!isMissing(error) || candidate === dirname(candidate)) throw error;
    }
  }
}

/** File systems take some for their own books, and a disk filled to the last byte stops everything else on the device. */
const reserveShare = 0.05;
