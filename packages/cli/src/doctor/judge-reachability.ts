/** Findings from a probe: what of the server's datagrams arrives at a device, and what of its answers comes back. Pure. */
import { probeLossShare, type ProbedPath, type Reachability, type ServerNetwork } from '@rollcall/api';
import { formatRate } from '@rollcall/client/format';
import { formatSeconds } from '../output/format.ts';
import type { Finding } from './finding.ts';

export function judgeReachability(reachability: Reachability, network: ServerNetwork): Finding[] {
  const subjects = [reachability.device.name];
  if (!reachability.isReported) {
    const seen = 'the device is connected, and did not take part in the probe';
    const advice = 'its agent is older than probes, or very busy: look at its log, then try again';
    return [{ check: 'probe', severity: 'warning', subjects, seen, advice }];
  }
  return [
    ...judgeInterface(reachability, network),
    ...reachability.paths.flatMap((path) => [
      ...judgeMembership(subjects, path),
      judgePath(path, reachability, network),
      ...judgeAnswers(subjects, path),
    ]),
  ];
}

function judgeInterface(reachability: Reachability, network: ServerNetwork): Finding[] {
  const { interface: used, serverInterface, serverAddress, paths } = reachability;
  const found = { check: 'interface', subjects: [reachability.device.name] } as const;
  const isHeard = paths.some(({ path, verdict }) => path === 'multicast' && HEARD.has(verdict));
  if (used === null) {
    const seen = 'the interface to listen on does not exist, or has no address';
    return [
      {
        ...found,
        severity: 'error',
        seen,
        advice: 'start the agent with another --interface, or without: it then takes that of the route to the server',
      },
    ];
  }
  if (serverInterface !== null && serverInterface !== used.name && !isHeard) {
    const seen = `it listens on ${used.name} (${used.address}), and reaches the server by ${serverInterface}: the wrong interface`;
    return [
      {
        ...found,
        severity: 'error',
        seen,
        advice: `start the agent with --interface ${serverInterface}, or without --interface`,
      },
    ];
  }
  const sends = network.interfaces.map(({ name, address }) => `${name} (${address})`).join(', ');
  const isElsewhere = serverAddress !== null && !network.interfaces.some(({ address }) => address === serverAddress);
  if (isElsewhere && !isHeard && isSameFamily(serverAddress, network)) {
    const seen = `the server multicasts by ${sends || 'no interface'}, and the device reaches it at ${serverAddress}: the wrong interface`;
    return [{ ...found, severity: 'error', seen, advice: `start the server with --interface ${serverAddress}` }];
  }
  return [{ ...found, severity: 'ok', seen: `it listens on ${used.name}`, advice: null }];
}

function judgeMembership(subjects: readonly string[], { path, isJoined, error }: ProbedPath): Finding[] {
  if (path !== 'multicast' || isJoined === null || error !== null) return [];
  const found = { check: 'membership', subjects } as const;
  if (isJoined) return [{ ...found, severity: 'ok', seen: 'the kernel is a member of the group', advice: null }];
  const seen = 'the kernel did not become a member of the group (/proc/net/igmp, /proc/net/igmp6)';
  return [
    { ...found, severity: 'error', seen, advice: 'see whether net.ipv4.igmp_max_memberships is used up, and dmesg' },
  ];
}

function judgePath(path: ProbedPath, reachability: Reachability, network: ServerNetwork): Finding {
  const subjects = [reachability.device.name];
  const found = { check: path.path, subjects } as const;
  const severity = isUsed(path, network) ? 'error' : 'note';
  const share = probeLossShare(path) ?? 0;
  const numbers = `${sum(path.received)} of ${sum(path.sent)} datagrams`;
  if (path.error !== null) {
    return {
      ...found,
      severity,
      seen: `the device could not listen: ${path.error}`,
      advice: 'put that right first: nothing can arrive',
    };
  }
  switch (path.verdict) {
    case 'reached':
      return { ...found, severity: 'ok', seen: `arrives: ${numbers}`, advice: null };
    case 'lossy':
      return {
        ...found,
        severity: 'warning',
        seen: `arrives with ${(share * 100).toFixed(1)}% loss: ${numbers}, ${rateOf(path, reachability)}`,
        advice:
          'repair makes up for it; look at the cabling, at Wi-Fi, and at the rate (--rate) against the slowest link',
      };
    case 'too_large': {
      const [largest, smaller] = reachability.sizes.toReversed();
      return {
        ...found,
        check: 'mtu',
        severity,
        seen: `by ${path.path} datagrams of ${largest} bytes do not arrive, those of ${smaller} bytes do: something on the way has a smaller MTU`,
        advice:
          "give every link on the way the same MTU, or the server's interface that of the smallest: sessions then use shorter packets",
      };
    }
    case 'fading':
      return {
        ...found,
        severity,
        seen: `arrived for ${formatSeconds(path.heardForMs / 1000)}, then nothing more for ${formatSeconds(path.silentForMs / 1000)}`,
        advice:
          'a switch forgot who listens: it has IGMP (MLD) snooping and no querier. Switch the querier on, on it or on a router',
      };
    case 'unreached':
      return {
        ...found,
        severity,
        seen: `nothing arrives: 0 of ${sum(path.sent)} datagrams`,
        advice: adviceFor(path, reachability),
      };
    case 'unknown':
      return { ...found, severity: 'note', seen: 'too little was sent to tell', advice: null };
  }
}

function adviceFor({ path }: ProbedPath, { paths }: Reachability): string {
  if (path === 'broadcast')
    return 'nothing, unless tasks are sent with --mode broadcast: routers and many access points drop it';
  const isBroadcastHeard = paths.some((other) => other.path === 'broadcast' && HEARD.has(other.verdict));
  return isBroadcastHeard
    ? 'broadcast arrives, so the network is there and drops multicast: look for a firewall, and for IGMP snooping without a querier; until then --mode broadcast'
    : 'look for a firewall that drops UDP, a router between the two (--ttl), IGMP snooping without a querier, and --interface on both sides; tasks complete by unicast meanwhile';
}

function judgeAnswers(
  subjects: readonly string[],
  { path, verdict, isAnswerHeard, answersSent }: ProbedPath,
): Finding[] {
  if (!HEARD.has(verdict) || isAnswerHeard === null) return [];
  const found = { check: 'back-channel', subjects } as const;
  if (isAnswerHeard) {
    return [{ ...found, severity: 'ok', seen: `its answers to ${path} come back to the server`, advice: null }];
  }
  const seen = `the device hears ${path}, and none of its ${answersSent} answers comes back to the server: its requests for repair would not either`;
  const advice =
    "allow UDP from the devices to the server's ports above 1023 (net.ipv4.ip_local_port_range), on the server's firewall and on the way";
  return [{ ...found, severity: 'error', seen, advice }];
}

/** Whether tasks go that way: by multicast unless the server was told otherwise. */
function isUsed({ path }: ProbedPath, { mode }: ServerNetwork): boolean {
  return path === 'broadcast' ? mode === 'broadcast' : mode === 'multicast';
}

function rateOf({ received, heardForMs }: ProbedPath, { sizes }: Reachability): string {
  const bytes = received.reduce((total, count, index) => total + count * (sizes[index] ?? 0), 0);
  return heardForMs === 0 ? 'no rate' : formatRate((bytes * 8000) / heardForMs);
}

function isSameFamily(address: string, { interfaces }: ServerNetwork): boolean {
  return interfaces.some((each) => each.address.includes(':') === address.includes(':'));
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

const HEARD: ReadonlySet<string> = new Set(['reached', 'lossy', 'too_large', 'fading']);
