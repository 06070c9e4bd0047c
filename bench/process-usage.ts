import { readFileSync } from 'node:fs';

/** What a process took of the machine so far. */
export interface ProcessUsage {
  /** User and system time. */
  readonly cpuSeconds: number;
  /** Largest resident set (VmHWM). */
  readonly peakMebibytes: number;
}

/** From /proc; undefined once the process is gone. */
export function usageOf(pid: number): ProcessUsage | undefined {
  try {
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    // After the name in parentheses: field 14 and 15 are user and system time in hundredths of a second.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    if (peak === undefined) return undefined;
    return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100, peakMebibytes: Number(peak) / 1024 };
  } catch {
    return undefined;
  }
}
