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

async function complaint(word: string | undefined, argv: readonly string[]): Promise<string> {
  const program = await buildProgram(word);
  let said = '';
  for (const [command] of leaves(program)) command.configureOutput({ writeErr: (text) => (said += text) });
  await assert.rejects(program.parseAsync([...argv], { from: 'user' }));
  return said.trimEnd();
}
