import type { Static, TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';

/** A device checks the same few schemas for as long as it runs: compiled, each costs a tenth of being interpreted. */
const compiled = new WeakMap<TSchema, Validator>();

/** Whether a value is what a schema describes. Fields that the schema does not name are let through: a newer peer may send them. */
export function isOf<Schema extends TSchema>(schema: Schema, value: unknown): value is Static<Schema> {
  let validator = compiled.get(schema);
  if (validator === undefined) compiled.set(schema, (validator = Compile<TSchema>(schema)));
  return validator.Check(value);
}
