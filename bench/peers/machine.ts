import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import type { PreparedMachine } from '../prepare-machine.ts';
import type { DebianPackage } from './debian.ts';

/** Where the figures come from: without it they say nothing. */
export interface Machine extends PreparedMachine {
  readonly processor: string;
  readonly processors: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly system: string;
  readonly node: string;
  readonly receiveBufferMaxBytes: number;
  readonly packages: readonly DebianPackage[];
}

export function describeMachine(prepared: PreparedMachine, packages: readonly DebianPackage[]): Machine {
  return {
    ...prepared,
    processor: cpus()[0]?.model ?? 'unknown',
    processors: availableParallelism(),
    memoryBytes: totalmem(),
    kernel: `Linux ${release()}`,
    system: /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown',
    node: process.versions.node,
    receiveBufferMaxBytes: Number(readFileSync('/proc/sys/net/core/rmem_max', 'utf8')),
    packages,
  };
}

export function machineInWords(machine: Machine): string {
  const memory = `${Math.round(machine.memoryBytes / 1024 ** 3)} GiB`;
  const packages = machine.packages.filter(({ version }) => version !== undefined);
  const processors = `${machine.processors} processors${machine.areProcessorsKeptAwake ? ' (kept awake)' : ''}`;
  return [
    `${machine.processor}, ${processors}, ${memory}; ${machine.system}, ${machine.kernel}, `,
    `Node.js ${machine.node}, net.core.rmem_max ${machine.receiveBufferMaxBytes}. `,
    packages.map(({ name, version }) => `${name} ${version}`).join(', '),
  ].join('');
}
