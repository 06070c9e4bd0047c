import type { Static, TSchema } from 'typebox';
import { Check } from 'typebox/value';

/** Whether a value is what a schema describes. Fields that the schema does not name are let through: a newer peer may send them. */
export function isOf<Schema extends TSchema>(schema: Schema, value: unknown): value is Static<Schema> {
  return Check(schema, value);
}
