import { type Dirent, readdirSync, statSync } from 'node:fs';

/** The console has a bundle of its own, and packages from npm do not change by hand. */
const NOT_IN_BUNDLE = new Set(['console', 'node_modules']);

/**
 * Whether a bundle is older than a source below `folder`, or than a folder there, in which files came or went. False where
 * there is no such folder: then there are no sources but the bundle.
 */
export function hasNewerSource(folder: string, bundle: string): boolean {
  const madeAt = statSync(bundle).mtimeMs;
  const isNewer = (path: string): boolean => statSync(path).mtimeMs > madeAt;
  const visit = (path: string): boolean =>
    isNewer(path) ||
    entriesOf(path).some((entry) => {
      if (entry.isDirectory()) return !NOT_IN_BUNDLE.has(entry.name) && visit(`${path}/${entry.name}`);
      return entry.name.endsWith('.ts') && isNewer(`${path}/${entry.name}`);
    });
  try {
    return visit(folder);
  } catch (error) {
    // Not there, or a file that an editor is just replacing: the sources, if there are any, then say what is wrong.
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && hasFolder(folder);
  }
}

function entriesOf(path: string): Dirent[] {
  return readdirSync(path, { withFileTypes: true });
}

function hasFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
