/** `rollcall sign-in`: a link that opens the console, signed in; and the browsers that are signed in. */
import { limits, type SignInLink } from '@rollcall/api';
import type { Command } from 'commander';
import { formatTime } from '../output/format.ts';
import { addExample, addServerOptions, withClient, type CommonFlags } from './options.ts';

export function registerSignIn(program: Command): void {
  const signIn = program
    .command('sign-in')
    .description('open the console: one-time links, and browsers that are signed in');

  addExample(
    addServerOptions(
      signIn
        .command('link', { isDefault: true })
        .description('print a link that signs one browser in, once and soon')
        .option('--operator <name>', 'as somebody else (needs the role admin)'),
    ),
    'rollcall sign-in --data /var/lib/rollcall',
    'rollcall sign-in --operator ada',
  ).action(async (flags: CommonFlags & { operator?: string }) => {
    await withClient(flags, async (client, output) => {
      const body = flags.operator === undefined ? {} : { operator: flags.operator };
      const link = await client.call('createSignInLink', { body });
      output.result(link, () => link.url);
      if (!output.isJson) output.note(`good once, within ${limits.SIGN_IN_LINK_MINUTES} minutes, for ${link.operator}`);
    });
  });

  addExample(
    addServerOptions(
      signIn
        .command('list')
        .description('browsers that are signed in: your own, for an admin everybody’s')
        .option('--operator <name>', 'only of this operator'),
    ),
    'rollcall sign-in list',
  ).action(async (flags: CommonFlags & { operator?: string }) => {
    await withClient(flags, async (client, output) => {
      const query = flags.operator === undefined ? {} : { operator: flags.operator };
      const signIns = await client.list('listSignIns', { query });
      output.table(
        signIns,
        ['id', 'operator', 'by', 'since', 'last used', 'until', 'from', 'browser'],
        signIns.map((entry) => [
          entry.id,
          entry.operator,
          entry.method,
          formatTime(entry.createdAt),
          formatTime(entry.lastUsedAt),
          formatTime(entry.expiresAt),
          entry.from,
          entry.browser ?? '-',
        ]),
        'nobody is signed in',
      );
    });
  });

  addExample(
    addServerOptions(signIn.command('end <id>').description('sign a browser out; its cookie is void at once')),
    'rollcall sign-in end 5mK0q2Jx3pWc',
  ).action(async (id: string, flags: CommonFlags) => {
    await withClient(flags, async (client, output) => {
      await client.call('endSignIn', { params: { signIn: id } });
      output.result({ id }, () => `${id} is signed out`);
    });
  });
}

/** What `rollcall serve` says for people. Undefined: no link was made. */
export function signInLines(link: SignInLink | undefined, dataDirectory: string): string {
  if (link === undefined) return `sign in by the link that this prints: rollcall sign-in --data ${dataDirectory}`;
  return `sign in (once, within ${limits.SIGN_IN_LINK_MINUTES} minutes): ${link.url}`;
}
