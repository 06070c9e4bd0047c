import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  type AnswerOf,
  limits,
  operations,
  type ProbeInstruction,
  type Reachability,
  type ServerNetwork,
} from '@rollcall/api';
import { pino } from 'pino';
import { AgentError } from '../agent-error.ts';
import { readCredential } from '../link/credential.ts';
import { DataDirectory } from '../link/data-directory.ts';
import { DeviceConnection } from '../link/device-connection.ts';
import { DeviceTrust } from '../link/device-trust.ts';
import { readIdentity } from '../link/identity.ts';
import { ProblemError } from '../link/problem-error.ts';
import { interfaceTowards } from '../link/route-interface.ts';
import { listenToProbe } from '../probe/listen-to-probe.ts';

export interface DiagnoseOptions {
  readonly dataDirectory: string;
  /** As the agent was given it; undefined: that of the route to the server. */
  readonly interface: string | undefined;
  readonly durationSeconds: number;
  readonly signal: AbortSignal;
  readonly onProgress: (reachability: Reachability) => void;
}

/** What a device sees of itself and of its server, without a judgement. */
export interface DeviceDiagnosis {
  readonly name: string;
  readonly deviceUrl: string;
  /** Interface that sessions are listened to on, and address of the one by which the server is reached. */
  readonly networkInterface: string | undefined;
  readonly towardsServer: string | undefined;
  readonly certificate: { readonly notBefore: number; readonly notAfter: number };
  readonly authority: { readonly notAfter: number; readonly pem: string };
  /** The devices' door: reached, or how the attempt ended. */
  readonly door:
    { readonly isReached: true } | { readonly isReached: false; readonly code: string; readonly message: string };
  /** How far this machine's clock is ahead of the server's signed time; undefined: it was not told. */
  readonly clockAheadMs: number | undefined;
  readonly network: ServerNetwork | undefined;
  readonly probe: Reachability | undefined;
  /** Why there was no probe. */
  readonly probeError: string | undefined;
}

/**
 * Looks at a device as its agent would, beside the agent if that runs: takes no lock, checks in nowhere, and writes
 * nothing.
 *
 * @throws AgentError when the directory is not that of a device
 */
export async function diagnoseDevice(options: DiagnoseOptions): Promise<DeviceDiagnosis> {
  const directory = new DataDirectory(options.dataDirectory);
  const identity = await readIdentity(directory);
  if (identity === undefined) throw new AgentError('not_joined', `${directory.path} is not that of a device`);
  const pem = await readFile(directory.certificateAuthority, 'utf8');
  const { key, certificate, notBefore, notAfter } = await readCredential(directory);
  const trust = await DeviceTrust.open({
    path: undefined,
    certificateAuthority: pem,
    certifiedAt: notBefore,
    clock: Date.now,
    log: pino({ level: 'silent' }),
  });
  const connection = new DeviceConnection({
    url: identity.deviceUrl,
    serverName: identity.serverName,
    key,
    certificate,
    certificateAuthority: pem,
    certainTime: () => trust.certainTime(),
  });
  try {
    const towardsServer = await interfaceTowards(identity.deviceUrl);
    const seen = {
      name: identity.name,
      deviceUrl: identity.deviceUrl,
      networkInterface: options.interface ?? towardsServer,
      towardsServer,
      certificate: { notBefore, notAfter },
      authority: { notAfter: new X509Certificate(pem).validToDate.getTime(), pem },
    };
    const answered = await ask(connection, trust, options.signal);
    const probed =
      answered.network === undefined
        ? { probe: undefined, probeError: undefined }
        : await probe(connection, seen, options);
    return { ...seen, ...answered, ...probed };
  } finally {
    await connection.close();
  }
}

type Answered = Pick<DeviceDiagnosis, 'door' | 'clockAheadMs' | 'network'>;

async function ask(connection: DeviceConnection, trust: DeviceTrust, signal: AbortSignal): Promise<Answered> {
  const nonce = trust.newNonce();
  let answer: AnswerOf<typeof operations.diagnose>;
  try {
    answer = await connection.call(operations.diagnose, { body: { nonce }, signal });
  } catch (error) {
    return { door: { isReached: false, ...causeOf(error) }, clockAheadMs: undefined, network: undefined };
  }
  const { network } = answer;
  try {
    await trust.handleCheckIn(answer, nonce);
    return { door: { isReached: true }, clockAheadMs: Date.now() - trust.certainTime(), network };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { door: { isReached: false, code: 'time_untrusted', message }, clockAheadMs: undefined, network };
  }
}

async function probe(
  connection: DeviceConnection,
  { networkInterface, towardsServer }: Pick<DeviceDiagnosis, 'networkInterface' | 'towardsServer'>,
  { durationSeconds, signal, onProgress }: DiagnoseOptions,
): Promise<Pick<DeviceDiagnosis, 'probe' | 'probeError'>> {
  try {
    const body = { durationSeconds: Math.min(durationSeconds, limits.PROBE_SECONDS_MAX) };
    const instruction: ProbeInstruction = await connection.call(operations.askProbe, { body, signal });
    const listening = { instruction, connection, networkInterface, towardsServer, signal, onReport: onProgress };
    return { probe: await listenToProbe(listening), probeError: undefined };
  } catch (error) {
    if (signal.aborted) throw error;
    return { probe: undefined, probeError: causeOf(error).message };
  }
}

function causeOf(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof ProblemError) return { code: error.code ?? String(error.status), message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed';
  return { code, message };
}
