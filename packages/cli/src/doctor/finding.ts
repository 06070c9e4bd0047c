/** What `rollcall doctor` says: one thing that was looked at, how bad it is, what was seen, and what to do. Pure. */
import { EXIT, type ExitCode } from '../exit-code.ts';

export const SEVERITIES = ['ok', 'note', 'warning', 'error'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface Finding {
  /** Stable: scripts decide by it. */
  readonly check: Check;
  readonly severity: Severity;
  /** Of whom: names of devices, or `server`. */
  readonly subjects: readonly string[];
  readonly seen: string;
  /** Null: nothing to do. */
  readonly advice: string | null;
}

export type Check =
  | 'interface'
  | 'route'
  | 'mtu'
  | 'buffers'
  | 'membership'
  | 'multicast'
  | 'broadcast'
  | 'back-channel'
  | 'probe'
  | 'clock'
  | 'disk'
  | 'certificate'
  | 'device-port'
  | 'operator-port';

export function worstOf(findings: readonly Finding[]): Severity {
  const worst = Math.max(0, ...findings.map(({ severity }) => SEVERITIES.indexOf(severity)));
  return SEVERITIES[worst] ?? 'ok';
}

export function exitCodeOf(findings: readonly Finding[]): ExitCode {
  const worst = worstOf(findings);
  if (worst === 'error') return EXIT.findingError;
  return worst === 'warning' ? EXIT.findingWarning : EXIT.ok;
}

/** What many devices have in common is said once. */
export function gather(findings: readonly Finding[]): Finding[] {
  const gathered = new Map<string, Finding>();
  for (const finding of findings) {
    const key = JSON.stringify({ ...finding, subjects: [] });
    const before = gathered.get(key);
    const subjects = [...new Set([...(before?.subjects ?? []), ...finding.subjects])];
    gathered.set(key, { ...finding, subjects });
  }
  // The worst last: on a terminal that is where one looks.
  return [...gathered.values()].toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
}
