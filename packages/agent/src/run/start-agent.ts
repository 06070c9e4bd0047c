import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { logLevelOf, redactLine, SECRET_PATHS, type LogLevel } from '@rollcall/api';
import { pino, type Logger } from 'pino';
import { forgetAction, performAction, planAction } from '../actions/perform-action.ts';
import { AgentError } from '../agent-error.ts';
import { ContentStore } from '../journal/content-store.ts';
import { TaskJournal } from '../journal/task-journal.ts';
import { RATE_BURST_MILLISECONDS } from '../limits.ts';
import { CertificateRenewal } from '../link/certificate-renewal.ts';
import { readCredential, readSecret } from '../link/credential.ts';
import { DataDirectory } from '../link/data-directory.ts';
import { DataLock } from '../link/data-lock.ts';
import { DeviceConnection } from '../link/device-connection.ts';
import { DeviceTrust } from '../link/device-trust.ts';
import { readDevicePolicy } from '../link/device-config.ts';
import { collectFacts } from '../link/facts.ts';
import { type Identity, readIdentity, requireOwnMachine } from '../link/identity.ts';
import { readMachineId } from '../link/machine-id.ts';
import { requireTestedPlatform } from '../link/platform.ts';
import { interfaceTowards } from '../link/route-interface.ts';
import { type LinkEnd, ServerLink } from '../link/server-link.ts';
import { ProbeListener } from '../probe/probe-listener.ts';
import { TokenBucket } from '../repair/token-bucket.ts';
import { ActionRunner, type Actions } from './action-runner.ts';
import { AgentRuntime } from './agent-runtime.ts';
import { OpenContents } from './open-contents.ts';

export interface StartAgentOptions {
  readonly dataDirectory: string;
  /** Name or address of the interface to listen to multicast on. Default: that of the route to the server. */
  readonly interface?: string | undefined;
  /** Of all unicast downloads together. Default: no limit. */
  readonly downloadRateBitsPerSecond?: number | undefined;
  readonly isExperimentalPlatformAllowed?: boolean | undefined;
  /** Default: to stderr, at this level, or the one that ROLLCALL_LOG names, else `info`. */
  readonly log?: Logger | undefined;
  readonly logLevel?: LogLevel | undefined;
  /** Default: the real ones. */
  readonly actions?: Actions | undefined;
  /** The machine's clock, UTC milliseconds; tests bring their own. */
  readonly now?: (() => number) | undefined;
}

/** Why an agent stopped by itself. The message says what to do. */
export interface AgentEnd {
  readonly code: LinkEnd['reason'];
  readonly message: string;
}

export interface RunningAgent {
  readonly deviceId: string;
  readonly name: string;
  /** Settles when the agent is connected for the first time. */
  readonly ready: Promise<void>;
  /** Settles when the agent has stopped; undefined after `close`. */
  readonly closed: Promise<AgentEnd | undefined>;
  close(): Promise<void>;
}

/**
 * Starts the agent of a data directory that `joinServer` made. It runs until it is closed, or the server has removed
 * the device; a server that is away is waited for.
 *
 * @throws AgentError when it cannot start here at all
 */
