/** Starts a server: options → configuration → context → doors. */
import { existsSync } from 'node:fs';
import { isIPv6, type AddressInfo } from 'node:net';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { v7 as newId } from 'uuid';
import { limits, type RollcallEvent, type SignInLink } from '@rollcall/api';
import { shorten } from './core/shorten.ts';
import { AuditLog } from './audit/audit-log.ts';
import { AuditedStore } from './audit/audited-store.ts';
import { AuditCheckpoints } from './audit/audit-checkpoints.ts';
import { CertificateAuthority } from './certificates/certificate-authority.ts';
import { Director } from './certificates/director.ts';
import { DoorCertificates } from './certificates/door-certificates.ts';
import { ConfigError, configFrom, isWildcard, type ServerConfig } from './config.ts';
import type { DoorAddresses, ServerContext } from './context.ts';
import { FileContentRoom } from './content/file-content-room.ts';
import { createUploadServer } from './content/uploads.ts';
import { ContentKeeper } from './content-keeper.ts';
import { openCountOf } from './core/counts.ts';
import type { MulticastRoom, Store } from './core/ports.ts';
import { Presence } from './core/presence.ts';
import { openDataDirectory } from './data-directory.ts';
import { createDeviceDoor } from './http/device-door.ts';
import type { Patience } from './http/door.ts';
import { IdempotencyKeys } from './http/idempotency.ts';
import { createOperatorDoor } from './http/operator-door.ts';
import { SESSIONS_CONCURRENT_MAX, WEBHOOK_RETRY_MS_MIN, WEBHOOK_TIMEOUT_MS } from './limits.ts';
import { DeviceSockets } from './live/device-sockets.ts';
import { makeLog } from './log/make-log.ts';
import { TaskLog } from './log/task-log.ts';
import { runOutsideOfLogScope } from './log/log-scope.ts';
import { MeteredMulticastRoom } from './metrics/metered-multicast-room.ts';
import { MeteredStore } from './metrics/metered-store.ts';
import { Metrics } from './metrics/metrics.ts';
import { Scrape } from './metrics/scrape.ts';
import { TableCounts } from './metrics/table-counts.ts';
import { DeviceStreams } from './live/device-streams.ts';
import { EventHub } from './live/event-hub.ts';
import { OperatorStreams } from './live/operator-streams.ts';
import { PresenceKeeper } from './live/presence-keeper.ts';
import { ProgressHistory } from './live/progress-history.ts';
import { ProgressTicker } from './live/progress-ticker.ts';
import { LOCAL_OPERATOR_NAME, writeLocalOperator } from './local-operator.ts';
import { SenderMulticastRoom } from './multicast/sender-multicast-room.ts';
import type { ServerOptions } from './options.ts';
import { Readiness } from './readiness.ts';
import { ProbeDesk } from './probe/probe-desk.ts';
import { describeNetwork } from './probe/probe-networks.ts';
import { makeSignInLink } from './sign-in/sign-in-links.ts';
import { IdentityProvider } from './sign-in/oidc/identity-provider.ts';
import { readOidcConfig } from './sign-in/oidc/oidc-config.ts';
import { OIDC_RETURN_PATH } from './sign-in/oidc/register-oidc.ts';
import { SignIns } from './sign-in/sign-ins.ts';
import { DataLock } from './store/data-lock.ts';
import { SqliteStore } from './store/sqlite-store.ts';
import { MulticastConductor } from './task-handler/multicast-conductor.ts';
import { SessionPlaces } from './task-handler/session-places.ts';
import { TaskHandler } from './task-handler/task-handler.ts';
import { Timekeeper } from './timekeeper.ts';
import { CompletionDesk, type CompletionMeter } from './unicast/completion-desk.ts';
import { unicastPace } from './unicast/paced-stream.ts';
import { AllowedAddresses } from './webhooks/allowed-addresses.ts';
import { NameLookup } from './webhooks/name-lookup.ts';
import { Webhooks } from './webhooks/webhooks.ts';

export interface RunningServer {
  /** Of the operators' door. */
  readonly url: string;
  readonly deviceUrl: string;
  /** Signs a browser in as the operator of this machine, once; undefined: it could not be written. */
  makeSignInLink(): Promise<SignInLink | undefined>;
  close(): Promise<void>;
}

/** What stands in for parts of the machine: tests bring their own. */
export interface ServerParts {
  readonly multicast?: MulticastRoom;
  readonly now?: () => number;
  readonly monotonicNow?: () => number;
  readonly patience?: Patience;
  /** How long webhooks wait after a first failure, and for an answer. */
  readonly webhookPatience?: { readonly retryMs: number; readonly timeoutMs: number };
}

