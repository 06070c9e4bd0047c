import { globSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Attack } from './attack.ts';

export interface FoundAttack {
  /** `area/name`, as its file is called. */
  readonly id: string;
  readonly attack: Attack;
}

/** Every attack, by area. What several attacks share lies in `support/`, which is no area. */
export async function findAttacks(): Promise<readonly FoundAttack[]> {
  const files = globSync('*/*.ts', { cwd: import.meta.dirname })
    .filter((file) => !file.startsWith('support/') && !file.endsWith('.test.ts'))
    .toSorted();
  return Promise.all(
    files.map(async (file) => {
      const module = (await import(pathToFileURL(join(import.meta.dirname, file)).href)) as { attack?: Attack };
      if (module.attack === undefined) throw new Error(`attack/${file} exports no attack`);
      return { id: file.slice(0, -'.ts'.length), attack: module.attack };
    }),
  );
}
