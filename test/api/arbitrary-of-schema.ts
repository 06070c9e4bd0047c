/** Values that a JSON schema describes, and now and then what names something that is there. */
import fc from 'fast-check';

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema | false;
  readonly prefixItems?: readonly Schema[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
}

/** Stands for something of this kind that is there when the request is made. */
export class Known {
  readonly pool: string;
  readonly index: number;

  constructor(pool: string, index: number) {
    this.pool = pool;
    this.index = index;
  }
}

export interface Source {
  readonly resolve: (reference: string) => Schema;
  /** The pool of what a field of this name means; undefined: anything does. */
  readonly poolOf: (field: string) => string | undefined;
}

function arbitraryOf(schema: Schema, source: Source): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) return arbitraryOf(source.resolve(schema.$ref), source);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((one) => arbitraryOf(one, source)));
  const { minimum = 0, maximum = Math.min(Number.MAX_SAFE_INTEGER, minimum + 1_000_000) } = schema;
  switch (schema.type) {
    case 'object':
      return objectOf(schema, source);
    case 'array':
      return arrayOf(schema, source);
    case 'string':
      return stringOf(schema);
    case 'integer':
      return fc.integer({ min: minimum, max: maximum });
    case 'number':
      return fc.double({ min: minimum, max: maximum, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return fc.constant('anything');
  }
}

/** Of a field: what is there, mostly, or whatever its schema allows. */
export function fieldOf(name: string, schema: Schema, source: Source): fc.Arbitrary<unknown> {
  const pool = source.poolOf(name);
  const any = arbitraryOf(schema, source);
  if (pool === undefined) return any;
  const known = fc.nat({ max: 1000 }).map((index) => new Known(pool, index));
  // Another process of the same device would shut out the one that asks everything else.
  if (pool === 'instances') return known;
  return fc.oneof({ weight: 4, arbitrary: known }, { weight: 1, arbitrary: any });
}

function objectOf(schema: Schema, source: Source): fc.Arbitrary<unknown> {
  const fields = Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([name, field]) => [name, fieldOf(name, field, source)]),
  );
  const own = fc.record(fields, { requiredKeys: [...(schema.required ?? [])] });
  const patterns = Object.entries(schema.patternProperties ?? {});
  if (patterns.length === 0) return own;
  const [pattern, value] = patterns[0]!;
  const keys = fc.stringMatching(new RegExp(pattern)).filter((key) => key !== '__proto__' && key.length < 64);
  const further = fc.dictionary(keys, arbitraryOf(value, source), { maxKeys: 3 });
  return fc.tuple(further, own).map(([more, fixed]) => ({ ...more, ...fixed }));
}

function arrayOf({ items, prefixItems, minItems = 0, maxItems = 3 }: Schema, source: Source): fc.Arbitrary<unknown> {
  if (prefixItems !== undefined) return fc.tuple(...prefixItems.map((one) => arbitraryOf(one, source)));
  const item = items === undefined || items === false ? fc.constant(0) : arbitraryOf(items, source);
  return fc.array(item, { minLength: minItems, maxLength: Math.max(minItems, Math.min(maxItems, 3)) });
}

function stringOf({ pattern, minLength = 0, maxLength = 64 }: Schema): fc.Arbitrary<string> {
  const max = Math.max(minLength, Math.min(maxLength, 64));
  if (pattern === undefined) return fc.string({ minLength, maxLength: max, unit: 'grapheme' });
  const form = new RegExp(pattern, 'u');
  // What is matched is mostly short: said again and again it is long enough.
  const lengthen = (text: string) => (text === '' ? text : text.repeat(Math.ceil(minLength / text.length)));
  return fc
    .stringMatching(form, { maxLength: max })
    .map((text) => (text.length < minLength ? lengthen(text) : text).slice(0, max))
    .filter((text) => text.length >= minLength && form.test(text));
}
