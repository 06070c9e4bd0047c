/** What can be told of a webhook's address when it is given. Names are looked up at each attempt. */
import { isIP } from 'node:net';
import { Problem } from '../core/problem.ts';
import type { AllowedAddresses } from './allowed-addresses.ts';

/** @throws Problem `webhook_refused` */
export function checkWebhookUrl(url: string, allowed: AllowedAddresses): void {
  // It also writes out addresses that are written in other ways: 0x7f.1 is 127.0.0.1.
  const target = URL.parse(url);
  if (target === null) throw new Problem('webhook_refused', 'this is no address of the form https://host/path');
  if (target.username !== '' || target.password !== '') {
    throw new Problem('webhook_refused', 'a password in the address would be shown: receivers check the signature');
  }
  const address = literalOf(target);
  if (address !== undefined && !allowed.allows(address, target.protocol)) {
    throw new Problem('webhook_refused', refusal(target.hostname, target.protocol));
  }
}

/** The address, where the host is one and no name. */
export function literalOf({ hostname }: URL): string | undefined {
  // RFC 6761 §6.3: the name of this machine, without asking anybody.
  if (/^(?:.*\.)?localhost\.?$/.test(hostname)) return '127.0.0.1';
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(bare) === 0 ? undefined : bare;
}

export function refusal(where: string, protocol: string): string {
  const allow = 'the server can be started with --webhook-allow and that address or its network';
  return protocol === 'https:'
    ? `${where} is no public address, or one of this server; ${allow}`
    : `${where} would be told without TLS; https: is needed, or ${allow}`;
}
