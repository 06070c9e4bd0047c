import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import { buildProgram } from '../main.ts';
import { bashCompletion } from './bash-completion.ts';
import { describeCommands } from './describe-commands.ts';
import { fishCompletion } from './fish-completion.ts';
import { zshCompletion } from './zsh-completion.ts';

const program = describeCommands(await buildProgram(undefined));
const folder = mkdtempSync(join(tmpdir(), 'rollcall-completion-'));
after(() => rmSync(folder, { recursive: true }));

// Stands in for the program: the scripts ask it what tasks and devices there are.
writeFileSync(
  join(folder, 'rollcall'),
  `#!/bin/sh\ncase "$3" in tasks) printf '01a2-1\\tmenu, active\\n01b3-2\\tprices, completed\\n' ;; devices) printf 'till-1\\tonline\\ntill-2\\toffline\\n' ;; webhooks) printf '$(touch seized)\\t1\\n\`touch seized\`\\t2\\n;touch seized\\t3\\n' ;; esac\n`,
);
chmodSync(join(folder, 'rollcall'), 0o755);

interface Shell {
  readonly name: string;
  /** What it offers for these words, of which the last is being typed. */
  readonly complete: (words: readonly string[]) => string[];
}

const SHELLS: readonly Shell[] = [
  {
    name: 'bash',
    complete: (words) =>
      shell(
        'bash',
        `${bashCompletion(program)}\ncompopt() { :; }\nCOMP_WORDS=(${words.map(quoted).join(' ')}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _rollcall; printf '%s\\n' "\${COMPREPLY[@]}"`,
      ),
  },
  {
    name: 'zsh',
    // The script's own logic, with zsh's completion system as a list of what it was given.
    complete: (words) => {
      const typed = words.at(-1)!;
      const offered = shell(
        'zsh',
        `compdef() { :; }; _files() { print -l -- *(N); }; _describe() { print -l -- "\${(@P)2}"; }\n${zshCompletion(program)}\nwords=(${words.map(quoted).join(' ')}); CURRENT=\${#words}; _rollcall`,
      );
      return offered.map((entry) => entry.split(':')[0]!).filter((word) => word.startsWith(typed));
    },
  },
  {
    name: 'fish',
    complete: (words) =>
      shell('fish', `${fishCompletion(program)}\ncomplete -C ${quoted(words.join(' '))}`).map(
        (line) => line.split('\t')[0]!,
      ),
  },
];

for (const { name, complete } of SHELLS) {
  const skip = spawnSync(name, ['-c', 'true']).status === 0 ? false : `${name} is not installed`;
  test(`${name} completes commands, options, choices, tasks and devices`, { skip }, () => {
    const is = (words: readonly string[], expected: readonly string[]) =>
      assert.deepEqual(complete(words).toSorted(), expected.toSorted(), words.join(' '));
    is(['rollcall', 'to'], ['token']);
    is(['rollcall', 'task', 'cre'], ['create']);
    is(['rollcall', 'task', 'create', ''], ['batch', 'copy', 'install', 'update']);
    is(['rollcall', 'task', 'create', 'copy', '--mo'], ['--mode']);
    is(['rollcall', 'task', 'create', 'copy', '--mode', 'u'], ['unicast']);
    is(['rollcall', 'serve', '--keep-content', '1d', '--unicast-r'], ['--unicast-rate']);
    is(['rollcall', 'task', 'watch', '01a'], ['01a2-1']);
    is(['rollcall', 'task', 'logs', '01a2-1', '--device', 'till-'], ['till-1', 'till-2']);
    is(['rollcall', 'device', 'remove', 'till-2'], ['till-2']);
    is(['rollcall', 'task', 'wait', '01a2-1', '--timeout', ''], []);
    is(['rollcall', 'task', 'wait', '01a2-1', '--phase', 'f'], ['finishing']);
    is(['rollcall', 'sign-in', '--op'], ['--operator']);
    assert.ok(!complete(['rollcall', 'completion', '']).includes('values'), 'what is for scripts alone is not offered');
    const folders = complete(['rollcall', 'task', 'create', 'copy', 'ro']);
    assert.deepEqual(folders, ['rollcall'], 'files of the folder');
    complete(['rollcall', 'webhook', 'log', '']);
    assert.ok(!existsSync(join(folder, 'seized')), 'what the server names is run by nobody');
  });
}

function shell(program: string, script: string): string[] {
  const path = `${folder}${delimiter}${process.env['PATH']}`;
  const { stdout, stderr } = spawnSync(program, ['-c', script], {
    encoding: 'utf8',
    cwd: folder,
    env: { ...process.env, PATH: path, HOME: folder, XDG_CONFIG_HOME: folder },
  });
  assert.equal(stderr, '');
  return stdout.split('\n').filter((line) => line !== '');
}

function quoted(text: string): string {
  return `'${text}'`;
}
