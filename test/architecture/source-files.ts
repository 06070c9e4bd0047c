import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** A source file of this repository, and what it imports. */
export interface SourceFile {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
  /** The text without comments; strings stay. */
  readonly code: string;
  readonly isTest: boolean;
  readonly imports: readonly Import[];
}

export interface Import {
  readonly specifier: string;
  /** Types vanish at run time, and what `import()` names is loaded only when the line is reached. */
  readonly kind: 'static' | 'type' | 'dynamic';
}

export const ROOT = normalize(join(import.meta.dirname, '../..'));

const STATIC = /^\s*(?:import|export)\s+(type\s)?[^'"`;()]*?\bfrom\s*['"]([^'"]+)['"]/gm;
const BARE = /^\s*import\s*['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]/g;
/** Workers are started from a file by its URL. */
const WORKER = /\bnew\s+URL\(\s*['"](\.[^'"]+\.ts)['"]/g;

export function sourceFiles(): readonly SourceFile[] {
  const paths = globSync(
    [
      'packages/*/{src,test}/**/*.{ts,tsx}',
      'lab/**/*.ts',
      'scripts/**/*.ts',
      'bench/**/*.ts',
      'test/**/*.ts',
      'attack/**/*.ts',
    ],
    {
      cwd: ROOT,
    },
  );
  // What AssemblyScript compiles is no TypeScript module.
  return paths
    .filter((path) => !path.includes('/assembly/') && !path.includes('node_modules'))
    .toSorted()
    .map((path) => {
      const text = readFileSync(join(ROOT, path), 'utf8');
      const code = withoutComments(text);
      return { path, text, code, isTest: isTest(path), imports: importsOf(code) };
    });
}

/** The package that a file is of, or undefined outside packages/. */
export function packageOf(path: string): string | undefined {
  return /^packages\/([^/]+)\//.exec(path)?.[1];
}

/** The file of this repository that an import names, or undefined for a package or a module of Node. */
export function resolveImport(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return join(dirname(from), specifier);
  const ours = /^@rollcall\/([^/]+)(?:\/(.+))?$/.exec(specifier);
  if (ours === null) return undefined;
  const manifest = JSON.parse(readFileSync(join(ROOT, `packages/${ours[1]}/package.json`), 'utf8')) as {
    readonly exports: Readonly<Record<string, string>>;
  };
  const door = manifest.exports[ours[2] === undefined ? '.' : `./${ours[2]}`];
  return door === undefined ? undefined : join(`packages/${ours[1]}`, door);
}

function isTest(path: string): boolean {
  return path.endsWith('.test.ts') || path.startsWith('test/') || /^packages\/[^/]+\/test\//.test(path);
}

function importsOf(code: string): Import[] {
  const found: Import[] = [];
  for (const match of code.matchAll(STATIC)) {
    found.push({ specifier: match[2] ?? '', kind: match[1] === undefined ? 'static' : 'type' });
  }
  for (const match of code.matchAll(BARE)) found.push({ specifier: match[1] ?? '', kind: 'static' });
  for (const match of code.matchAll(DYNAMIC)) found.push({ specifier: match[1] ?? '', kind: 'dynamic' });
  for (const match of code.matchAll(WORKER)) found.push({ specifier: match[1] ?? '', kind: 'dynamic' });
  return found;
}

/** Strings first, so that what looks like a comment inside of one stays. */
function withoutComments(text: string): string {
  return text.replaceAll(
    /('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
    (match, quoted: string | undefined) => quoted ?? match.replaceAll(/[^\n]/g, ' '),
  );
}
