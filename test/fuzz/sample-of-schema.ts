import type { Random } from '@rollcall/norm';
import { isOf } from '@rollcall/api';

/** What of a JSON schema our schemas use. */
export interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema | readonly JsonSchema[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}

/** Some of them match each pattern that we have. */
const STRINGS: readonly string[] = [
  'a',
  'till-1',
  '0'.repeat(64),
  'linux/x64',
  '1.0.0',
  'all',
  'site=north',
  'north',
  'bin/x.sh',
  'öäü ✓',
  '',
  'https://h:1/',
  // 32 bytes in base64url: a key.
  'A'.repeat(43),
  // A sign-in link: id and secret.
  `${'A'.repeat(12)}.${'A'.repeat(43)}`,
];

/** A value that the schema describes. Throws where it cannot make one: then it has to learn something. */
export function sampleOf(schema: JsonSchema, random: Random): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[random.below(schema.enum.length)];
  if (schema.anyOf !== undefined) return sampleOf(schema.anyOf[random.below(schema.anyOf.length)] ?? {}, random);
  switch (schema.type) {
    case 'object':
      return sampleOfObject(schema, random);
    case 'array':
      return sampleOfArray(schema, random);
    case 'string':
      return sampleOfString(schema, random);
    case 'integer':
    case 'number': {
      const minimum = schema.minimum ?? (random.chance(0.5) ? 0 : -5);
      const maximum = Math.min(schema.maximum ?? Infinity, random.chance(0.1) ? 2 ** 53 - 1 : minimum + 1000);
      const value = minimum + random.fraction() * (maximum - minimum);
      return schema.type === 'integer' ? Math.round(value) : value;
    }
    case 'boolean':
      return random.chance(0.5);
    case 'null':
      return null;
    default:
      return { any: 'thing' };
  }
}

function sampleOfObject(schema: JsonSchema, random: Random): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    const isRequired = schema.required?.includes(key) === true;
    if (isRequired || random.chance(0.5)) value[key] = sampleOf(property, random);
  }
  for (const [pattern, property] of Object.entries(schema.patternProperties ?? {})) {
    const keys = STRINGS.filter((key) => new RegExp(pattern).test(key));
    for (let count = random.below(3); count > 0 && keys.length > 0; count -= 1) {
      value[keys[random.below(keys.length)]!] = sampleOf(property, random);
    }
  }
  return value;
}

function sampleOfArray({ items, minItems = 0, maxItems = 4 }: JsonSchema, random: Random): unknown[] {
  if (Array.isArray(items)) return (items as readonly JsonSchema[]).map((item) => sampleOf(item, random));
  const count = Math.min(maxItems, minItems + random.below(4));
  return Array.from({ length: count }, () => sampleOf((items ?? {}) as JsonSchema, random));
}

function sampleOfString(schema: JsonSchema, random: Random): string {
  const fitting = STRINGS.filter((text) => isOf(schema as never, text));
  if (fitting.length === 0) throw new Error(`no sample string fits ${JSON.stringify(schema)}`);
  return fitting[random.below(fitting.length)]!;
}
