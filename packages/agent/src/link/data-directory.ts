import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AgentError } from '../agent-error.ts';
import { errorCode } from '../storage/durable.ts';

/** Where everything lies that belongs to one device. */
export class DataDirectory {
  readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
  }

  get identity(): string {
    return join(this.path, 'identity.json');
  }

  get key(): string {
    return join(this.path, 'device.key');
  }

  get certificate(): string {
    return join(this.path, 'device.pem');
  }

  get certificateAuthority(): string {
    return join(this.path, 'ca.pem');
  }

  /** What the server signed for this device: the director's keys and the last time. */
  get trust(): string {
    return join(this.path, 'trust.json');
  }

  get config(): string {
    return join(this.path, 'config.json');
  }

  get journal(): string {
    return join(this.path, 'journal');
  }

  get staging(): string {
    return join(this.path, 'staging');
  }

  get lock(): string {
    return join(this.path, 'lock');
  }

  /** Made when missing, for the agent's user alone. */
  async make(): Promise<void> {
    try {
      await mkdir(this.path, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw new AgentError(
        'data_unusable',
        `cannot make the data directory ${this.path} (${errorCode(error) ?? 'error'}): choose one that this user may write`,
        { cause: error },
      );
    }
  }
}
