/** `rollcall doctor` on a device: looks beside the agent, and asks the server for a probe of this device alone. */
import { isIPv6 } from 'node:net';
import type { Reachability } from '@rollcall/api';
import { mtuOf, resolveInterface } from '@rollcall/transport';
import type { Finding } from './finding.ts';
import { judgeBuffers, judgeDisk, judgeMtu, judgeRoute } from './judge-host.ts';
import { judgeReachability } from './judge-reachability.ts';
import { judgeCertificate, judgeClock, judgePort } from './judge-trust.ts';
import { observeBuffers, observeDisk, systemRouteTo } from './observe-host.ts';
import { observeOperatorPort } from './observe-ports.ts';

export interface ExamineDeviceOptions {
  readonly dataDirectory: string;
  readonly interface: string | undefined;
  readonly durationSeconds: number;
  readonly signal: AbortSignal;
  readonly onProgress: (reachability: Reachability) => void;
}

export async function examineDevice(options: ExamineDeviceOptions): Promise<Finding[]> {
  // Loaded here, so that the other commands start without it.
  const { diagnoseDevice } = await import('@rollcall/agent');
  const seen = await diagnoseDevice(options);
  const { name, door, network } = seen;
  const findings = [
    judgeDisk(name, await observeDisk(options.dataDirectory)),
    ...judgeBuffers(name, await observeBuffers()),
    judgeCertificate(name, { what: "the device's certificate", ...seen.certificate, isRenewed: true }, Date.now()),
    judgeCertificate(
      name,
      { what: 'the authority', notBefore: 0, notAfter: seen.authority.notAfter, isRenewed: false },
      Date.now(),
    ),
    judgePort('device-port', name, { url: seen.deviceUrl, failure: door.isReached ? undefined : door }),
    judgeClock(name, seen.clockAheadMs),
  ];
  if (network === undefined) return findings;
  findings.push(judgePort('operator-port', name, await observeOperatorPort(network.url, seen.authority.pem)));
  const isV6 = isIPv6(network.group.address);
  const chosen = nameOf(seen.networkInterface, isV6);
  if (chosen !== undefined) {
    const mtuBytes = mtuOf(chosen, isV6 ? 'IPv6' : 'IPv4');
    findings.push(
      judgeMtu(name, { interfaceName: chosen, mtuBytes, datagramBytes: network.datagramBytes, isIpv6: isV6 }, false),
      judgeRoute(name, { group: network.group.address, chosen, system: await systemRouteTo(network.group.address) }),
    );
  }
  if (seen.probe !== undefined) findings.push(...judgeReachability(seen.probe, network));
  if (seen.probeError !== undefined) {
    const advice = 'try again in a minute; the other findings count nevertheless';
    const probe = { check: 'probe', severity: 'warning', subjects: [name] } as const;
    findings.push({ ...probe, seen: `there was no probe: ${seen.probeError}`, advice });
  }
  return findings;
}

function nameOf(nameOrAddress: string | undefined, isV6: boolean): string | undefined {
  try {
    return resolveInterface(nameOrAddress, isV6 ? 'IPv6' : 'IPv4').name;
  } catch {
    return undefined;
  }
}
