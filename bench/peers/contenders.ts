import type { Run } from './measure.ts';
import { measure } from './measure.ts';
import { measureKernel } from './measure-kernel.ts';
import type { Job, Tool } from './tool.ts';
import { http } from './tools/http.ts';
import { normFec, normPlain } from './tools/norm.ts';
import { rollcallCast } from './tools/rollcall-cast.ts';
import { rollcallCopy } from './tools/rollcall-copy.ts';
import { udpcast } from './tools/udpcast.ts';
import { uftp } from './tools/uftp.ts';

/** What is measured: a tool, or the kernel without one. */
export interface Contender {
  readonly name: string;
  readonly packages: readonly string[];
  readonly settings: string;
  run(job: Job, digest: string): Promise<Run>;
}

const KERNEL: Contender = {
  name: 'kernel',
  packages: [],
  settings: 'no protocol, no file: UDP_SEGMENT out, recvmmsg of 256 in with naps of 1 ms, at most 0.1% lost',
  run: (job) => measureKernel(job),
};

export const CONTENDERS: readonly Contender[] = [
  ...[uftp, udpcast, normPlain, normFec, http].map(asContender),
  KERNEL,
  ...[rollcallCast, rollcallCopy].map(asContender),
];

/** What the table compares; the other ones are shown where nothing but the machine is the limit. */
export const TABLE_CONTENDERS = ['uftp', 'udpcast', 'norm-plain', 'norm-fec', 'rollcall'];
export const MACHINE_CONTENDERS = ['http', 'kernel'];

function asContender(tool: Tool): Contender {
  return { ...tool, run: (job, digest) => measure(tool, job, digest) };
}
