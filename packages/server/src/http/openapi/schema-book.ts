/** The contract's schemas as JSON Schema 2020-12, which OpenAPI 3.1 takes: what has a name is described once. */
import type { TSchema } from 'typebox';
import { wordsOf } from './field-words.ts';

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

  /** A reference where the schema has a name, the schema itself where it has none. @param owner what its fields are of */
  refer(schema: object, owner: string): JsonSchema {
    const name = this.#names.get(schema);
    if (name === undefined) return this.#describe(schema, owner);
    if (this.#described[name] === undefined) {
      this.#described[name] = {};
      this.#described[name] = this.#describe(schema, name);
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  #describe(schema: object, owner: string): JsonSchema {
    const described: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(schema) as [string, unknown][]) {
      if (key === 'properties') described[key] = this.#fieldsOf(value as object, owner);
      else if (key === 'patternProperties') described[key] = this.#eachOf(value as object, owner);
      else if (key === 'anyOf') described[key] = (value as object[]).map((one) => this.refer(one, owner));
      else if (key === 'items' && Array.isArray(value)) {
        // A tuple, in the words of an older draft.
        described['prefixItems'] = (value as object[]).map((one) => this.refer(one, owner));
        described['items'] = false;
      } else if (key === 'items') described[key] = this.refer(value as object, owner);
      else if (key === 'enum') {
        described['type'] = 'string';
        described[key] = value;
      } else if (key !== 'additionalItems') described[key] = value;
    }
    return described;
  }

  /** With their words: what a schema says of itself, or what its field is. */
  #fieldsOf(schemas: object, owner: string): JsonSchema {
    return Object.fromEntries(
      Object.entries(schemas).map(([name, schema]: [string, object]) => {
        const described = this.refer(schema, `${owner}.${name}`);
        const description = described['description'] ?? wordsOf(owner, name);
        return [name, description === undefined ? described : { ...described, description }];
      }),
    );
  }

  #eachOf(schemas: object, owner: string): JsonSchema {
    return Object.fromEntries(
      Object.entries(schemas).map(([name, schema]: [string, object]) => [name, this.refer(schema, owner)]),
    );
  }
}
