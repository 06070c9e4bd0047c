/** The small schemas that the others are made of. */
import { Type } from 'typebox';
import { LABEL_LENGTH_MAX, LABELS_MAX, NAME_LENGTH_MAX } from '../limits.ts';

/** UUIDv7, or any id of ours: no longer than a name and harmless in a path. */
export const Id = Type.String({ minLength: 1, maxLength: NAME_LENGTH_MAX, pattern: '^[A-Za-z0-9._:-]+$' });

const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._@+-]*$/;

/** A name that is safe as one component of a path and on a command line. */
export const Name = Type.String({
  minLength: 1,
  maxLength: NAME_LENGTH_MAX,
  pattern: NAME_PATTERN.source,
});

/** The same rule, for whoever asks before a request is made. */
export function isName(text: string): boolean {
  return text.length <= NAME_LENGTH_MAX && NAME_PATTERN.test(text);
}

/** UTC, milliseconds since 1970. */
export const Timestamp = Type.Integer({ minimum: 0 });

export const ByteCount = Type.Integer({ minimum: 0 });

export const Sha256Hex = Type.String({ pattern: '^[0-9a-f]{64}$' });

export const Labels = Type.Record(
  Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$' }),
  Type.String({ maxLength: LABEL_LENGTH_MAX }),
  { maxProperties: LABELS_MAX },
);

/** A schema of one of several strings. */
export function oneOf<const Values extends readonly string[]>(values: Values): Type.TEnum<[...Values]> {
  return Type.Enum<[...Values]>([...values]);
}

export const nullable = <Schema extends Type.TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
