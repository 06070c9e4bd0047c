/** What the doctor found, for people: the worst last, with what to do below it. */
import type { Reachability } from '@rollcall/api';
import { SEVERITIES, worstOf, type Finding } from '../doctor/finding.ts';
import { printable } from './table.ts';

export function formatFindings(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ check, severity, subjects, seen, advice }) => [
    `${severity.padEnd(8)} ${check.padEnd(13)} ${printable(`${namesOf(subjects)}: ${seen}`)}`,
    ...(advice === null ? [] : [`${' '.repeat(23)}→ ${printable(advice)}`]),
  ]);
  return [...lines, '', summaryOf(findings)].join('\n');
}

/** One line of a probe that runs: what has arrived so far. */
export function formatHeard(devices: readonly Reachability[]): string {
  const heard = devices.slice(0, SUBJECTS_SHOWN).map(({ device, paths }) => {
    const counts = paths.map(({ path, received, sent }) => `${path} ${sum(received)}/${sum(sent)}`);
    return `${device.name}: ${counts.join(', ') || 'nothing yet'}`;
  });
  return printable(heard.join('; '));
}

function summaryOf(findings: readonly Finding[]): string {
  if (worstOf(findings) === 'ok') return 'all is well';
  const counts = SEVERITIES.toReversed()
    .map((severity) => [findings.filter((finding) => finding.severity === severity).length, severity] as const)
    .filter(([count, severity]) => count > 0 && severity !== 'ok');
  return counts.map(([count, severity]) => `${count} ${severity}${count === 1 ? '' : 's'}`).join(', ');
}

function namesOf(subjects: readonly string[]): string {
  const shown = subjects.slice(0, SUBJECTS_SHOWN).join(', ');
  return subjects.length <= SUBJECTS_SHOWN ? shown : `${shown} and ${subjects.length - SUBJECTS_SHOWN} more`;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

const SUBJECTS_SHOWN = 5;
