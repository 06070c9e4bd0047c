import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { NETWORK_POLL_MILLISECONDS } from '../limits.ts';

/** Notices that the machine's addresses or default routes are others than before. Polls: Node has no such event. */
export class NetworkWatch {
  readonly #timer: NodeJS.Timeout;
  #last = networkFingerprint();

  constructor(onChange: () => void) {
    this.#timer = setInterval(() => {
      const now = networkFingerprint();
      if (now === this.#last) return;
      this.#last = now;
      onChange();
    }, NETWORK_POLL_MILLISECONDS);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

/** Interfaces without a carrier are not among them, so a pulled cable is a change as well. */
function networkFingerprint(): string {
  const addresses = Object.entries(networkInterfaces()).map(
    ([name, list]) => `${name} ${(list ?? []).map(({ address }) => address).join(' ')}`,
  );
  return `${addresses.join('\n')}\n${defaultRoutes()}`;
}

function defaultRoutes(): string {
  try {
    // The other columns count packets and references.
    const routes = readFileSync('/proc/net/route', 'utf8').split('\n').slice(1);
    return routes.map((line) => line.split('\t').slice(0, 3).join(' ')).join('\n');
  } catch {
    return '';
  }
}
