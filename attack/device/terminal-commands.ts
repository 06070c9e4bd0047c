import assert from 'node:assert/strict';
import { operations } from '@rollcall/api';
import { upload } from '../../packages/server/test/test-server.ts';
import { rollcall } from '../../test/support/rollcall.ts';
import type { Attack } from '../attack.ts';
import { joinDevice, startServerOnLoopback } from '../support/identities.ts';

/** A device that somebody else has taken over prints what a terminal obeys, in the output, the error and the facts that it reports. */
export const attack: Attack = {
  name: "a device's reports as commands to the terminal of the operator who reads them",
  async run(scale) {
    await using server = await startServerOnLoopback();
    const device = await joinDevice(server, 'till-1');
    await device.checkIn();
    const contentId = await upload(server.admin, Buffer.from('prices'));
    const action = { kind: 'copy', to: 'x', form: 'file', name: 'x' } as const;
    const { id } = await server.admin.call(operations.createTask, { body: { action, contentId, target: 'till-1' } });
    const output = Buffer.from(COMMANDS.join('seen')).toString('base64');
    const error = { code: 'script_failed', message: COMMANDS.join('seen').slice(0, 200) };
    assert.equal(await device.report(id, 1, 'failed', { output, error }), 'accepted');

    const looks = LOOKS.map((words) => words.replace('ID', id).split(' ')).slice(0, scale === 'full' ? undefined : 1);
    for (const words of looks) {
      const { stdout, stderr } = await rollcall([...words, '--data', server.dataDirectory]);
      assert.doesNotMatch(stdout + stderr, /[^\P{Cc}\n\t]/u, words.join(' '));
      assert.match(stdout, words[0] === 'task' ? /seen/ : /till-1/, 'what is text is shown');
    }
    await device.close();
    return { count: looks.length * COMMANDS.length, stoppedBy: 'the command line, which prints no control characters' };
  },
};

const LOOKS = [
  'task logs ID --device till-1',
  'task logs ID --device till-1 --json',
  'task show ID',
  'task show ID --json',
  'device show till-1',
  'device show till-1 --json',
];

/** To the clipboard, the screen, the title, the answer-back, a reset; as escape sequences and as single C1 characters. */
const COMMANDS = [
  '\u001b]52;c;cm0gLXJmIC8=\u0007',
  '\u001b[2J',
  '\u009b2J',
  '\u001b]0;title\u001b\\',
  '\u0090$qm\u009c',
  '\u001bc',
  '\r\b\u007f\0',
];
