import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatSeconds } from './format.ts';
import { jsonForTerminal, textForTerminal } from './for-terminal.ts';
import { formatTable, printable } from './table.ts';

test('times are written as people read them', () => {
  assert.equal(formatSeconds(3725), '1 h 2 min');
  assert.equal(formatSeconds(Number.POSITIVE_INFINITY), '-');
});

test('columns are as wide as their widest cell', () => {
  assert.equal(formatTable(['a', 'long'], [['xxx', 'y']]), 'A    LONG\nxxx  y');
});

test('no control character of another machine reaches the terminal', () => {
  assert.equal(printable('a\u001b[31mred\nline'), 'a [31mred line');
});

test("what a device prints is text on an operator's terminal, and no command to it", () => {
  const osc52 = '\u001b]52;c;cm0gLXJmIC8=\u0007';
  const hostile = [
    osc52,
    '\u001b[2J',
    '\u009b2J',
    '\u001b]0;title\u001b\\',
    '\u001bP$q"p\u001b\\',
    '\u001bc',
    'a\rb',
    '\b\u007f\0',
  ];
  for (const text of hostile) {
    assert.doesNotMatch(textForTerminal(`before\n${text}after`), /[^\P{Cc}\n\t]/u, JSON.stringify(text));
    assert.match(textForTerminal(`before\n${text}after`), /^before\n.*after$/);
    const json = jsonForTerminal({ output: text });
    assert.doesNotMatch(json, /\p{Cc}/u);
    assert.deepEqual(JSON.parse(json), { output: text });
  }
  assert.equal(textForTerminal('\u001b[32mok\u001b[0m\tdone\r\nnäxt\n'), 'ok\tdone\nnäxt\n');
});
