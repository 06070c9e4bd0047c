import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LabNetwork } from '../lab/network.ts';
import { usageOf, type ProcessUsage } from './process-usage.ts';

const ROLLCALL = fileURLToPath(new URL('../packages/cli/bin/rollcall.mjs', import.meta.url));
const GROUP = '239.255.7.8:6004';
const USAGE_INTERVAL_MILLIS = 50;

/** What `rollcall cast --json` says at its end, as far as the benches look at it. */
interface CastOutcome {
  readonly sha256: string;
  readonly seconds: number;
  /** Sender: what left the host. Receiver: what arrived of it. With IP and UDP headers. */
  readonly wireBytes: number;
  readonly usage: ProcessUsage;
}

/** Runs `rollcall cast` on a host of the lab until it ends. An `AbortSignal` ends it before; it then rejects. */
export async function runCast(
  network: LabNetwork,
  host: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<CastOutcome> {
  const where = ['--group', GROUP, '--interface', 'eth0', '--json'];
  const child = network.spawn(host, process.execPath, [ROLLCALL, 'cast', ...args, ...where], {
    stdio: ['ignore', 'pipe', signal === undefined ? 'inherit' : 'ignore'],
  });
  const onAbort = (): void => void child.kill('SIGTERM');
  signal?.addEventListener('abort', onAbort);
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  let usage: ProcessUsage = { cpuSeconds: 0, peakMebibytes: 0 };
  const timer = setInterval(() => (usage = usageOf(child.pid ?? 0) ?? usage), USAGE_INTERVAL_MILLIS);
  const [code] = await once(child, 'close');
  clearInterval(timer);
  signal?.removeEventListener('abort', onAbort);
  if (code !== 0) throw new Error(`cast ${args[0]} on ${host} ended with code ${code}`);
  return { ...(JSON.parse(output) as Omit<CastOutcome, 'usage'>), usage };
}
