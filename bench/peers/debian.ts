import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { tryCommand } from '../../lab/command.ts';

/** Asked by Debian's packages before they start a service: 101 is no. */
const SERVICE_POLICY = '/usr/sbin/policy-rc.d';

export interface DebianPackage {
  readonly name: string;
  /** Undefined: not installed, and not to be had. */
  readonly version: string | undefined;
}

/** Installs what is missing, where that is possible, without starting what the packages bring as services. */
export function installPackages(names: readonly string[], log: (line: string) => void): DebianPackage[] {
  const missing = names.filter((name) => installedVersion(name) === undefined);
  if (missing.length > 0 && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    log(`installing ${missing.join(', ')}`);
    const hasPolicy = existsSync(SERVICE_POLICY);
    if (!hasPolicy) writeFileSync(SERVICE_POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    try {
      // An index may be there already, and a machine without a network fails at the update alone.
      if (!aptGet('install', '-y', '--no-install-recommends', ...missing)) {
        aptGet('update');
        aptGet('install', '-y', '--no-install-recommends', ...missing);
      }
    } finally {
      if (!hasPolicy) rmSync(SERVICE_POLICY);
    }
  }
  return names.map((name) => ({ name, version: installedVersion(name) }));
}

function aptGet(...args: readonly string[]): boolean {
  return tryCommand('env', ['DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args]) !== undefined;
}

function installedVersion(name: string): string | undefined {
  const answer = tryCommand('dpkg-query', ['--show', '--showformat=${db:Status-Status} ${Version}', name]);
  return answer?.startsWith('installed ') === true ? answer.slice('installed '.length) : undefined;
}
