/**
 * Text and JSON as they may go to a terminal. What devices print, and what other machines call themselves, is in both: no byte
 * of theirs is a command to the terminal of the operator who looks at it (to paste, to rename itself, to overwrite lines).
 */
import { stripVTControlCharacters } from 'node:util';

/** Lines stay lines; colours and the like are taken out, and any other control character is a space. */
export function textForTerminal(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\r+(?=\n)/g, '')
    .replace(/[^\P{Cc}\n\t]/gu, ' ');
}

/** The same value. JSON itself leaves DEL and C1 as they are, of which U+009B begins a command in some terminals. */
export function jsonForTerminal(document: unknown): string {
  return JSON.stringify(document).replace(
    /[\u007f-\u009f]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
  );
}
