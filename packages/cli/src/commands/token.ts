/** `rollcall token`: join tokens. */
import type { Command } from 'commander';
import { formatLabels, formatTime } from '../output/format.ts';
import {
  addExample,
  addServerOptions,
  collectLabel,
  countOption,
  durationOption,
  optionWithDefault,
  withClient,
  type CommonFlags,
} from './options.ts';

interface CreateFlags extends CommonFlags {
  readonly ttl: number;
  readonly uses: number;
  readonly label?: Readonly<Record<string, string>>;
  readonly replace?: string;
  readonly approve?: boolean;
}

export function registerToken(program: Command): void {
  const token = program.command('token').description('create, list and revoke the tokens with which devices join');

  addExample(
    addServerOptions(
      token
        .command('create')
        .description('create a join token and print the join command')
        .addOption(optionWithDefault('--ttl <duration>', 'how long it can be used', durationOption, '24h'))
        .option('--uses <n>', 'how many devices can join with it', countOption(1, 1_000_000), 1)
        .option('--label <k=v>', 'label of the devices that join with it (repeatable)', collectLabel)
        .option('--replace <name>', 'the device that joins takes the place of this one, whose key is revoked')
        .option('--approve', 'devices that join with it wait for "rollcall device approve"'),
    ),
    'rollcall token create --uses 30 --label site=north',
    'rollcall token create --uses 30 --label site=north --approve',
  ).action(async (flags: CreateFlags) => {
    await withClient(flags, async (client, output) => {
      const made = await client.call('createJoinToken', {
        body: {
          ttlSeconds: Math.max(1, Math.round(flags.ttl / 1000)),
          uses: flags.uses,
          ...(flags.label === undefined ? {} : { labels: flags.label }),
          ...(flags.replace === undefined ? {} : { replaces: flags.replace }),
          ...(flags.approve === true ? { needsApproval: true } : {}),
        },
      });
      output.result(
        made,
        () => `on each device, until ${formatTime(made.expiresAt)} UTC, ${made.usesLeft} in all:\n  ${made.command}`,
      );
    });
  });

  addExample(addServerOptions(token.command('list').description('all join tokens')), 'rollcall token list').action(
    async (flags: CommonFlags) => {
      await withClient(flags, async (client, output) => {
        const tokens = await client.list('listJoinTokens');
        output.table(
          tokens,
          ['id', 'expires', 'uses left', 'labels', 'replaces', 'approval', 'revoked'],
          tokens.map((entry) => [
            entry.id,
            formatTime(entry.expiresAt),
            String(entry.usesLeft),
            formatLabels(entry.labels),
            entry.replaces ?? '',
            entry.needsApproval ? 'yes' : 'no',
            entry.isRevoked ? 'yes' : 'no',
          ]),
          'no join tokens',
        );
      });
    },
  );

  addExample(
    addServerOptions(token.command('revoke <id>').description('revoke a join token; devices that have joined stay')),
    'rollcall token revoke xLmvKq0yYQ73',
  ).action(async (id: string, flags: CommonFlags) => {
    await withClient(flags, async (client, output) => {
      await client.call('revokeJoinToken', { params: { id } });
      output.result({ id }, () => `token ${id} is revoked`);
    });
  });
}
