/** Text with styles, cut to a width before it becomes escape sequences: those have none. */
export type Style = 'plain' | 'bold' | 'dim' | 'green' | 'cyan' | 'blue' | 'yellow' | 'magenta' | 'red';

export interface Span {
  readonly text: string;
  readonly style: Style;
}

export const plain = (text: string): Span => ({ text, style: 'plain' });
export const styled = (style: Style, text: string): Span => ({ text, style });

/** One line of at most so many columns. Without colours, only weight is shown: NO_COLOR asks for no colour, not for no style. */
export function drawLine(spans: readonly Span[], columns: number, useColor: boolean): string {
  let left = columns;
  let line = '';
  for (const { text, style } of spans) {
    const characters = Array.from(text);
    const shown = characters.length <= left ? text : characters.slice(0, left).join('');
    left -= Math.min(left, characters.length);
    const code = useColor ? CODES[style] : WEIGHTS[style];
    if (shown !== '') line += code === undefined ? shown : `\u001B[${code}m${shown}\u001B[0m`;
  }
  return line;
}

/** Select Graphic Rendition (ECMA-48 §8.3.117). */
const CODES: Readonly<Partial<Record<Style, number>>> = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
  cyan: 36,
};
const WEIGHTS: Readonly<Partial<Record<Style, number>>> = { bold: 1, red: 1 };
