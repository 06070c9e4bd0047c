/**
 * A probe: datagrams that the server sends as a session would, what of them arrives at devices, and what of the devices'
 * answers arrives at the server. Told over TLS, so that it is known also where no datagram gets through.
 */
import { Type, type Static } from 'typebox';
import {
  PROBE_DATAGRAM_BYTES_MAX,
  PROBE_DATAGRAMS_MAX,
  PROBE_DEVICES_MAX,
  PROBE_SECONDS_MAX,
  SELECTOR_LENGTH_MAX,
} from '../limits.ts';
import { Id, Name, nullable, oneOf, Timestamp } from './scalars.ts';
import { TASK_MODES } from './session.ts';

export const PROBE_PATHS = ['multicast', 'broadcast'] as const;
export type ProbePath = (typeof PROBE_PATHS)[number];

const Address = Type.String({ maxLength: 64 });
const Port = Type.Integer({ minimum: 1, maximum: 65535 });
const Key = Type.String({ pattern: '^[0-9a-f]{64}$' });
const Count = Type.Integer({ minimum: 0, maximum: 1e9 });
const Milliseconds = Type.Integer({ minimum: 0, maximum: 1e9 });
/** One for each of the probe's sizes. */
const Counts = Type.Array(Count, { minItems: 1, maxItems: 4 });
const Message = Type.String({ maxLength: 512 });

/** What a device is told: where to listen, and with which keys. It goes over the device's own TLS channel alone. */
export const ProbeInstruction = Type.Object({
  probeId: Id,
  /** Of the server's datagrams; all devices of the probe have it. */
  key: Key,
  /** Of this device's answers. */
  answerKey: Key,
  /** This device's number in the probe: its answers carry it. */
  number: Type.Integer({ minimum: 1, maximum: PROBE_DEVICES_MAX }),
  /** Bytes of the datagrams that take turns, the smallest first; the last is as long as a session's. */
  sizes: Type.Array(Type.Integer({ minimum: 64, maximum: PROBE_DATAGRAM_BYTES_MAX }), { minItems: 1, maxItems: 4 }),
  datagramCount: Type.Integer({ minimum: 1, maximum: PROBE_DATAGRAMS_MAX }),
  durationSeconds: Type.Integer({ minimum: 1, maximum: PROBE_SECONDS_MAX }),
  reportSeconds: Type.Integer({ minimum: 1, maximum: 60 }),
  paths: Type.Array(
    Type.Object({
      path: oneOf(PROBE_PATHS),
      group: Type.Object({ address: Address, port: Port }),
      sourceAddress: Type.Optional(Address),
    }),
    { minItems: 1, maxItems: 2 },
  ),
});
export type ProbeInstruction = Static<typeof ProbeInstruction>;

const HeardOnPath = Type.Object({
  path: oneOf(PROBE_PATHS),
  received: Counts,
  answersSent: Count,
  /** From the first to the last that was heard, and from the last until now. */
  heardForMs: Milliseconds,
  silentForMs: Milliseconds,
  /** Whether the kernel's table has the membership; null: no group, or the system does not tell. */
  isJoined: nullable(Type.Boolean()),
  /** Why the device could not listen. */
  error: nullable(Message),
});

/** The interface that a side uses, as it says itself. */
const UsedInterface = Type.Object({
  name: Type.String({ maxLength: 64 }),
  address: Address,
  mtu: nullable(Type.Integer({ minimum: 0, maximum: 1e6 })),
});
export type UsedInterface = Static<typeof UsedInterface>;

export const ProbeReport = Type.Object({
  /** The device listens no more. */
  isFinal: Type.Boolean(),
  interface: nullable(UsedInterface),
  /** The interface by which it reaches the server; null: not known. */
  serverInterface: nullable(Type.String({ maxLength: 64 })),
  /** Bytes that the system granted of those that a session asks for; null: not known. */
  receiveBufferBytes: nullable(Count),
  paths: Type.Array(HeardOnPath, { maxItems: 2 }),
});
export type ProbeReport = Static<typeof ProbeReport>;

export const PROBE_VERDICTS = ['reached', 'lossy', 'too_large', 'fading', 'unreached', 'unknown'] as const;
export type ProbeVerdict = (typeof PROBE_VERDICTS)[number];

export const ProbedPath = Type.Object({
  ...HeardOnPath.properties,
  sent: Counts,
  answersHeard: Count,
  verdict: oneOf(PROBE_VERDICTS),
  /** Null: nothing was answered, so nothing is known. */
  isAnswerHeard: nullable(Type.Boolean()),
});
export type ProbedPath = Static<typeof ProbedPath>;

/** What a probe found out about one device. */
export const Reachability = Type.Object({
  device: Type.Object({ id: Id, name: Name }),
  siteId: Id,
  probedAt: Timestamp,
  sizes: Type.Array(Count),
  durationSeconds: Count,
  /** The device has said what it heard; without that nothing is known of it. */
  isReported: Type.Boolean(),
  interface: nullable(UsedInterface),
  serverInterface: nullable(Type.String({ maxLength: 64 })),
  receiveBufferBytes: nullable(Count),
  /** The server's own address on the device's connection. */
  serverAddress: nullable(Address),
  paths: Type.Array(ProbedPath),
});
export type Reachability = Static<typeof Reachability>;

export const ReportProbeAnswer = Type.Object({
  /** The server sends no more: what is heard from now on is late. */
  isOver: Type.Boolean(),
  reachability: Reachability,
});
export type ReportProbeAnswer = Static<typeof ReportProbeAnswer>;

export const CreateProbeRequest = Type.Object({
  /** Devices that are not connected are left out. */
  target: Type.String({ minLength: 1, maxLength: SELECTOR_LENGTH_MAX }),
  durationSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: PROBE_SECONDS_MAX })),
});
export type CreateProbeRequest = Static<typeof CreateProbeRequest>;

/** Where one path of the probe leaves the server. */
const ProbeSender = Type.Object({
  path: oneOf(PROBE_PATHS),
  interface: nullable(UsedInterface),
  group: nullable(Type.Object({ address: Address, port: Port })),
  /** Why nothing could be sent. */
  error: nullable(Message),
});

export const Probe = Type.Object({
  id: Id,
  state: oneOf(['announcing', 'sending', 'ended']),
  startedAt: Timestamp,
  endedAt: nullable(Timestamp),
  durationSeconds: Count,
  senders: Type.Array(ProbeSender),
  devices: Type.Array(Reachability),
});
export type Probe = Static<typeof Probe>;

/** How the server sends, for those who look why it does not arrive. */
export const ServerNetwork = Type.Object({
  mode: oneOf(TASK_MODES),
  group: Type.Object({ address: Address, port: Port }),
  isSourceSpecific: Type.Boolean(),
  interfaces: Type.Array(UsedInterface),
  /** Bytes of a session's largest datagram, without the headers of IP and UDP. */
  datagramBytes: Count,
  url: Type.String(),
  deviceUrl: Type.String(),
});
export type ServerNetwork = Static<typeof ServerNetwork>;

/** The last probe of each device of a site, counted. */
const SiteReachability = Type.Object({
  siteId: Id,
  probedAt: Timestamp,
  deviceCount: Count,
  /** Devices by verdict, of each path. */
  multicast: Type.Record(Type.String(), Count),
  broadcast: Type.Record(Type.String(), Count),
  unheardAnswerCount: Count,
});
export type SiteReachability = Static<typeof SiteReachability>;

export const GetReachabilityAnswer = Type.Object({
  network: ServerNetwork,
  sites: Type.Array(SiteReachability),
  devices: Type.Array(Reachability),
});
