/** Looks at a JSON text before it is parsed: what is small as text can be large, or deep, as values. */
import { JSON_DEPTH_MAX, JSON_VALUES_MAX } from '../limits.ts';

/** What is too much about it; undefined: nothing. Whether it is JSON at all is the parser's business. */
export function tooHeavy(text: string): string | undefined {
  let depth = 0;
  let values = 1;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        break;
      case OPENING_BRACKET:
      case OPENING_BRACE:
        depth += 1;
        values += 1;
        if (depth > JSON_DEPTH_MAX) return `the body is nested deeper than ${JSON_DEPTH_MAX} levels`;
        break;
      case CLOSING_BRACKET:
      case CLOSING_BRACE:
        depth -= 1;
        break;
      case COMMA:
        values += 1;
        break;
      default:
    }
    if (values > JSON_VALUES_MAX) return `the body has more than ${JSON_VALUES_MAX} values`;
  }
  return undefined;
}

/** Place of the closing quote, or the end of the text. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return at;
  }
  return text.length;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPENING_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
