import { readFileSync, readdirSync } from 'node:fs';

/** What the kernel knows of a process (proc(5), stat). */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** Its own processor time and that of the children that it has waited for. */
  readonly cpuSeconds: number;
  readonly hasEnded: boolean;
}

export type ProcessTable = ReadonlyMap<number, ProcessEntry>;

/** USER_HZ: what /proc counts in, on every architecture that Node.js runs on. */
const TICKS_PER_SECOND = 100;
const KERNEL_THREADS_PARENT = 2;

export function readProcessTable(): ProcessTable {
  const table = new Map<number, ProcessEntry>();
  for (const name of readdirSync('/proc')) {
    const entry = /^\d+$/.test(name) ? readProcess(Number(name)) : undefined;
    if (entry !== undefined) table.set(entry.pid, entry);
  }
  return table;
}

export function readProcess(pid: number): ProcessEntry | undefined {
  const stat = readOrNothing(`/proc/${pid}/stat`);
  if (stat === '') return undefined;
  // Field 2, the name, may contain spaces and parentheses: count from its last parenthesis, where field 3 begins.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { pid, parent: Number(fields[1]), cpuSeconds: ticks / TICKS_PER_SECOND, hasEnded: fields[0] === 'Z' };
}

/** A process and all below it. */
export function treeOf(table: ProcessTable, root: number): ProcessEntry[] {
  const children = Map.groupBy(table.values(), (entry) => entry.parent);
  const tree: ProcessEntry[] = [];
  const open = [root];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    const entry = table.get(pid);
    if (entry !== undefined) tree.push(entry);
    open.push(...(children.get(pid) ?? []).map((child) => child.pid));
  }
  return tree;
}

export function cpuSecondsOf(tree: readonly ProcessEntry[]): number {
  return tree.reduce((sum, entry) => sum + entry.cpuSeconds, 0);
}

/**
 * Processor time that everybody but this process and its children has used so far. A process that ends hands its time
 * to its parent, so that differences of this sum miss nothing. The kernel's own threads carry our packets.
 */
export function othersCpuSeconds(table: ProcessTable): number {
  const ours = new Set(treeOf(table, process.pid).map((entry) => entry.pid));
  let sum = 0;
  for (const entry of table.values()) {
    const isKernel = entry.pid === KERNEL_THREADS_PARENT || entry.parent === KERNEL_THREADS_PARENT;
    if (!isKernel && !ours.has(entry.pid)) sum += entry.cpuSeconds;
  }
  return sum;
}

/** Processor time that the host gave to others while this machine had work for it (proc(5), /proc/stat, steal). */
export function stolenCpuSeconds(): number {
  const [, ...fields] = readOrNothing('/proc/stat').split('\n', 1)[0]!.split(/ +/);
  return Number(fields[7] ?? 0) / TICKS_PER_SECOND;
}

/** Most memory that a process, or a child of it, has had at once so far; 0 once it has ended. */
export function readPeakMemoryBytes(pid: number): number {
  const children = readOrNothing(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean);
  const peaks = [String(pid), ...children].map((each) => {
    const match = /^VmHWM:\s+(\d+) kB$/m.exec(readOrNothing(`/proc/${each}/status`));
    return Number(match?.[1] ?? 0) * 1024;
  });
  return Math.max(...peaks);
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
