import { isName, limits } from '@rollcall/api';
import { InvalidArgumentError } from 'commander';

/** A name by the rule that the server has: one that cannot be is said before anybody is asked. */
export function nameOption(text: string): string {
  if (isName(text)) return text;
  throw new InvalidArgumentError(
    `"${text}" is no name: letters, digits and . _ @ + -, at most ${limits.NAME_LENGTH_MAX}, a letter or a digit first`,
  );
}
