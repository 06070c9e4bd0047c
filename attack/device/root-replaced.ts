import assert from 'node:assert/strict';
import { chown, lchown, mkdir, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { tarOf } from '../../packages/agent/src/actions/action-fixture.ts';
import type { Action } from '../../packages/agent/src/actions/action.ts';
import { performAction } from '../../packages/agent/src/actions/perform-action.ts';
import type { Attack } from '../attack.ts';
import { makeVictim } from '../support/victim-device.ts';

/**
 * The allowed root, and a channel's spool, lie in a local user's own folder. That user moves them aside and puts a symlink to
 * somebody else's directory in their place: before a task, and at each point between two changes that a task makes.
 */
export const attack: Attack = {
  name: 'a local user puts a symlink in the place of the allowed root itself, or of a spool',
  skip: process.getuid?.() === 0 ? undefined : 'only root makes what belongs to another user',
  async run(scale) {
    await using victim = await makeVictim();
    const { device, root: home, outside } = victim;
    const inbox = join(home, 'inbox');
    Object.assign(device.policy, { allowedRoots: [inbox], channels: { spooled: { spool: inbox } } });
    await mkdir(join(outside, 't'));
    await mkdir(join(outside, 'spooled'));
    await mkdir(inbox);
    for (const own of [home, inbox]) await chown(own, USER, USER);
    const before = await victim.look();
    const tree = await tarOf([{ name: 'secret', content: 'written', mode: 0o666 }]);
    const actions: readonly (readonly [Action, string | Uint8Array])[] = [
      [{ kind: 'copy', form: 'file', to: 'secret', name: 'x', mode: 0o666 }, 'written'],
      [{ kind: 'copy', form: 'tree', to: 't', name: 't' }, tree],
      [{ kind: 'batch', channel: 'spooled', batchId: 'b', sequence: 1, name: 'secret' }, 'written'],
    ];
    let count = 0;
    let honest = 0;
    let tasks = 0;
    for (const [base, content] of actions) {
      let points = Infinity;
      for (let point = 0; point <= points; point += scale === 'full' ? 1 : 3) {
        tasks += 1;
        const action = base.kind === 'batch' ? { ...base, batchId: `b${tasks}`, sequence: tasks } : base;
        let passed = 0;
        const replace = async (): Promise<void> => {
          passed += 1;
          if (passed - 1 !== point) return;
          await rename(inbox, `${inbox}.aside`);
          await symlink(outside, inbox);
          await lchown(inbox, USER, USER);
        };
        await replace();
        const context = await device.context(action, content, { taskId: `task-${tasks}`, checkpoint: replace });
        const { outcome } = await performAction(context);
        if (point === 0)
          assert.equal(outcome, 'rejected', 'a symlink that is there already is seen before anything else');
        assert.deepEqual(await victim.look(), before, `after ${JSON.stringify(action)}, at point ${point}`);
        if (passed <= point) {
          points = point;
          assert.equal(outcome, 'succeeded', 'who is left alone succeeds');
          honest += 1;
          continue;
        }
        count += 1;
        await rm(inbox);
        await rename(`${inbox}.aside`, inbox);
      }
    }
    assert.equal(honest, actions.length);
    return {
      count,
      stoppedBy: 'no symlink of another user counts on the way, and none that came after it was looked at',
    };
  },
};

/** Any that is neither root's nor the agent's. */
const USER = 4321;
