/** `rollcall completion`: what a shell needs to complete this program's commands, options, tasks, devices and webhooks. */
import { limits } from '@rollcall/api';
import { Argument, type Command } from 'commander';
import type { ApiClient } from '../client/api-client.ts';
import { bashCompletion } from '../completion/bash-completion.ts';
import { describeCommands } from '../completion/describe-commands.ts';
import { fishCompletion } from '../completion/fish-completion.ts';
import { zshCompletion } from '../completion/zsh-completion.ts';
import { printable } from '../output/table.ts';
import type { ServerFlags } from '../settings.ts';
import { addExample, withClient } from './options.ts';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

export function registerCompletion(program: Command): void {
  const completion = program.command('completion').description('print completion for a shell');
  for (const [shell, make] of Object.entries(SHELLS)) {
    addExample(
      completion.command(shell).description(`completion for ${shell}`),
      INSTALLED[shell as keyof typeof SHELLS],
    ).action(() => void process.stdout.write(make(describeCommands(program))));
  }
  completion
    .command('values', { hidden: true })
    .description('for the scripts: what can stand there')
    .addArgument(new Argument('<kind>').choices(Object.keys(VALUES)))
    .argument('[words...]', 'the command line so far')
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (kind: keyof typeof VALUES, words: readonly string[]) => {
      // Whatever is wrong: in the middle of a command line is no place to say it.
      await printValues(kind, flagsIn(words)).catch(() => undefined);
    });
}

async function printValues(kind: keyof typeof VALUES, flags: ServerFlags): Promise<void> {
  await withClient(flags, async (client) => {
    const lines = (await VALUES[kind](client)).filter((line) => PLAIN.test(line));
    process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  });
}

/** Only what stays one word in any shell: a server that was taken over must not put commands on an operator's line. */
const PLAIN = /^[\w.@+-]+\t/;

const query = { limit: limits.PAGE_LENGTH_MAX };

/** What can stand there, each with a word about it behind a tab. */
const VALUES = {
  tasks: async (client: ApiClient) =>
    (await client.call('listTasks', { query })).tasks.map(
      ({ id, name, state }) => `${id}\t${printable(name)}, ${state}`,
    ),
  devices: async (client: ApiClient) =>
    (await client.call('listDevices', { query })).devices.map(
      ({ name, online }) => `${name}\t${online ? 'online' : 'offline'}`,
    ),
  webhooks: async (client: ApiClient) =>
    (await client.call('listWebhooks', { query })).webhooks.map(({ id, url }) => `${id}\t${printable(url)}`),
};

/** Those by which a command finds its server. A token on the line stays out of another process's arguments. */
function flagsIn(words: readonly string[]): ServerFlags {
  const valueOf = (flag: string): string | undefined => {
    const at = words.lastIndexOf(flag);
    return at < 0 ? undefined : words[at + 1];
  };
  const [server, data, tokenFile] = [valueOf('--server'), valueOf('--data'), valueOf('--token-file')];
  return {
    ...(server === undefined ? {} : { server }),
    ...(data === undefined ? {} : { data }),
    ...(tokenFile === undefined ? {} : { tokenFile }),
  };
}

const INSTALLED = {
  bash: 'rollcall completion bash > /etc/bash_completion.d/rollcall',
  zsh: 'rollcall completion zsh > "${fpath[1]}/_rollcall"',
  fish: 'rollcall completion fish > ~/.config/fish/completions/rollcall.fish',
} as const;
