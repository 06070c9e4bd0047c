/** What the handlers of operations work with. Each takes only the parts that it needs. */
import type { ServerNetwork } from '@rollcall/api';
import type { Logger } from 'pino';
import type { AuditLog } from './audit/audit-log.ts';
import type { ServerConfig } from './config.ts';
import type { ContentKeeper } from './content-keeper.ts';
import type { AuditCheckpoints } from './audit/audit-checkpoints.ts';
import type { CertificateAuthority } from './certificates/certificate-authority.ts';
import type { Director } from './certificates/director.ts';
import type { DoorCertificates } from './certificates/door-certificates.ts';
import type { ContentRoom, Store } from './core/ports.ts';
import type { Presence } from './core/presence.ts';
import type { Patience } from './http/door.ts';
import type { DeviceSockets } from './live/device-sockets.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { Scrape } from './metrics/scrape.ts';
import type { Readiness } from './readiness.ts';
import type { IdempotencyKeys } from './http/idempotency.ts';
import type { DeviceStreams } from './live/device-streams.ts';
import type { EventHub } from './live/event-hub.ts';
import type { OperatorStreams } from './live/operator-streams.ts';
import type { ProgressHistory } from './live/progress-history.ts';
import type { PresenceKeeper } from './live/presence-keeper.ts';
import type { ProbeDesk } from './probe/probe-desk.ts';
import type { IdentityProvider } from './sign-in/oidc/identity-provider.ts';
import type { SignIns } from './sign-in/sign-ins.ts';
import type { MulticastConductor } from './task-handler/multicast-conductor.ts';
import type { TaskHandler } from './task-handler/task-handler.ts';
import type { CompletionDesk } from './unicast/completion-desk.ts';
import type { UnicastPace } from './unicast/paced-stream.ts';
import type { Webhooks } from './webhooks/webhooks.ts';

export interface ServerContext {
  readonly log: Logger;
  readonly config: Pick<ServerConfig, 'multicast' | 'unicast'>;
  /** UTC, for what is stored and told. The clock may jump. */
  readonly now: () => number;
  /** Milliseconds that only go forward, for every interval. */
  readonly monotonicNow: () => number;
  readonly newId: () => string;
  readonly store: Store;
  readonly audit: AuditLog;
  readonly keys: IdempotencyKeys;
  readonly content: ContentRoom;
  readonly contentKeeper: ContentKeeper;
  readonly authority: CertificateAuthority;
  readonly checkpoints: AuditCheckpoints;
  /** Signs manifests and the time. */
  readonly director: Director;
  readonly doorCertificates: DoorCertificates;
  readonly presence: Presence;
  readonly presenceKeeper: PresenceKeeper;
  readonly hub: EventHub;
  readonly deviceStreams: DeviceStreams;
  readonly deviceSockets: DeviceSockets;
  readonly operatorStreams: OperatorStreams;
  readonly signIns: SignIns;
  /** Undefined: there is none to sign in by. */
  readonly identityProvider: IdentityProvider | undefined;
  readonly tasks: TaskHandler;
  readonly conductor: MulticastConductor;
  readonly progressHistory: ProgressHistory;
  readonly desk: CompletionDesk;
  readonly metrics: Metrics;
  readonly scrape: Scrape;
  readonly readiness: Readiness;
  readonly probes: ProbeDesk;
  readonly webhooks: Webhooks;
  /** How this server sends, as the machine's interfaces are now. */
  readonly network: () => ServerNetwork;
  readonly unicastRate: UnicastPace | undefined;
  /** Undefined: as usual. */
  readonly patience: Patience | undefined;
  /** Where clients reach the doors; known once these listen. */
  readonly addresses: DoorAddresses;
}

export interface DoorAddresses {
  readonly url: string;
  /** Where browsers reach the console: the same, or a proxy. */
  readonly consoleUrl: string;
  /** For a client that came to the operators' door by this host. */
  deviceUrlFor(host: string): string;
}
