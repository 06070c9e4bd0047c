/** The contract's schemas as JSON Schema 2020-12, which OpenAPI 3.1 takes: what has a name is described once. */
import type { TSchema } from 'typebox';

export type JsonSchema = Readonly<Record<string, unknown>>;

export class SchemaBook {
  readonly #names: ReadonlyMap<object, string>;
  readonly #described: Record<string, JsonSchema> = {};

  constructor(named: Readonly<Record<string, TSchema>>) {
    this.#names = new Map(Object.entries(named).map(([name, schema]) => [schema, name]));
  }

  /** Of those that were referred to. */
  get components(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries(Object.entries(this.#described).sort(([one], [other]) => (one < other ? -1 : 1)));
  }

  /** A reference where the schema has a name, the schema itself where it has none. */
  refer(schema: object): JsonSchema {
    const name = this.#names.get(schema);
    if (name === undefined) return this.#describe(schema);
    if (this.#described[name] === undefined) {
      this.#described[name] = {};
      this.#described[name] = this.#describe(schema);
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  #describe(schema: object): JsonSchema {
    const described: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(schema) as [string, unknown][]) {
      if (key === 'properties' || key === 'patternProperties') described[key] = this.#eachOf(value as object);
      else if (key === 'anyOf') described[key] = (value as object[]).map((one) => this.refer(one));
      else if (key === 'items' && Array.isArray(value)) {
        // A tuple, in the words of an older draft.
        described['prefixItems'] = (value as object[]).map((one) => this.refer(one));
        described['items'] = false;
      } else if (key === 'items') described[key] = this.refer(value as object);
      else if (key === 'enum') {
        described['type'] = 'string';
        described[key] = value;
      } else if (key !== 'additionalItems') described[key] = value;
    }
    return described;
  }

  #eachOf(schemas: object): JsonSchema {
    return Object.fromEntries(
      Object.entries(schemas).map(([name, schema]: [string, object]) => [name, this.refer(schema)]),
    );
  }
}
