/** `rollcall doctor` for a server: on its machine, or from elsewhere with an operator's token. */
import { isIPv6 } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Probe, ServerNetwork } from '@rollcall/api';
import { ProblemError } from '@rollcall/client';
import { ApiClient, asCommandError } from '../client/api-client.ts';
import type { ServerSettings } from '../settings.ts';
import type { Finding } from './finding.ts';
import { judgeBuffers, judgeDisk, judgeMtu, judgeRoute } from './judge-host.ts';
import { judgeReachability } from './judge-reachability.ts';
import { judgeCertificate, judgePort } from './judge-trust.ts';
import { observeBuffers, observeDisk, systemRouteTo } from './observe-host.ts';
import { failureOf, observeDevicePort, observeOperatorPort } from './observe-ports.ts';

export interface ExamineServerOptions {
  /** Undefined: this is another machine. */
  readonly dataDirectory: string | undefined;
  readonly settings: ServerSettings;
  /** Undefined: all devices. */
  readonly target: string | undefined;
  readonly durationSeconds: number;
  readonly signal: AbortSignal;
  readonly onProgress: (probe: Probe) => void;
}

export async function examineServer(options: ExamineServerOptions): Promise<Finding[]> {
  const { dataDirectory, settings } = options;
  const findings: Finding[] = [];
  if (dataDirectory !== undefined) {
    findings.push(judgeDisk(SERVER, await observeDisk(dataDirectory)), ...judgeBuffers(SERVER, await observeBuffers()));
  }
  let client: ApiClient;
  try {
    client = await ApiClient.connect(settings);
  } catch (error) {
    const { code, message } = failureOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
    const port = judgePort('operator-port', SERVER, { url: settings.url, failure: { code, message } });
    return [...findings, { ...port, severity: 'error' }];
  }
  await using _ = client;
  const { network } = await client.call('getReachability');
  findings.push(...(await examinePorts(settings.url, client.connection.certificateAuthority, network)));
  if (dataDirectory !== undefined) findings.push(...(await examineInterfaces(network)));
  return [...findings, ...(await examineDevices(client, network, options))];
}

async function examinePorts(url: string, authority: string, network: ServerNetwork): Promise<Finding[]> {
  const devicePort = await observeDevicePort(network.deviceUrl, authority);
  const shown = devicePort.certificate;
  return [
    judgePort('operator-port', SERVER, await observeOperatorPort(url, authority)),
    judgePort('device-port', SERVER, devicePort),
    ...(shown === undefined
      ? []
      : [judgeCertificate(SERVER, { what: "the server's certificate", ...shown, isRenewed: false }, Date.now())]),
  ];
}

async function examineInterfaces(network: ServerNetwork): Promise<Finding[]> {
  const { group, interfaces, datagramBytes } = network;
  const isIpv6 = isIPv6(group.address);
  if (interfaces.length === 0) {
    const seen = 'the server has no interface to multicast by: none of them is up';
    const advice = 'connect the network, or start the server with another --interface';
    return [{ check: 'interface', severity: 'error', subjects: [SERVER], seen, advice }];
  }
  const system = await systemRouteTo(group.address);
  return interfaces.flatMap(({ name, mtu }) => [
    judgeMtu(SERVER, { interfaceName: name, mtuBytes: mtu ?? undefined, datagramBytes, isIpv6 }, true),
    judgeRoute(SERVER, { group: group.address, chosen: name, system }),
  ]);
}

async function examineDevices(
  client: ApiClient,
  network: ServerNetwork,
  { target, durationSeconds, signal, onProgress }: ExamineServerOptions,
): Promise<Finding[]> {
  const found = { check: 'probe', subjects: [SERVER] } as const;
  // What somebody typed has to mean a device; that none of them is connected is a finding.
  if (target !== undefined) {
    await client.call('previewTargets', { body: { target } }, { signal }).catch((error: unknown) => {
      throw asCommandError(error);
    });
  }
  let probe: Probe;
  try {
    const { id } = await client.call('createProbe', { body: { target: target ?? 'all', durationSeconds } }, { signal });
    do {
      await sleep(POLL_MS, undefined, { signal });
      probe = await client.call('getProbe', { params: { id } }, { signal });
      onProgress(probe);
    } while (probe.state !== 'ended');
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const isEmpty = error.problem.code === 'no_targets';
    const advice = isEmpty ? 'start an agent, then try again' : 'try again when that is over';
    return [
      {
        ...found,
        severity: isEmpty && target === undefined ? 'note' : 'warning',
        seen: `there was no probe: ${error.message}`,
        advice,
      },
    ];
  }
  const unsent = probe.senders.flatMap(({ path, error }): Finding[] => {
    if (error === null) return [];
    const severity = path === network.mode ? 'error' : 'note';
    const advice = 'look at the interface, the routes and the firewall of the server itself';
    return [{ check: path, severity, subjects: [SERVER], seen: `the server cannot send: ${error}`, advice }];
  });
  return [...unsent, ...probe.devices.flatMap((device) => judgeReachability(device, network))];
}

const SERVER = 'server';
const POLL_MS = 500;
