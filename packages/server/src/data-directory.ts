/**
 * The data directory: made for its owner alone, and taken only when nobody else can look into it.
 *
 * One that others can read is refused, not set right in silence: whoever had access until now may have the keys already,
 * and somebody has to know. Whose it is counts as well: its owner can open it again at any time.
 */
import { mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { ConfigError } from './config.ts';

export async function openDataDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const fault = faultOf(directory, await stat(directory), process.getuid?.());
    if (fault !== undefined) throw new ConfigError(fault, { code: 'unusable' });
    // What an interrupted write of a secret left.
    await rm(path.join(directory, 'local-operator.json.new'), { force: true });
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`--data ${directory} cannot be used: ${(error as Error).message}`, {
      cause: error,
      code: 'unusable',
    });
  }
}

/** Why a directory is not taken, and the command that helps. Without user ids (not Unix) nothing is said. */
function faultOf(
  directory: string,
  { uid, mode }: { readonly uid: number; readonly mode: number },
  ownUid: number | undefined,
): string | undefined {
  if (ownUid === undefined) return undefined;
  if (uid !== ownUid) {
    const advice = `run the server as that user, or give the directory to it: chown -R ${ownUid} ${directory}`;
    return `--data ${directory} belongs to another user (${uid}), who can read its keys: ${advice}`;
  }
  const permissions = mode & 0o777;
  if ((permissions & 0o077) === 0) return undefined;
  const octal = permissions.toString(8).padStart(4, '0');
  return `--data ${directory} is open to others (mode ${octal}), and holds the server's keys: chmod 700 ${directory}`;
}
