/**
 * Looks up the names of receivers. The system's own way keeps one of two threads of this process until it has an answer, half a
 * minute where name servers are silent: two such names would hold up what all other webhooks have to tell. So the name servers
 * are asked without a thread, and not for long. What they do not know (a name without a dot, of a search domain, of the local
 * network) is asked of the system, one name at a time: the other thread stays free.
 */
import { lookup, Resolver } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { WEBHOOK_NAME_SERVER_MS, WEBHOOK_NAME_SERVER_TRIES } from '../limits.ts';

/** All addresses of a name. */
export type LookupName = (name: string) => Promise<readonly LookupAddress[]>;

export interface NameSources {
  /** Default: those of the system, asked for each time, for they change with the network. */
  readonly servers?: readonly string[];
  readonly serverMs?: number;
  readonly hostsFile?: string;
  readonly system?: LookupName;
}

export class NameLookup {
  readonly #sources: NameSources;
  readonly #inHand = new Map<string, Promise<readonly LookupAddress[]>>();
  #systemIsFree: Promise<unknown> = Promise.resolve();

  constructor(sources: NameSources = {}) {
    this.#sources = sources;
  }

  /** Whoever asks for a name that is being looked up gets the same answer. */
  readonly find: LookupName = (name) => {
    const known = this.#inHand.get(name);
    if (known !== undefined) return known;
    const found = this.#find(name).finally(() => this.#inHand.delete(name));
    this.#inHand.set(name, found);
    return found;
  };

  async #find(name: string): Promise<readonly LookupAddress[]> {
    const written = await this.#inHostsFile(name);
    if (written.length > 0) return written;
    const served = name.includes('.') ? await this.#ofServers(name) : [];
    return served.length > 0 ? served : this.#ofSystem(name);
  }

  /** As the system does it, what is written there comes before what others say. */
  async #inHostsFile(name: string): Promise<readonly LookupAddress[]> {
    const text = await readFile(this.#sources.hostsFile ?? '/etc/hosts', 'utf8').catch(() => '');
    const wanted = name.replace(/\.$/, '');
    return text.split('\n').flatMap((line) => {
      const [address = '', ...names] = line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/);
      return isIP(address) !== 0 && names.includes(wanted) ? [{ address, family: isIP(address) }] : [];
    });
  }

  /** None: they do not know it, or there is none. */
  async #ofServers(name: string): Promise<readonly LookupAddress[]> {
    const { servers, serverMs = WEBHOOK_NAME_SERVER_MS } = this.#sources;
    const resolver = new Resolver({ timeout: serverMs, maxTimeout: serverMs, tries: WEBHOOK_NAME_SERVER_TRIES });
    if (servers !== undefined) resolver.setServers(servers);
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    const isSilent = answers.some((answer) => answer.status === 'rejected' && isTimeout(answer.reason));
    if (found.length === 0 && isSilent) throw new Error(`no name server has answered what address ${name} has`);
    return found.map((address) => ({ address, family: isIP(address) }));
  }

  #ofSystem(name: string): Promise<readonly LookupAddress[]> {
    const { system = (asked: string) => lookup(asked, { all: true }) } = this.#sources;
    const found = this.#systemIsFree.then(() => system(name));
    this.#systemIsFree = found.catch(() => undefined);
    return found;
  }
}

function isTimeout(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ETIMEOUT';
}
