/** `rollcall operator` and `rollcall login`: who may do what, and from this machine. */
import { ROLES, type Role } from '@rollcall/api';
import { Option, type Command } from 'commander';
import { ApiClient, asCommandError } from '../client/api-client.ts';
import { formatTime } from '../output/format.ts';
import { Output } from '../output/output.ts';
import { configFilePath, requireToken, saveConfig } from '../settings.ts';
import { addExample, addServerOptions, durationOption, withClient, type CommonFlags } from './options.ts';

export function registerOperator(program: Command): void {
  const operator = program.command('operator').description('create, list and remove operators');

  addExample(
    addServerOptions(
      operator
        .command('create <name>')
        .description('create an operator; the token is shown this once')
        .addOption(new Option('--role <role>', 'what the operator may do').choices(ROLES).default('operator'))
        .option('--scope <selector>', 'only devices of these labels or names, such as site=north')
        .option('--ttl <duration>', 'how long the token is good (default: until it is removed)', durationOption),
    ),
    'rollcall operator create ada --role operator --data /var/lib/rollcall',
    "rollcall operator create ada --role operator --scope 'site=north' --ttl 90d",
  ).action(async (name: string, flags: CommonFlags & { role: Role; scope?: string; ttl?: number }) => {
    await withClient(flags, async (client, output) => {
      const made = await client.call('createOperator', {
        body: {
          name,
          role: flags.role,
          ...(flags.scope === undefined ? {} : { scope: flags.scope }),
          ...(flags.ttl === undefined ? {} : { ttlSeconds: Math.max(1, Math.round(flags.ttl / 1000)) }),
        },
      });
      output.result(
        { ...made.operator, token: made.token, url: made.url },
        () =>
          `operator ${made.operator.name} (${made.operator.role}) logs in with:\n  rollcall login ${made.url} --token ${made.token}`,
      );
    });
  });

  addExample(addServerOptions(operator.command('list').description('all operators')), 'rollcall operator list').action(
    async (flags: CommonFlags) => {
      await withClient(flags, async (client, output) => {
        const operators = await client.list('listOperators');
        output.table(
          operators,
          ['name', 'role', 'scope', 'created', 'expires', 'last used', 'from'],
          operators.map((entry) => [
            entry.name,
            entry.role,
            entry.scope ?? 'all',
            formatTime(entry.createdAt),
            formatTime(entry.expiresAt),
            formatTime(entry.lastUsedAt),
            entry.lastUsedFrom ?? '-',
          ]),
          'no operators',
        );
      });
    },
  );

  addExample(
    addServerOptions(operator.command('remove <name>').description('remove an operator; the token is void at once')),
    'rollcall operator remove ada',
  ).action(async (name: string, flags: CommonFlags) => {
    await withClient(flags, async (client, output) => {
      await client.call('removeOperator', { params: { name } });
      output.result({ name }, () => `operator ${name} is removed`);
    });
  });

  addExample(
    program
      .command('login <url>')
      .description('check a token against its server and keep both for this user')
      .option('--token <token>', 'operator token; "-" reads it from standard input (or ROLLCALL_TOKEN)')
      .option('--token-file <file>', 'file with the operator token')
      .option('--json', 'one JSON document'),
    'rollcall login https://rollcall.example:7443 --token rco.…',
  ).action(async (url: string, flags: { token?: string; tokenFile?: string; json?: boolean }) => {
    const token = requireToken(flags);
    await using client = await ApiClient.connect({ url, token });
    const self = await client.call('whoAmI').catch((error: unknown) => {
      throw asCommandError(error);
    });
    saveConfig({ url, token });
    new Output(flags.json === true).result(
      { url, name: self.name, role: self.role },
      () => `logged in to ${url} as ${self.name} (${self.role}); kept in ${configFilePath()}`,
    );
  });
}
