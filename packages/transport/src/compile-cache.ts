import { mkdirSync, statSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { isAbsolute, join } from 'node:path';

const GROUP_AND_OTHERS_WRITE = 0o022;

/**
 * Keeps compiled code in a folder of the user's own, below $CACHE_DIRECTORY (which systemd sets), $XDG_CACHE_HOME or
 * ~/.cache. Node.js would take one in the folder for temporary files, where whoever made it first could put code there for
 * everybody who starts the program, root too. Without a safe place everything is compiled at each start.
 */
export function enableOwnCompileCache(): void {
  const folder = ownCacheFolder(process.env);
  if (folder !== undefined) enableCompileCache(folder);
}

/** Made where it is missing. Undefined: no folder is named, or on the way to it is one that others may write to. */
export function ownCacheFolder(environment: NodeJS.ProcessEnv): string | undefined {
  const { CACHE_DIRECTORY, XDG_CACHE_HOME, HOME } = environment;
  // Empty or relative is as good as not set: XDG Base Directory Specification, "Basics".
  const named = [CACHE_DIRECTORY?.split(':')[0], XDG_CACHE_HOME].find((path) => path !== undefined && isAbsolute(path));
  const base = named ?? HOME;
  if (base === undefined) return undefined;
  const names = [...(named === undefined ? ['.cache'] : []), 'rollcall', 'compiled'];
  try {
    let folder = base;
    for (const name of names) {
      if (!isOwn(folder)) return undefined;
      folder = join(folder, name);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    }
    return isOwn(folder) ? folder : undefined;
  } catch {
    // Nowhere to write to: then without it.
    return undefined;
  }
}

function isOwn(folder: string): boolean {
  const stats = statSync(folder);
  // Without user ids, as on Windows, a user's folders are shut by other means.
  const isMine = process.geteuid === undefined || stats.uid === process.geteuid();
  return isMine && stats.isDirectory() && (stats.mode & GROUP_AND_OTHERS_WRITE) === 0;
}