export async function startServer(options: ServerOptions, parts: ServerParts = {}): Promise<RunningServer> {
  const config = await configFrom(options);
  const metrics = new Metrics();
  const log = makeLog(config.logLevel, (level) => metrics.logMessages.inc({ level }));
  const closers: (() => unknown)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  try {
    return await start(config, parts, { log, metrics }, closers, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(
  config: ServerConfig,
  parts: ServerParts,
  { log, metrics }: { readonly log: Logger; readonly metrics: Metrics },
  closers: (() => unknown)[],
  close: () => Promise<void>,
): Promise<RunningServer> {
  const now = parts.now ?? Date.now;
  const monotonicNow = parts.monotonicNow ?? (() => performance.now());
  const { dataDirectory } = config;
  const oidc = config.oidcFile === undefined ? undefined : await readOidcConfig(config.oidcFile);
  await openDataDirectory(dataDirectory);
  const lock = DataLock.take(path.join(dataDirectory, 'lock'));
  if (lock === undefined) throw new ConfigError(`another server runs on --data ${dataDirectory}`, { code: 'unusable' });
  closers.push(() => lock.release());

  const hub = new EventHub();
  const tableCounts = new TableCounts(metrics);
  const taskLog = new TaskLog(log);
  let webhooks: Webhooks | undefined;
  const onEvents = (events: readonly RollcallEvent[]) => {
    hub.publish(events);
    webhooks?.onEvents(events);
  };
  const database = await SqliteStore.open(path.join(dataDirectory, 'rollcall.db'), onEvents, {
    log,
    onCommitted: (changes) => {
      tableCounts.onCommitted(changes);
      taskLog.onCommitted(changes);
    },
    onQuery: (connection, millis) => metrics.querySeconds.observe({ connection }, millis / 1000),
  });
  closers.push(() => database.close());
  await tableCounts.begin(database.reader);
  const onError = (error: unknown) => log.error({ err: error }, 'work in the background failed');
  const store = new MeteredStore(new AuditedStore(database), metrics);
  const audit = new AuditLog({ store, now, monotonicNow, onError });
  const authorityFolder = path.join(dataDirectory, 'ca');
  const isFirstStart = !existsSync(path.join(authorityFolder, 'ca.pem'));
  const authority = await CertificateAuthority.open(authorityFolder, now());
  // What cannot be written keeps no device from its server: a full disk must not keep it from starting.
  if (isFirstStart) await audit.note('authorityMade', { pin: authority.pin }).catch(onError);
  const checkpoints = new AuditCheckpoints({ store, authority, log, now });
  const director = await Director.open(authorityFolder, authority);
  const { certificateNames: names, ownTls } = config;
  const doorCertificates = await DoorCertificates.make({ authority, names, ownTls, now });
  const content = await FileContentRoom.open(dataDirectory);

  const owner = newId();
  const presence = new Presence();
  const deviceStreams = new DeviceStreams();
  closers.push(() => deviceStreams.close());
  const wake = (deviceIds: readonly string[]) => deviceStreams.wake(deviceIds);
  const room = new MeteredMulticastRoom(parts.multicast ?? new SenderMulticastRoom(log), metrics);
  const conductor = new MulticastConductor({
    store,
    room,
    content,
    presence,
    places: new SessionPlaces({
      basePort: config.multicast.basePort,
      totalRate: config.multicast.bytesPerSecond,
      countMax: SESSIONS_CONCURRENT_MAX,
    }),
    config: config.multicast,
    owner,
    now,
    monotonicNow,
    newId: () => newId(),
    wake,
    log,
  });
  closers.push(() => conductor.close());
  const meter: CompletionMeter = {
    onGranted: ({ taskId, deviceId }, waitedMs) => {
      metrics.queueWait.observe(waitedMs / 1000);
      // Given when there is room, in the course of whatever request made some.
      runOutsideOfLogScope(() =>
        log.debug({ taskId, deviceId, waitedMs: Math.round(waitedMs) }, 'a completion slot was given'),
      );
    },
    onSent: (bytes) => metrics.sentBytes.inc({ path: 'unicast' }, bytes),
  };
  const desk = new CompletionDesk(
    { store, now, monotonicNow, owner, countUnfinished: () => countUnfinished(store), wake, onError, meter },
    {
      slots: config.unicast.slots,
      bytesPerSecond: config.unicast.bytesPerSecond,
      leaseMs: SLOT_LEASE_MS,
    },
  );
  closers.push(() => desk.close());
  const presenceKeeper = new PresenceKeeper({
    presence,
    store,
    now,
    monotonicNow,
    onGone: (deviceId) => desk.doubt(deviceId),
    onError,
  });
  closers.push(() => presenceKeeper.close());
  const tasks = new TaskHandler({
    store,
    presence,
    conductor,
    desk,
    wake,
    defaultMode: config.multicast.mode,
    now,
    newId: () => newId(),
  });
  const probes = new ProbeDesk({
    store,
    config: config.multicast,
    instruct: (deviceId, instruction) => deviceStreams.instruct(deviceId, instruction),
    now,
    monotonicNow,
    newId: () => newId(),
    log,
  });
  closers.push(() => probes.close());
  webhooks = new Webhooks({
    store,
    allowed: new AllowedAddresses(config.webhookAllow),
    lookup: new NameLookup().find,
    now,
    newId: () => newId(),
    ...(parts.webhookPatience ?? { retryMs: WEBHOOK_RETRY_MS_MIN, timeoutMs: WEBHOOK_TIMEOUT_MS }),
    meter: {
      onAttempt: (isTaken, seconds) =>
        metrics.webhookSeconds.observe({ outcome: isTaken ? 'delivered' : 'failed' }, seconds),
      onGivenUp: () => metrics.webhookGivenUp.inc(),
    },
    onDisabled: ({ id, url }, reason) => {
      log.warn({ webhookId: id, reason }, 'a webhook was disabled');
      void audit.note('webhookDisabled', { id, url: shorten(url), reason: shorten(reason) }).catch(onError);
    },
    onError,
  });
  const contentKeeper = new ContentKeeper({ store, content, keepContentMs: config.keepContentMs, now });
  const readiness = new Readiness({ store, dataDirectory, now, monotonicNow });
  const scrape = new Scrape({
    metrics,
    reader: store.reader,
    presence,
    desk,
    hub,
    deviceStreams,
    dataDirectory,
    slots: config.unicast.slots,
    certificates: () => ({
      authority: authority.pem,
      operators: doorCertificates.operatorTls.cert,
      devices: doorCertificates.deviceTls.cert,
    }),
    now,
    monotonicNow,
  });
  const addresses = new Addresses(config);
  const signIns = new SignIns({ store, now, onError });
  const returnUrl = () => `${addresses.consoleUrl}${OIDC_RETURN_PATH}`;
  const identityProvider = oidc === undefined ? undefined : new IdentityProvider(oidc, returnUrl);
  const progressHistory = new ProgressHistory();
  const context: ServerContext = {
    log,
    config,
    now,
    monotonicNow,
    newId: () => newId(),
    store,
    audit,
    keys: new IdempotencyKeys({ store, now }),
    content,
    contentKeeper,
    authority,
    checkpoints,
    director,
    doorCertificates,
    presence,
    presenceKeeper,
    hub,
    deviceStreams,
    deviceSockets: new DeviceSockets(),
    operatorStreams: new OperatorStreams(),
    signIns,
    identityProvider,
    tasks,
    conductor,
    progressHistory,
    desk,
    metrics,
    scrape,
    readiness,
    probes,
    webhooks,
    network: () => describeNetwork(config.multicast, addresses),
    unicastRate:
      config.unicast.bytesPerSecond === undefined
        ? undefined
        : unicastPace(config.unicast.bytesPerSecond, config.unicast.slots),
    patience: parts.patience,
    addresses,
  };
  const uploads = createUploadServer(content);
  const operatorDoor = await createOperatorDoor(context, (request, response) => uploads.handle(request, response));
  closers.push(() => operatorDoor.close());
  const deviceDoor = await createDeviceDoor(context);
  closers.push(() => deviceDoor.close());
  // Before the doors: one of these may wait for a receiver's answer.
  closers.push(() => context.webhooks.close());

  // A full disk must not keep the server from starting: what is left in there is overwritten or ends unread.
  await store.transact((transactor) => transactor.deleteAllSlots()).catch(onError);
  await conductor.recover();
  const port = await listen(operatorDoor, config.listen, '--listen');
  const devicePort = await listen(
    deviceDoor,
    { address: config.deviceListen.address, port: config.deviceListen.port ?? port + 1 },
    '--device-listen',
  );
  addresses.set(port, devicePort);
  const absence = setTimeout(
    () => void presenceKeeper.silenceAbsent().catch(onError),
    limits.SILENCE_SECONDS_MAX * 1000,
  );
  const ticker = new ProgressTicker({
    hub,
    presence,
    conductor,
    now,
    onError,
    history: progressHistory,
    contentSizeOf: (taskId) => contentSizeOf(store, taskId),
  });
  const timekeeper = new Timekeeper({
    store,
    audit,
    checkpoints,
    contentKeeper,
    doorCertificates,
    signIns,
    tasks,
    now,
    onError,
  });
  closers.push(() => {
    clearTimeout(absence);
    ticker.close();
    timekeeper.close();
  });
  await writeLocalOperator(
    { store, now },
    { dataDirectory, url: localUrl(config.listen.address, port), pin: authority.pin },
  ).catch((error: unknown) => {
    // A full disk must not keep the devices' server down; the file of the last start may even still be right.
    log.warn({ err: error }, 'the token for the operator of this machine could not be written');
  });
  readiness.setDoors(() => operatorDoor.server.listening && deviceDoor.server.listening);
  await audit.note('serverStarted', { url: addresses.url, deviceUrl: addresses.deviceUrl }).catch(onError);
  await checkpoints.tell();
  closers.push(async () => {
    await audit.flush(true);
    await audit.note('serverStopped').catch(onError);
    await checkpoints.tell();
  });
  // It may be away: then whoever signs in has it asked again.
  identityProvider
    ?.discover()
    .catch((error: unknown) => log.warn({ err: error }, 'the identity provider does not answer'));
  await webhooks.start();
  log.info({ url: addresses.url, deviceUrl: addresses.deviceUrl }, 'the server is ready');
  const linkForThisMachine = async () => {
    const operator = await store.reader.operatorByName(LOCAL_OPERATOR_NAME);
    return operator === undefined ? undefined : makeSignInLink({ store, now, addresses }, operator);
  };
  return {
    url: addresses.url,
    deviceUrl: addresses.deviceUrl,
    makeSignInLink: () =>
      linkForThisMachine().catch((error: unknown) => {
        log.warn({ err: error }, 'a sign-in link could not be made');
        return undefined;
      }),
    close,
  };
}

class Addresses implements DoorAddresses {
  readonly #config: ServerConfig;
  #port = 0;
  #devicePort = 0;

  constructor(config: ServerConfig) {
    this.#config = config;
  }

  set(port: number, devicePort: number): void {
    this.#port = port;
    this.#devicePort = devicePort;
  }

  get url(): string {
    return urlOf(this.#config.publicHost, this.#port);
  }

  get consoleUrl(): string {
    return this.#config.consoleUrl ?? this.url;
  }

  get deviceUrl(): string {
    return this.deviceUrlFor(this.#config.publicHost);
  }

  /** A device reaches the devices' door by the host that it joined by, unless that door is at an address of its own. */
  deviceUrlFor(host: string): string {
    const { address } = this.#config.deviceListen;
    const isElsewhere = !isWildcard(address) && address !== this.#config.listen.address;
    return urlOf(isElsewhere ? address : host, this.#devicePort);
  }
}

async function listen(
  app: FastifyInstance,
  { address, port }: { readonly address: string; readonly port: number },
  flag: string,
): Promise<number> {
  try {
    await app.listen({ host: address, port });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason =
      code === 'EADDRINUSE'
        ? 'the port is in use'
        : code === 'EADDRNOTAVAIL'
          ? 'this machine does not have the address'
          : code === 'EACCES'
            ? 'this user may not use the port'
            : message;
    throw new ConfigError(`${flag} ${address}:${port}: ${reason}`, { cause: error, code: 'unusable' });
  }
  return (app.server.address() as AddressInfo).port;
}

async function countUnfinished(store: Store): Promise<number> {
  const tasks = await store.reader.unendedTasks();
  return tasks.reduce((sum, { phase, counts }) => sum + (phase === 'finishing' ? openCountOf(counts) : 0), 0);
}

async function contentSizeOf(store: Store, taskId: string): Promise<number> {
  const task = await store.reader.task(taskId);
  return task === undefined ? 0 : ((await store.reader.content(task.contentId))?.size ?? 0);
}

function localUrl(address: string, port: number): string {
  if (address === '0.0.0.0') return urlOf('127.0.0.1', port);
  return urlOf(address === '::' ? '::1' : address, port);
}

function urlOf(host: string, port: number): string {
  return `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** A slot is lost when nothing was fetched for so long. */
const SLOT_LEASE_MS = 20_000;
