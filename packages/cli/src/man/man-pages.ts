/** The man page of each command, by its file's name. */
import type { Command } from 'commander';
import { examplesOf } from '../commands/options.ts';
import { describeCommands, everyDescribed } from '../completion/describe-commands.ts';
import { VERSION } from '../version.ts';
import { manPage } from './man-page.ts';

/** @param date YYYY-MM-DD, in the pages' foot */
export function manPages(program: Command, date: string): ReadonlyMap<string, string> {
  const pages = everyDescribed(describeCommands(program)).map((described): [string, string] => {
    const isProgram = described.path.length === 1;
    const examples = examplesOf(find(program, described.path.slice(1)));
    const facts = { version: VERSION, date, examples, notes: isProgram ? NOTES : [] };
    return [`${described.path.join('-')}.1`, manPage(described, facts)];
  });
  return new Map(pages);
}

function find(program: Command, words: readonly string[]): Command {
  return words.reduce((command, word) => command.commands.find((child) => child.name() === word)!, program);
}

const NOTES = [
  {
    title: 'EXIT STATUS',
    entries: [
      ['0', 'It went well.'],
      ['1', 'It failed; standard error says why.'],
      ['2', 'The command line is not right.'],
      ['3', 'What was waited for can no longer happen.'],
      ['4', 'The time is over.'],
      ['5', 'There is no such task, device or file.'],
      ['6', 'It is not allowed.'],
      ['130', 'It was interrupted (SIGINT, ctrl-C).'],
      ['141', 'Nobody reads the output any more (SIGPIPE).'],
    ],
  },
  {
    title: 'ENVIRONMENT',
    entries: [
      ['ROLLCALL_SERVER', 'The address of the server, where no --server says it.'],
      ['ROLLCALL_TOKEN', 'The token, where no --token or --token-file says it.'],
      ['ROLLCALL_DATA', "On the server's own machine: its data directory, where no --data says it."],
      ['ROLLCALL_LOG', 'The level of the log of serve and agent, where no --log-level says it.'],
      ['NO_COLOR', 'When it is set and not empty, nothing has a colour.'],
    ],
  },
  {
    title: 'FILES',
    entries: [
      ['~/.config/rollcall/config.json', 'Server and token of "rollcall login", readable by their owner alone.'],
    ],
  },
] as const;
