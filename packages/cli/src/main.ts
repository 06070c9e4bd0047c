/** `rollcall`: maps words and flags to operations, and errors to exit codes. */
import { CommanderError, InvalidArgumentError, type Command } from 'commander';
import { CarefulCommand } from './careful-command.ts';
import { CommandError, EXIT } from './exit-code.ts';
import { textForTerminal } from './output/for-terminal.ts';
import { VERSION } from './version.ts';

export { manPages } from './man/man-pages.ts';

const FIRST_STEPS = `
First steps:
  $ rollcall serve --data /var/lib/rollcall              on the server; prints a link to its console
  $ rollcall token create --data /var/lib/rollcall       there as well; prints the command that joins a device
  $ rollcall agent --data /var/lib/rollcall-agent        on each device, once it has joined
  $ rollcall task create copy menu.pdf --to menus/ --target all --data /var/lib/rollcall --wait`;

const EXIT_CODES = `
Exit codes: 0 ok, 1 failed, 2 usage, 3 can no longer succeed, 4 timeout, 5 not found, 6 not allowed,
130 interrupted, 141 nobody reads the output any more.
Which server is meant comes from flags, then the environment (ROLLCALL_SERVER, ROLLCALL_TOKEN, ROLLCALL_DATA), then
~/.config/rollcall; serve, join and agent are told their own directory by --data alone.`;

/**
 * The commands; of a `cast` no other, so that a quick transfer does not wait for the API's schemas to load, and none to
 * tell the version.
 */
export async function buildProgram(word: string | undefined): Promise<Command> {
  const program = new CarefulCommand('rollcall')
    .description('Send once, call the roll, finish the absent: tasks for many devices over a network.')
    .version(VERSION)
    // A flag belongs to the command before it: `task create install … --version 2.0` is the package's version.
    .enablePositionalOptions()
    .addHelpText('after', FIRST_STEPS)
    .addHelpText('after', EXIT_CODES);
  if (word === 'cast') (await import('./commands/cast.ts')).registerCast(program);
  else if (word !== '--version' && word !== '-V') {
    (await import('./commands/every-command.ts')).registerEveryCommand(program);
  }
  everyCommand(program, (command) => {
    command.exitOverride().showSuggestionAfterError(true).configureHelp({ sortSubcommands: false });
  });
  return program;
}

export async function run(argv: readonly string[]): Promise<number> {
  process.stdout.on('error', endUnread);
  try {
    const program = await buildProgram(argv[0]);
    await program.parseAsync([...argv], { from: 'user' });
    // What a command found may say more than that it ran.
    return Number(process.exitCode ?? EXIT.ok);
  } catch (error) {
    return report(error);
  }
}

/** Who reads no further (`… | head`) has seen enough: the end is the one that SIGPIPE brings, which Node.js keeps off. */
function endUnread(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.unread);
}

function report(error: unknown): number {
  // Commander has printed its message already; without a command it has printed the help. Not so when a command found
  // an argument invalid by itself.
  const isInvalid = error instanceof InvalidArgumentError;
  if (error instanceof CommanderError && !isInvalid) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`rollcall: ${textForTerminal(message)}\n`);
  if (process.env['ROLLCALL_DEBUG'] !== undefined && error instanceof Error)
    process.stderr.write(`${error.stack ?? ''}\n`);
  if (isInvalid) return EXIT.usage;
  return error instanceof CommandError ? error.exitCode : EXIT.failed;
}

function everyCommand(command: Command, apply: (command: Command) => void): void {
  apply(command);
  for (const child of command.commands) everyCommand(child, apply);
}
