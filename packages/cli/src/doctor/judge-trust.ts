/** Findings about clocks, certificates and the two TLS ports. Pure. */
import { limits } from '@rollcall/api';
import { formatSeconds } from '../output/format.ts';
import type { Check, Finding } from './finding.ts';

export interface Port {
  readonly url: string;
  /** Undefined: reached, and its certificate is of the pinned authority. */
  readonly failure: { readonly code: string; readonly message: string } | undefined;
}

export interface CertificateDates {
  /** "this device's certificate", for example. */
  readonly what: string;
  readonly notBefore: number;
  readonly notAfter: number;
  /** Whether its holder gets a new one by itself. */
  readonly isRenewed: boolean;
}

/** @param aheadMs undefined: nobody told the time */
export function judgeClock(subject: string, aheadMs: number | undefined): Finding {
  const found = { check: 'clock', subjects: [subject] } as const;
  if (aheadMs === undefined) {
    return { ...found, severity: 'note', seen: 'the server told no time to compare the clock with', advice: null };
  }
  const off = formatSeconds(Math.abs(aheadMs) / 1000);
  if (Math.abs(aheadMs) <= limits.CLOCK_TOLERANCE_SECONDS * 1000) {
    return {
      ...found,
      severity: 'ok',
      seen: `the clock agrees with the server's signed time (${off} off)`,
      advice: null,
    };
  }
  const seen = `the clock is ${off} ${aheadMs > 0 ? 'ahead of' : 'behind'} the server's signed time`;
  const advice =
    'set the clock, and keep it by NTP (timedatectl set-ntp true). Until then the device goes by the server, other programs by the clock';
  return { ...found, severity: 'warning', seen, advice };
}

export function judgePort(
  check: Extract<Check, 'device-port' | 'operator-port'>,
  subject: string,
  port: Port,
): Finding {
  const found = { check, subjects: [subject] } as const;
  const { url, failure } = port;
  if (failure === undefined) {
    return {
      ...found,
      severity: 'ok',
      seen: `${url} answers, with a certificate of the pinned authority`,
      advice: null,
    };
  }
  const { code, message } = failure;
  const seen = `${url} cannot be used: ${message} (${code})`;
  // A device needs the other door only to join.
  const severity = check === 'operator-port' ? 'warning' : 'error';
  return { ...found, severity, seen, advice: adviceFor(code) };
}

export function judgeCertificate(subject: string, dates: CertificateDates, now: number): Finding {
  const { what, notBefore, notAfter, isRenewed } = dates;
  const found = { check: 'certificate', subjects: [subject] } as const;
  const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
  if (now > notAfter) {
    const advice = isRenewed
      ? 'let the agent reach its server: it renews its certificate by itself'
      : 'start the server anew for a new certificate; an authority that is over means that all devices have to join again';
    return { ...found, severity: 'error', seen: `${what} ended on ${day(notAfter)}`, advice };
  }
  if (now < notBefore) {
    const seen = `${what} begins on ${day(notBefore)}, which is in the future`;
    return { ...found, severity: 'error', seen, advice: 'look at the clock of this machine' };
  }
  const days = Math.floor((notAfter - now) / DAY_MS);
  if (days < DAYS_WARNING) {
    const advice = isRenewed ? 'let the agent reach its server' : 'start the server anew for a new certificate';
    return { ...found, severity: 'warning', seen: `${what} ends in ${days} days`, advice };
  }
  return { ...found, severity: 'ok', seen: `${what} is good until ${day(notAfter)}`, advice: null };
}

function adviceFor(code: string): string {
  if (code === 'ECONNREFUSED') return 'nothing listens there: is the server running, and are address and port right?';
  const ofServer = PROBLEM_ADVICE[code];
  if (ofServer !== undefined) return ofServer;
  if (code === 'device_pending') return 'an operator lets it in: rollcall device approve';
  if (code === 'certificate_expired') return 'let the agent reach its server: it renews its certificate by itself';
  if (code === 'certificate_void') return 'join again with a token of "rollcall token create --replace NAME"';
  if (code === 'untrusted' || /^(?:UNABLE|SELF_SIGNED|DEPTH_ZERO|ERR_TLS|time_untrusted)/.test(code)) {
    return 'another server answers there, or somebody in between: check the address; if the server was set up anew, join again';
  }
  if (code.startsWith('CERT_')) return 'look at the clocks of both machines first, then at the certificate dates';
  if (/ENOTFOUND|EAI_AGAIN/.test(code)) return 'the name is not known: check DNS on this machine';
  return 'no way there: check cable, address and route, and that no firewall drops this TCP port';
}

/** What the server itself answered: the way there is good. */
const PROBLEM_ADVICE: Readonly<Record<string, string>> = {
  device_removed: 'the server has removed this device: join again with a new token',
  device_pending: 'an operator has to approve this device: rollcall device approve NAME',
  certificate_expired: 'let the agent run: it renews the certificate by itself, for two years after its end',
  certificate_void:
    'the certificate is not accepted any more: join again with a token of "rollcall token create --replace NAME"',
  unauthenticated: 'the server does not know this certificate: if it was set up anew, join again',
  too_many_requests: 'wait a minute, then try again',
  not_found: 'the server is older than this command: update it',
  unavailable: "the server is starting, or in trouble: see the server's log",
  internal: "the server made an error: see the server's log",
};
const DAY_MS = 86_400_000;
/** A device renews a month before the end; who has less has not reached its server for long. */
const DAYS_WARNING = 14;
