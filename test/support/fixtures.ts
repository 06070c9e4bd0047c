import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeRandomFile } from './scratch.ts';

/** A folder with what a copy must keep: modes, times, symlinks, empty folders and files, odd names. */
export function makeTree(path: string, fileSize: number): string {
  mkdirSync(join(path, 'sub folder', 'deeper'), { recursive: true });
  mkdirSync(join(path, 'empty'));
  writeRandomFile(join(path, 'data.bin'), fileSize);
  writeFileSync(join(path, 'sub folder', 'two words\nand a line.txt'), 'text\n');
  writeFileSync(join(path, 'sub folder', 'deeper', 'nothing'), '');
  writeFileSync(join(path, 'tool.sh'), '#!/bin/sh\necho hello\n');
  chmodSync(join(path, 'tool.sh'), 0o750);
  symlinkSync('../tool.sh', join(path, 'sub folder', 'link'));
  utimesSync(join(path, 'tool.sh'), 1_600_000_000, 1_600_000_000);
  return path;
}

/** An application package as tar.gz: a program that tells its version, and the scripts given. */
export function makeApplication(
  folder: string,
  version: string,
  scripts: Readonly<Record<string, string>> = {},
  extraBytes = 0,
): string {
  const root = join(folder, `app-${version}`);
  mkdirSync(root, { recursive: true });
  const files = { 'app.sh': `#!/bin/sh\necho ${version}\n`, ...scripts };
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(root, name), text);
    chmodSync(join(root, name), 0o755);
  }
  if (extraBytes > 0) writeRandomFile(join(root, 'payload.bin'), extraBytes);
  const archive = join(folder, `app-${version}.tar.gz`);
  execFileSync('tar', ['-czf', archive, '-C', root, '.']);
  return archive;
}

/** A Debian package for any architecture, with one file. */
export function makeDebianPackage(folder: string, name: string, version: string): string {
  const root = join(folder, `${name}-${version}`);
  mkdirSync(join(root, 'DEBIAN'), { recursive: true });
  mkdirSync(join(root, 'opt', name), { recursive: true });
  writeFileSync(join(root, 'opt', name, 'version'), `${version}\n`);
  const control = { Package: name, Version: version, Architecture: 'all', Maintainer: 'tests <tests@example.org>' };
  const fields = Object.entries({ ...control, Description: 'a package for tests' });
  writeFileSync(join(root, 'DEBIAN', 'control'), fields.map(([key, value]) => `${key}: ${value}\n`).join(''));
  const archive = join(folder, `${name}_${version}_all.deb`);
  execFileSync('dpkg-deb', ['--build', '--root-owner-group', root, archive], { stdio: 'ignore' });
  return archive;
}
