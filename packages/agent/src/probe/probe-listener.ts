import { isOf, ProbeInstruction } from '@rollcall/api';
import type { Logger } from 'pino';
import type { DeviceConnection } from '../link/device-connection.ts';
import { listenToProbe } from './listen-to-probe.ts';

export interface ProbeListenerOptions {
  readonly connection: DeviceConnection;
  readonly networkInterface: () => Promise<string | undefined>;
  readonly towardsServer: () => Promise<string | undefined>;
  readonly log: Logger;
}

/** Takes part in the probes that the server asks for: in one at a time, and no task waits for it. */
export class ProbeListener {
  readonly #options: ProbeListenerOptions;
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: ProbeListenerOptions) {
    this.#options = options;
  }

  /** @param data of the server's event */
  handleAsked(data: string): void {
    const { log } = this.#options;
    const instruction = parse(data);
    if (instruction === undefined) return log.warn('the server asked for a probe that is none');
    if (this.#running !== undefined || this.#closing.signal.aborted) return;
    this.#running = this.#listen(instruction)
      .catch((error: unknown) =>
        log.info({ probeId: instruction.probeId, cause: String(error) }, 'a probe was cut off'),
      )
      .finally(() => {
        this.#running = undefined;
      });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #listen(instruction: ProbeInstruction): Promise<void> {
    const { connection, networkInterface, towardsServer, log } = this.#options;
    const { probeId } = instruction;
    log.info({ probeId, durationSeconds: instruction.durationSeconds }, 'listening to a probe');
    const { paths } = await listenToProbe({
      instruction,
      connection,
      networkInterface: await networkInterface(),
      towardsServer: await towardsServer(),
      signal: this.#closing.signal,
    });
    log.info({ probeId, verdicts: paths.map(({ path, verdict }) => `${path} ${verdict}`) }, 'a probe is over');
  }
}

function parse(data: string): ProbeInstruction | undefined {
  try {
    const parsed: unknown = JSON.parse(data);
    return isOf(ProbeInstruction, parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
