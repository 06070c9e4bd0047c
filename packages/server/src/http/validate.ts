/** Requests against the schemas of their operation. What is wrong is said by the field's name and what is allowed there. */
import type { FastifySchema, FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Settings } from 'typebox/system';
import { Value } from 'typebox/value';

/** For fastify: query and path are text, so they are converted to what the schema wants; a body is taken as it is. */
export const compileValidator: FastifySchemaCompiler<FastifySchema> = (definition) => {
  const schema = definition.schema as TSchema;
  const validator = Compile(schema);
  const isText = definition.httpPart !== 'body';
  return (data: unknown) => {
    // An operation whose fields are all optional may be called without a body.
    const value = isText ? Value.Convert(schema, data ?? {}) : (data ?? {});
    if (validator.Check(value)) return { value };
    return { error: new Error(explain(validator.Errors(value), definition.httpPart ?? 'request')) };
  };
};

interface SchemaError {
  readonly keyword: string;
  readonly schemaPath: string;
  readonly instancePath: string;
  readonly params: object;
  readonly message: string;
}

function explain(errors: readonly SchemaError[], part: string): string {
  // Of several alternatives, those of another kind (a constant that differs) say nothing about this one.
  const others = errors.filter(({ keyword }) => keyword === 'const').map(({ schemaPath }) => alternativeOf(schemaPath));
  const own = errors.filter(
    ({ schemaPath, keyword }) => keyword !== 'anyOf' && !others.includes(alternativeOf(schemaPath)),
  );
  const told = (own.length > 0 ? own : errors).slice(0, ERRORS_TOLD_MAX);
  if (told.length === 0) return `the ${part} is not as the operation wants it`;
  const text = told.map((error) => sentence(error, part)).join('; ');
  return text.length <= EXPLANATION_CHARACTERS_MAX ? text : `${text.slice(0, EXPLANATION_CHARACTERS_MAX)}…`;
}

function alternativeOf(schemaPath: string): string | undefined {
  return /^.*?\/anyOf\/\d+/.exec(schemaPath)?.[0];
}

function sentence({ instancePath, message, params, keyword }: SchemaError, part: string): string {
  const field = instancePath === '' ? `the ${part}` : instancePath.slice(1).replaceAll('/', '.');
  const allowed = params as { readonly allowedValues?: readonly unknown[]; readonly allowedValue?: unknown };
  if (keyword === 'enum' && allowed.allowedValues !== undefined) {
    return `${field} must be one of ${allowed.allowedValues.map(String).join(', ')}`;
  }
  if (keyword === 'const') return `${field} must be ${String(allowed.allowedValue)}`;
  return `${field} ${message}`;
}

const ERRORS_TOLD_MAX = 5;

/** A field's name may be as long as the caller likes, and a list of what is allowed has dozens of words. */
const EXPLANATION_CHARACTERS_MAX = 1500;

// The alternatives of a union alone are more than it would find by default.
Settings.Set({ maxErrors: 64 });
