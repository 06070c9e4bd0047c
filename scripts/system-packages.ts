import { spawnSync } from 'node:child_process';

/** What the tests use of the system, by Debian's names, and what for. */
const PACKAGES: Readonly<Record<string, string>> = {
  iproute2: 'network namespaces, links, shaping',
  nftables: 'packet loss, blocked multicast',
  ethtool: 'real frames instead of super-packets',
  libnorm1: "interoperation with NRL's NORM",
  tshark: "interoperation: Wireshark's dissector reads our packets",
  prometheus: 'the metrics, the alert rules, and the queries of the dashboard',
  'groff-base': 'the man pages, without a warning',
  zsh: 'completion',
  fish: 'completion',
  zstd: 'packages in tar.zst',
  dpkg: 'packages in deb',
  chromium: 'the console in a browser',
  faketime: 'a device whose clock is wrong',
};

/**
 * Installs what is missing, quietly, where that is possible: on Debian and its kin, as root. Elsewhere it says what is
 * missing and goes on: tests that need it are skipped, and the skips are listed.
 */
export function ensureSystemPackages(): void {
  if (run('dpkg-query', ['--version']) === undefined) {
    note(`this is no Debian: the tests use ${Object.keys(PACKAGES).join(', ')} where they are there`);
    return;
  }
  const missing = Object.keys(PACKAGES).filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) {
    for (const name of missing) note(`not installed, tests are skipped: ${name} (${PACKAGES[name]})`);
    note(`to install: sudo apt-get install ${missing.join(' ')}`);
    return;
  }
  note(`setting up: apt-get install ${missing.join(' ')}`);
  // An index may be there already, and a machine without a network fails at the update alone.
  const install = (): string | undefined =>
    run('apt-get', ['install', '--yes', '--quiet', '--no-install-recommends', ...missing]);
  if (install() !== undefined) return;
  run('apt-get', ['update', '--quiet']);
  if (install() === undefined) note(`could not install ${missing.join(' ')}: tests that need them are skipped`);
}

function isInstalled(name: string): boolean {
  return run('dpkg-query', ['--show', '--showformat=${Status}', name])?.endsWith(' installed') ?? false;
}

function run(program: string, args: readonly string[]): string | undefined {
  const result = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return result.status === 0 ? result.stdout : undefined;
}

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
