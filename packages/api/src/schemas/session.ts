/** A multicast session as a device is told of it: everything that it needs to listen, and nothing that a datagram could change. */
import { Type, type Static } from 'typebox';
import { ByteCount, Id, Sha256Hex } from './scalars.ts';

export const TASK_MODES = ['multicast', 'broadcast', 'unicast'] as const;
export type TaskMode = (typeof TASK_MODES)[number];

const SessionObject = Type.Object({
  /** Transport object identifier: the NormTransportId of RFC 5740 §4.1. */
  toi: Type.Integer({ minimum: 0, maximum: 65535 }),
  role: Type.Enum(['leaf-table', 'content']),
  contentId: Sha256Hex,
  size: ByteCount,
});

const PacketKey = Type.String({ pattern: '^[0-9a-f]{32}$' });

/** What makes the session's datagrams authentic (docs/PROTOCOL.md, Authentication). Secret: it is in no log and no table. */
export const SessionAuthentication = Type.Object({
  scheme: Type.Enum(['nh-siphash-2-4-128']),
  /** Of the sender's messages; all devices of the session have it. */
  senderKey: PacketKey,
  /** Of this device's feedback. */
  feedbackKey: PacketKey,
  /** How often the sender's sequence had rolled over when this was written. */
  senderRollover: Type.Integer({ minimum: 0, maximum: 0xffffffff }),
  /** With which the device begins to count its own. */
  feedbackRollover: Type.Integer({ minimum: 0, maximum: 0xffffffff }),
});
export type SessionAuthentication = Static<typeof SessionAuthentication>;

export const SessionDescription = Type.Object({
  sessionId: Id,
  siteId: Id,
  mode: Type.Enum(['multicast', 'broadcast']),
  /** Group address and port; in broadcast mode the broadcast address. */
  group: Type.Object({ address: Type.String({ maxLength: 64 }), port: Type.Integer({ minimum: 1, maximum: 65535 }) }),
  /** The only address to accept packets from (source-specific multicast, RFC 4607); absent: any source. */
  sourceAddress: Type.Optional(Type.String({ maxLength: 64 })),
  sender: Type.Object({
    nodeId: Type.Integer({ minimum: 1, maximum: 0xfffffffe }),
    instanceId: Type.Integer({ minimum: 0, maximum: 65535 }),
  }),
  /** This device's NORM node id in the session, given by the server. */
  nodeId: Type.Integer({ minimum: 1, maximum: 0xfffffffe }),
  symbolSize: Type.Integer({ minimum: 64, maximum: 65000 }),
  fec: Type.Object({
    encodingId: Type.Integer({ minimum: 0, maximum: 255 }),
    blockLength: Type.Integer({ minimum: 1, maximum: 65535 }),
    repairSymbolCount: Type.Integer({ minimum: 0, maximum: 255 }),
  }),
  objects: Type.Array(SessionObject, { minItems: 1, maxItems: 16 }),
  authentication: SessionAuthentication,
});
export type SessionDescription = Static<typeof SessionDescription>;
