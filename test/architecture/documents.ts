import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './source-files.ts';

export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** The repository's documents. */
export function documents(): readonly TextFile[] {
  return globSync(['*.md', 'docs/**/*.md', 'packages/*/*.md', 'systemd/*', 'bench/**/*.md'], { cwd: ROOT })
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

export function document(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
