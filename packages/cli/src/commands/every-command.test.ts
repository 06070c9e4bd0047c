import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from 'commander';
import { buildProgram } from '../main.ts';

/** The commands that people use, with the words that lead to each. */
function* leaves(command: Command, words: readonly string[] = []): Generator<[Command, readonly string[]]> {
  if (command.commands.length === 0) yield [command, words];
  const visible = new Set(command.createHelp().visibleCommands(command));
  for (const child of command.commands) if (visible.has(child)) yield* leaves(child, [...words, child.name()]);
}

test('every command names an unknown option, whatever else is missing', async () => {
  for (const word of [undefined, 'cast']) {
    for (const [, words] of leaves(await buildProgram(word))) {
      assert.equal(
        await complaint(words[0], [...words, '--bogus']),
        "error: unknown option '--bogus'",
        words.join(' '),
      );
    }
  }
});

test('a mistyped option that is needed is named with what was meant; one that is missing is named', async () => {
  assert.match(await complaint('serve', ['serve', '--dta', 'x']), /unknown option '--dta'\n\(Did you mean --data\?\)/);
  assert.match(await complaint('serve', ['serve']), /required option '--data <dir>' not specified/);
});

test('every command has help with an example', async () => {
  for (const word of [undefined, 'cast']) {
    for (const [command, words] of leaves(await buildProgram(word))) {
      let said = '';
      command.configureOutput({ writeOut: (text) => (said += text) });
      await assert.rejects(command.parseAsync(['--help'], { from: 'user' }), { exitCode: 0 });
      assert.match(said, /\$ rollcall |Example/, words.join(' '));
    }
  }
});

test('a command that stands for one of its own has the options of that, and says which it is', async () => {
  const said = await helpOf(['sign-in', '--help']);
  assert.match(said, /--operator <name> /);
  assert.match(said, /^ {2}link \[options\] .*\n?.*\(the default\)/m);
  assert.equal(said.match(/--help/g)?.length, 1);
});

test('help knows the commands of commands, and says when there is none', async () => {
  assert.match(await helpOf(['help', 'task', 'create', 'copy']), /^Usage: rollcall task create copy /);
  assert.match(await helpOf(['task', 'help', 'create', 'copy']), /^Usage: rollcall task create copy /);
  assert.match(await helpOf(['help']), /^Usage: rollcall /);
  assert.equal(await complaint('help', ['help', 'nope']), "error: unknown command 'nope'");
  assert.match(
    await complaint('help', ['help', 'task', 'crate']),
    /unknown command 'crate'\n\(Did you mean create\?\)/,
  );
});

test('help and refusal name the same phases, and whose time --timeout is', async () => {
  const phases = /announcing.*multicasting.*finishing.*ended/s;
  assert.match(await helpOf(['task', 'wait', '--help']), phases);
  assert.match(await complaint('task', ['task', 'wait', 'x', '--phase', 'soon']), phases);
  assert.match(await helpOf(['task', 'create', 'copy', '--help']), /--wait\s+has\s+no\s+limit/);
});

async function helpOf(argv: readonly string[]): Promise<string> {
  const program = await buildProgram(argv[0]);
  let said = '';
  for (const command of everyOf(program)) command.configureOutput({ writeOut: (text) => (said += text) });
  await assert.rejects(program.parseAsync([...argv], { from: 'user' }), { exitCode: 0 });
  return said;
}

function* everyOf(command: Command): Generator<Command> {
  yield command;
  for (const child of command.commands) yield* everyOf(child);
}

async function complaint(word: string | undefined, argv: readonly string[]): Promise<string> {
  const program = await buildProgram(word);
  let said = '';
  for (const command of everyOf(program)) command.configureOutput({ writeErr: (text) => (said += text) });
  await assert.rejects(program.parseAsync([...argv], { from: 'user' }));
  return said.trimEnd();
}
