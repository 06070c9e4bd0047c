import { readFileSync } from 'node:fs';

/**
 * How long the processes' main threads have been able to run and were not let: for limits on how long something takes that
 * mean this code, and not what else the machine does. 0 where the kernel does not tell.
 */
export function starvedSeconds(pids: readonly number[] = [process.pid]): number {
  return pids.reduce((sum, pid) => sum + starvedNanos(pid), 0) / 1e9;
}

/** The second of the numbers is the time on the run queue (Linux, Documentation/scheduler/sched-stats.rst). */
function starvedNanos(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1] ?? 0);
  } catch {
    return 0;
  }
}
