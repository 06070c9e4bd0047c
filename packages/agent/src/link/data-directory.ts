import { mkdir, stat } from 'node:fs/promises';
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

  /** The device's private key and certificate. */
  get credential(): string {
    return join(this.path, 'device.pem');
  }

  /** Where the key lay by itself, before certificates were renewed. */
  get keyOfBefore(): string {
    return join(this.path, 'device.key');
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

  /**
   * Refuses one that others can look into: it holds the device's key and what is about to be installed. It is not set right in
   * silence, because whoever had access until now may have the key already.
   */
  async requirePrivate(): Promise<void> {
    const ownUid = process.getuid?.();
    const stats = await stat(this.path).catch(() => undefined);
    if (ownUid === undefined || stats === undefined) return;
    if (stats.uid !== ownUid) {
      throw new AgentError(
        'data_open',
        `${this.path} belongs to another user (${stats.uid}), who can read the device's key: run as that user, or ` +
          `give the directory to this one: chown -R ${ownUid} ${this.path}`,
      );
    }
    const permissions = stats.mode & 0o777;
    if ((permissions & 0o077) === 0) return;
    const octal = permissions.toString(8).padStart(4, '0');
    throw new AgentError(
      'data_open',
      `${this.path} is open to others (mode ${octal}), and holds the device's key: chmod 700 ${this.path}`,
    );
  }
}