export async function startAgent(options: StartAgentOptions): Promise<RunningAgent> {
  requireTestedPlatform(options.isExperimentalPlatformAllowed ?? false);
  const directory = new DataDirectory(options.dataDirectory);
  await directory.requirePrivate();
  const identity = await readIdentity(directory);
  if (identity === undefined) {
    throw new AgentError(
      'not_joined',
      `${directory.path} is not that of a device yet: run "rollcall join URL --token TOKEN --data ${directory.path}" first`,
    );
  }
  requireOwnMachine(identity, await readMachineId(), directory);
  requireInterface(options.interface);
  const lock = DataLock.take(directory);
  try {
    return await startLocked(options, directory, identity, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function startLocked(
  options: StartAgentOptions,
  directory: DataDirectory,
  identity: Identity,
  lock: DataLock,
): Promise<RunningAgent> {
  const log = options.log ?? makeLog(identity, options.logLevel);
  const policy = await readDevicePolicy(directory);
  for (const root of policy.allowedRoots.filter((each) => !existsSync(each))) {
    log.warn(
      { root },
      'an allowed root is not there: what is copied to it is rejected (root_missing) until somebody makes it',
    );
  }
  await mkdir(directory.staging, { recursive: true, mode: 0o700 });
  const journal = await TaskJournal.open(directory.journal);
  const contents = new OpenContents(new ContentStore(join(directory.journal, 'contents')));
  const certificateAuthority = await readSecret(directory.certificateAuthority);
  const credential = await readCredential(directory);
  const trust = await DeviceTrust.open({
    path: directory.trust,
    certificateAuthority,
    certifiedAt: credential.notBefore,
    clock: options.now ?? Date.now,
    log,
  });
  const connection = new DeviceConnection({
    url: identity.deviceUrl,
    serverName: identity.serverName,
    key: credential.key,
    certificate: credential.certificate,
    certificateAuthority,
    certainTime: () => trust.certainTime(),
  });
  const renewal = new CertificateRenewal({
    directory,
    connection,
    certificateAuthority,
    credential,
    now: () => trust.now(),
    log,
  });
  const { downloadRateBitsPerSecond: rate, actions = { planAction, performAction, forgetAction } } = options;
  const networkInterface = async () => options.interface ?? (await interfaceTowards(identity.deviceUrl));
  const probes = new ProbeListener({
    connection,
    networkInterface,
    towardsServer: () => interfaceTowards(identity.deviceUrl),
    log,
  });
  const runtime = new AgentRuntime({
    deviceId: identity.deviceId,
    connection,
    trust,
    journal,
    contents,
    runner: new ActionRunner(actions, policy, directory.staging),
    networkInterface,
    downloadRate: rate === undefined ? undefined : new TokenBucket(rate / 8, RATE_BURST_MILLISECONDS),
    log,
  });
  await runtime.start();

  const ready = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<AgentEnd | undefined>();
  const link = new ServerLink({
    connection,
    trust,
    renewal,
    instance: randomUUID(),
    log,
    facts: () => collectFacts(directory.path),
    receptions: () => runtime.receptions(),
    onConnected: () => {
      runtime.handleConnected();
      ready.resolve();
    },
    onDisconnected: () => runtime.handleDisconnected(),
    onWake: () => runtime.handleWake(),
    onProbe: (data) => probes.handleAsked(data),
    onEnd: ({ reason, message }) => void stop({ code: reason, message }),
  });
  let stopping: Promise<void> | undefined;
  const stop = (end: AgentEnd | undefined): Promise<void> => {
    stopping ??= (async () => {
      if (end !== undefined) log.error({ reason: end.code }, end.message);
      await link.close();
      await probes.close();
      await runtime.close();
      await connection.close();
      // An action that goes on keeps other agents off the data directory until it is over, or this process is.
      const { remainingWork } = runtime;
      if (remainingWork === undefined) lock.release();
      else void remainingWork.then(() => lock.release());
      closed.resolve(end);
    })();
    return stopping;
  };
  return {
    deviceId: identity.deviceId,
    name: identity.name,
    ready: ready.promise,
    closed: closed.promise,
    close: () => stop(undefined),
  };
}

/** An interface may be down when the agent starts, but one that does not exist is a slip of the pen. */
function requireInterface(nameOrAddress: string | undefined): void {
  if (nameOrAddress === undefined || isIP(nameOrAddress) !== 0 || !existsSync('/sys/class/net')) return;
  if (existsSync(`/sys/class/net/${nameOrAddress}`)) return;
  const known = readdirSync('/sys/class/net').join(', ');
  throw new AgentError('bad_option', `there is no interface "${nameOrAddress}" on this machine; there are: ${known}`);
}

function makeLog({ deviceId, name }: Identity, level = logLevelOf(process.env['ROLLCALL_LOG'])): Logger {
  return pino(
    {
      name: 'rollcall-agent',
      level,
      base: { deviceId, device: name },
      redact: [...SECRET_PATHS],
      hooks: { streamWrite: redactLine },
    },
    pino.destination(2),
  );
}
