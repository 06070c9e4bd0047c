import { type SemVer, coerce, compare, parse, satisfies, validRange } from 'semver';
import type { InstallAction, UpdateAction } from './action.ts';
import { rejection } from './action-error.ts';

/** Names that become parts of paths and of command lines. */
export function checkPackageNames({ app, version }: InstallAction | UpdateAction): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/.test(app)) {
    throw rejection('bad_action', `${JSON.stringify(app)} is no name of an application`);
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9.+~:_-]{0,127}$/.test(version)) {
    throw rejection('bad_action', `${JSON.stringify(version)} is no version`);
  }
}

/**
 * Whether an update may go on from what is installed. `order` compares two versions in the package's own way, and
 * answers `undefined` when it cannot.
 */
export async function checkUpdate(
  action: UpdateAction,
  installed: string | undefined,
  order: (a: string, b: string) => Promise<number | undefined> | number | undefined,
): Promise<void> {
  const { app, version, from, allowDowngrade } = action;
  if (installed === undefined) throw rejection('not_installed', `${app} is not installed on this device`);
  if (from !== undefined) {
    if (validRange(from) === null) throw rejection('bad_action', `${JSON.stringify(from)} is no semver range`);
    const known = semverOf(installed);
    if (known === undefined) {
      throw rejection('version_unknown', `the installed version ${installed} of ${app} fits no range`);
    }
    if (!satisfies(known, from, { includePrerelease: true })) {
      throw rejection('version_out_of_range', `${app} is installed in ${installed}, which is not in ${from}`);
    }
  }
  if (allowDowngrade) return;
  const comparison = await order(version, installed);
  if (comparison === undefined) {
    const why = `${version} and the installed ${installed} of ${app} cannot be compared`;
    throw rejection('version_unknown', `${why}: only a task that allows a downgrade replaces it`);
  }
  if (comparison < 0) {
    throw rejection('downgrade_refused', `${app} is installed in ${installed}, which is newer than ${version}`);
  }
}

/**
 * A version that is installed is not installed again; a package of other content under its name is another version, which
 * nobody could tell from it. `installed`: SHA-256 of the package that it came from; undefined: that is not known.
 */
export function checkSameContent(
  { app, version }: InstallAction | UpdateAction,
  installed: string | undefined,
  offered: string,
): void {
  if (installed === undefined || installed === offered) return;
  const what = `${app} ${version} is installed from another package than this one`;
  throw rejection('version_conflict', `${what}: give what has changed a version of its own`);
}

/** Semver's order, of what can be read as semver (`2.4` is 2.4.0). */
export function compareSemver(a: string, b: string): number | undefined {
  const first = semverOf(a);
  const second = semverOf(b);
  return first === undefined || second === undefined ? undefined : compare(first, second);
}

function semverOf(version: string): SemVer | undefined {
  return parse(version, { loose: true }) ?? coerce(version) ?? undefined;
}
