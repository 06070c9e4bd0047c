import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { operations } from '@rollcall/api';
import type { Operation } from '@rollcall/api';
import { Random } from '@rollcall/norm';
import { createDoor } from '../../../packages/server/src/http/door.ts';
import { compileValidator } from '../../../packages/server/src/http/validate.ts';
import { schemaOf } from '../../../packages/server/src/http/register-routes.ts';
import { REFUSED } from '../fuzz-target.ts';
import type { FuzzTarget, Outcome } from '../fuzz-target.ts';
import { mutateJson } from '../json-mutator.ts';
import { sampleOf } from '../sample-of-schema.ts';
import type { JsonSchema } from '../sample-of-schema.ts';

type Part = 'body' | 'querystring' | 'params';
interface Edge {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly validate: (value: unknown) => { readonly value: unknown } | { readonly error: Error };
}

/** What a caller is told at most, whatever was wrong with the request. */
const ERROR_LENGTH_MAX = 2048;
const SAMPLES_EACH = 8;

/**
 * Every schema of every operation, at the edge as the doors have it: the JSON parser, then the validator. A case is the
 * number of a schema (one byte) and the text.
 */
export function openApiRequests(seed: number): FuzzTarget {
  // A door that nobody opens: it logs nothing.
  const parse = createDoor({}, {} as never).app.getDefaultJsonParser('error', 'error');
  const edges = Object.values<Operation>(operations).flatMap(edgesOf);
  const random = new Random(seed);
  const samples = edges.map(({ schema }) => Array.from({ length: SAMPLES_EACH }, () => sampleOf(schema, random)));
  const caseOf = (index: number, text: string): Uint8Array => Buffer.concat([Uint8Array.of(index), Buffer.from(text)]);
  return {
    name: 'api-requests',
    sizeMax: 16 * 1024,
    millisMax: 100,
    shortCount: 15_000,
    corpus: samples.flatMap((values, index) => values.map((value) => caseOf(index, JSON.stringify(value)))),
    dictionary: ['__proto__', '":', ',"', '[[', '{"', 'null', '\\u0000', '1e999'].map((text) => Buffer.from(text)),
    generate: (random) => {
      const index = random.below(edges.length);
      return caseOf(index, mutateJson(samples[index]![random.below(SAMPLES_EACH)], random));
    },
    check: (bytes) => {
      const edge = edges[(bytes[0] ?? 0) % edges.length]!;
      let answered: { readonly error: Error | null; readonly value: unknown } | undefined;
      void parse(undefined as never, Buffer.from(bytes.subarray(1)).toString('utf8'), (error, value: unknown) => {
        answered = { error, value };
      });
      assert.ok(answered !== undefined, 'the parser answers at once');
      return answered.error === null ? checkValue(edge, answered.value) : REFUSED;
    },
  };
}

function checkValue({ name, schema, validate }: Edge, given: unknown): Outcome {
  const result = validate(given);
  if ('error' in result) {
    assert.ok(result.error.message.length <= ERROR_LENGTH_MAX, `told ${result.error.message.length} characters`);
    return REFUSED;
  }
  const { value } = result;
  // What is let in can be kept as JSON and is taken again from there, meaning the same.
  const again = JSON.parse(JSON.stringify(value)) as unknown;
  assert.ok('value' in validate(again), 'what was accepted is refused after a way through JSON');
  assert.ok(isDeepStrictEqual(again, asJsonHasIt(value)), 'it is not the same after a way through JSON');
  assertOwn(schema, value);
  return { isAccepted: true, what: `${name} ${Object.keys(value as object).length}` };
}

/** JSON has no -0, and no infinity (which is no number to a schema, but may be in a field that no schema names). */
function asJsonHasIt(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : null;
  if (Array.isArray(value)) return value.map(asJsonHasIt);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asJsonHasIt(inner)]));
}

/** A required field is one that the caller wrote, not one that every object has. */
function assertOwn(schema: JsonSchema, value: unknown): void {
  for (const key of schema.required ?? []) assert.ok(Object.hasOwn(value as object, key), `${key} is inherited`);
  assert.ok(Object.getPrototypeOf(value) === Object.prototype, 'its prototype was replaced');
}

function edgesOf(operation: Operation): Edge[] {
  const described: Partial<Record<Part, unknown>> = schemaOf(operation);
  return (['body', 'querystring', 'params'] as const satisfies readonly Part[]).flatMap((httpPart) => {
    const schema = described[httpPart] as JsonSchema | undefined;
    if (schema === undefined) return [];
    const compiled = compileValidator({
      schema: schema as never,
      httpPart,
      method: operation.method,
      url: operation.path,
    });
    return [{ name: `${operation.id}.${httpPart}`, schema, validate: compiled as Edge['validate'] }];
  });
}
