/** What a task does on a device: one of four kinds. The device's own configuration decides what it allows. */
import { Type, type Static } from 'typebox';
import { NAME_LENGTH_MAX, PATH_LENGTH_MAX, RELEASES_KEPT_MAX } from '../limits.ts';
import { Id, Name } from './scalars.ts';

export const TASK_KINDS = ['copy', 'install', 'update', 'batch'] as const;
export type TaskKind = (typeof TASK_KINDS)[number];

const FileName = Type.String({ minLength: 1, maxLength: 255, pattern: '^[^/\\u0000]+$' });
const Path = Type.String({ minLength: 1, maxLength: PATH_LENGTH_MAX, pattern: '^[^\\u0000]+$' });
const Version = Type.String({ minLength: 1, maxLength: NAME_LENGTH_MAX, pattern: '^[A-Za-z0-9][A-Za-z0-9.+~:-]*$' });
const PackageKind = Type.Enum(['app', 'deb']);

const CopyAction = Type.Object({
  kind: Type.Literal('copy'),
  /** Where to: below one of the device's allowed roots; relative: below the first. */
  to: Path,
  /** One file, or a tree that travels as one archive. */
  form: Type.Enum(['file', 'tree']),
  /** Base name of the source. */
  name: FileName,
  /** Permission bits and modification time of a file; a tree has them in its archive. */
  mode: Type.Optional(Type.Integer({ minimum: 0, maximum: 0o7777 })),
  mtimeMs: Type.Optional(Type.Integer({ minimum: 0 })),
});

const packageFields = {
  app: Name,
  version: Version,
  packageKind: PackageKind,
  packageName: FileName,
  /** Files inside the package, run without a shell. */
  script: Type.Optional(Path),
  health: Type.Optional(Path),
};

const InstallAction = Type.Object({
  kind: Type.Literal('install'),
  ...packageFields,
  /** It may bring an older version than the device had; absent: it may not. */
  allowDowngrade: Type.Optional(Type.Boolean()),
});

const UpdateAction = Type.Object({
  kind: Type.Literal('update'),
  ...packageFields,
  /** Range of installed versions that may be updated (semver). */
  from: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
  keep: Type.Integer({ minimum: 1, maximum: RELEASES_KEPT_MAX }),
  allowDowngrade: Type.Boolean(),
});

const BatchAction = Type.Object({
  kind: Type.Literal('batch'),
  channel: Name,
  batchId: Id,
  /** Ascending within the channel, given by the server. */
  sequence: Type.Integer({ minimum: 1 }),
  name: FileName,
});

export const Action = Type.Union([CopyAction, InstallAction, UpdateAction, BatchAction]);
export type Action = Static<typeof Action>;

/** What the operator asks for: an action without what the server adds (batch id and sequence). */
export const RequestedAction = Type.Union([
  CopyAction,
  InstallAction,
  UpdateAction,
  Type.Omit(BatchAction, ['batchId', 'sequence']),
]);
export type RequestedAction = Static<typeof RequestedAction>;
