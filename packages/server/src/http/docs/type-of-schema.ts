/** A JSON schema as a type, the way TypeScript writes it: what a reader takes in at a glance. Names are links. */
import { html, Html } from './html.ts';

export interface ReadSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly ReadSchema[];
  readonly allOf?: readonly ReadSchema[];
  readonly properties?: Readonly<Record<string, ReadSchema>>;
  readonly patternProperties?: Readonly<Record<string, ReadSchema>>;
  readonly required?: readonly string[];
  readonly items?: ReadSchema | false;
  readonly description?: string;
  readonly prefixItems?: readonly ReadSchema[];
}

export function typeOfSchema(schema: ReadSchema, indent = ''): Html {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  if (schema.const !== undefined) return html`${JSON.stringify(schema.const)}`;
  if (schema.enum !== undefined)
    return joined(
      schema.enum.map((value) => html`${JSON.stringify(value)}`),
      ' | ',
    );
  if (schema.anyOf !== undefined)
    return joined(
      schema.anyOf.map((one) => typeOfSchema(one, indent)),
      ' | ',
    );
  if (schema.allOf !== undefined) return typeOfSchema(schema.allOf[0] ?? {}, indent);
  if (schema.prefixItems !== undefined) {
    return html`[${joined(
      schema.prefixItems.map((one) => typeOfSchema(one, indent)),
      ', ',
    )}]`;
  }
  if (schema.type === 'array')
    return html`(${typeOfSchema(schema.items === false ? {} : (schema.items ?? {}), indent)})[]`;
  if (schema.type === 'object') return typeOfObject(schema, indent);
  return html`${schema.type ?? 'anything'}`;
}

function typeOfObject({ properties = {}, patternProperties = {}, required = [] }: ReadSchema, indent: string): Html {
  const inner = `${indent}  `;
  const lines = [
    ...Object.entries(properties).map(
      ([name, property]) =>
        html`${wordsOf(property, inner)}${inner}${name}${required.includes(name) ? '' : '?'}:
        ${typeOfSchema(property, inner)}${NEWLINE}`,
    ),
    ...Object.values(patternProperties).map((value) => html`${inner}[name]: ${typeOfSchema(value, inner)}${NEWLINE}`),
  ];
  return lines.length === 0 ? html`{}` : html`{${NEWLINE}${lines}${indent}}`;
}

function wordsOf({ description }: ReadSchema, indent: string): Html {
  return description === undefined ? html`` : html`${indent}<span class="words">// ${description}</span>${NEWLINE}`;
}

/** Given as a value: written in a template, it would be white space to whatever formats this file. */
const NEWLINE = '\n';

function joined(parts: readonly Html[], separator: string): Html {
  return new Html(parts.map(({ text }) => text).join(separator));
}
