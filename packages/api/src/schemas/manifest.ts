/**
 * The manifest: what one task asks of one device. It travels only on the device's TLS channel, in an envelope that the
 * director has signed (docs/TRUST.md).
 */
import { Type, type Static } from 'typebox';
import { Action } from './action.ts';
import { ContentDescription } from './content.ts';
import { Id, Timestamp } from './scalars.ts';

export const MANIFEST_TYPE = 'application/vnd.rollcall.manifest+json';

export const Manifest = Type.Object({
  taskId: Id,
  attempt: Type.Integer({ minimum: 1 }),
  action: Action,
  content: ContentDescription,
  /** The key of an encrypted content (32 bytes, base64url). It is in no description, so that none that is shown carries it. */
  contentKey: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' })),
  /** The devices that it is for. */
  audience: Type.Array(Id, { minItems: 1, maxItems: 1 }),
  weight: Type.Integer({ minimum: 0 }),
  createdAt: Timestamp,
  notBefore: Timestamp,
  expiresAt: Timestamp,
  timeoutSeconds: Type.Integer({ minimum: 1 }),
  /** Only a device of this platform may carry it out, such as `linux/x64`; absent: any. */
  platform: Type.Optional(Type.String({ maxLength: 64 })),
});
export type Manifest = Static<typeof Manifest>;
