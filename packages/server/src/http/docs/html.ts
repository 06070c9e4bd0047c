/** Text that is safe within HTML, and HTML that was made of such text. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A template whose values are escaped, unless they are HTML already. */
export function html(
  strings: TemplateStringsArray,
  ...values: readonly (string | number | Html | readonly Html[])[]
): Html {
  const parts = strings.map((string, index) => `${string}${index < values.length ? textOf(values[index]!) : ''}`);
  return new Html(parts.join(''));
}

function textOf(value: string | number | Html | readonly Html[]): string {
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return (value as readonly Html[]).map(({ text }) => text).join('');
  return `${value as string | number}`.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
