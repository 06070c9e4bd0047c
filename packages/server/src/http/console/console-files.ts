/** The console as it was built: read once, each file with the compressed forms that lie beside it. */
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export interface ConsoleFile {
  readonly type: string;
  readonly etag: string;
  /** Its name has a hash of what is in it: whoever has it never asks again. */
  readonly isImmutable: boolean;
  readonly bytes: { readonly identity: Buffer; readonly gzip?: Buffer; readonly br?: Buffer };
}

/** By the path in the URL, such as `/assets/main-1a2b.js`. */
export type ConsoleFiles = ReadonlyMap<string, ConsoleFile>;

export const CONSOLE_PAGE = '/index.html';

/** Beside the bundle, or in the checkout's build; undefined: it was not built. */
export function findConsole(): string | undefined {
  const place = import.meta.url.endsWith('.ts') ? '../../../../../build/console/' : '../console/';
  const folder = fileURLToPath(new URL(place, import.meta.url));
  return existsSync(path.join(folder, 'index.html')) ? folder : undefined;
}

export function readConsole(folder: string): ConsoleFiles {
  const files = new Map<string, ConsoleFile>();
  for (const name of globSync('**/*.{html,js,css,svg}', { cwd: folder })) {
    const place = path.join(folder, name);
    const identity = readFileSync(place);
    const url = `/${name.split(path.sep).join('/')}`;
    files.set(url, {
      type: TYPES[path.extname(name)] ?? 'application/octet-stream',
      etag: `"${createHash('sha256').update(identity).digest('base64url').slice(0, 22)}"`,
      isImmutable: url.startsWith('/assets/'),
      bytes: { identity, ...compressed(place, 'gzip', '.gz'), ...compressed(place, 'br', '.br') },
    });
  }
  return files;
}

function compressed(
  place: string,
  name: 'gzip' | 'br',
  extension: string,
): { readonly [Name in typeof name]?: Buffer } {
  return existsSync(place + extension) ? { [name]: readFileSync(place + extension) } : {};
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
