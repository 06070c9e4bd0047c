/** `--channel NAME=COMMAND`: the command's words, as a program and its arguments. There is no shell behind it. */
import { usageError } from '../exit-code.ts';
import { splitPair } from './options.ts';

export type ChannelPolicy = { readonly command: readonly string[] } | { readonly spool: string };

const SPOOL_PREFIX = 'spool:';

export function parseChannel(text: string): readonly [name: string, policy: ChannelPolicy] {
  const [name, command] = splitPair(text);
  if (command.startsWith(SPOOL_PREFIX)) return [name, { spool: command.slice(SPOOL_PREFIX.length) }];
  const words = splitWords(command);
  if (words.length === 0) throw usageError(`channel "${name}" has no command`);
  return [name, { command: words }];
}

/** Words apart by spaces; single and double quotes hold one together. */
function splitWords(text: string): string[] {
  const words: string[] = [];
  const pattern = /\s*((?:[^\s'"]|'[^']*'|"[^"]*")+)/gy;
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    words.push(
      match[1]!.replace(/'([^']*)'|"([^"]*)"/g, (_, single?: string, double?: string) => single ?? double ?? ''),
    );
    end = match.index + match[0].length;
  }
  if (text.slice(end).trim() !== '') throw usageError(`a quote is not closed in: ${text}`);
  return words;
}
