import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { Action } from '@rollcall/api';
import { snapshot, tarOf } from '../../packages/agent/src/actions/action-fixture.ts';
import { performAction, planAction } from '../../packages/agent/src/actions/perform-action.ts';
import type { Attack } from '../attack.ts';
import { makeVictim, type VictimDevice } from '../support/victim-device.ts';

/**
 * A stolen server asks for paths that lead out, in each text of each kind of action: the fields come from the schema of
 * actions, so that a new one is tried as well. The schema itself is not asked: the device must hold by itself.
 */
export const attack: Attack = {
  name: 'path traversal in every field of every action',
  async run(scale) {
    await using victim = await makeVictim({ channels: { '*': { spool: 'spool' } }, allow: ['deb'] });
    const { device, root, outside } = victim;
    const before = await victim.look();
    const siblings = await readdir(device.directory);
    const archive = await tarOf([{ name: 'bin/run', content: '#!/bin/sh\n', mode: 0o755 }]);
    let count = 0;
    let refused = 0;
    for (const [index, action] of [...variants(victim)].entries()) {
      // A step that meets each field and, from field to field, other paths.
      if (scale === 'short' && index % 8 !== 0) continue;
      const content = 'form' in action && action.form === 'file' ? 'x' : archive;
      const taskId = `task-${count}`;
      const context = await device.context(action, content, { taskId });
      const plan = await planAction(context);
      const result = await performAction(context);
      if (plan.decision === 'rejected' || result.outcome !== 'succeeded') refused += 1;
      assert.deepEqual(await victim.look(), before, JSON.stringify(action));
      const made = (await readdir(device.directory)).filter((name) => !siblings.includes(name));
      assert.ok(
        made.every((name) => /^task-\d+-1\.content$/.test(name)),
        `${made.join()} after ${JSON.stringify(action)}`,
      );
      count += 1;
    }
    assert.ok(count > 30 && refused > count / 3, `${refused} of ${count} were refused`);
    assert.deepEqual(await snapshot(outside), before);
    assert.ok(root.length > 0);
    return {
      count,
      stoppedBy: `the device's own rules about names and roots (${refused} refused, the rest stayed inside)`,
    };
  },
};

/** Each alternative of the schema, with each of its texts led astray in turn. */
function* variants({ outside, secret }: VictimDevice): Generator<Action> {
  for (const { properties } of Action.anyOf) {
    const honest = Object.fromEntries(
      Object.entries(properties as Record<string, Field>)
        .filter(([name]) => name !== 'script' && name !== 'health')
        .map(([name, field]) => [name, HONEST[name] ?? field.const ?? field.enum?.[0] ?? 1]),
    );
    for (const [name, field] of Object.entries(properties as Record<string, Field>)) {
      if (field.type !== 'string' || field.const !== undefined) continue;
      for (const path of paths(outside, secret)) yield { ...honest, [name]: path } as unknown as Action;
    }
  }
}

interface Field {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
}

const HONEST: Readonly<Record<string, unknown>> = {
  to: 'copied',
  name: 'name',
  app: 'till',
  version: '1.0.0',
  packageKind: 'app',
  packageName: 'till.tar.gz',
  channel: 'prices',
  batchId: 'b1',
  keep: 1,
  allowDowngrade: true,
  mode: 0o644,
};

function paths(outside: string, secret: string): string[] {
  const up = '../'.repeat(12);
  const tail = secret.slice(1);
  return [
    '..',
    '.',
    '../outside/secret',
    '../../outside/secret',
    '../../../outside/secret',
    up + tail,
    secret,
    outside,
    `${outside}/`,
    `a/../../outside/secret`,
    `./../outside/./secret`,
    `//${tail}`,
    `x/../${up}${tail}`,
    '..\\outside\\secret',
    '%2e%2e/outside/secret',
    `secret\0../../outside/secret`,
    `/proc/self/cwd/../${tail}`,
    `/proc/self/root/${tail}`,
    '~/secret',
    '-rf',
    'a'.repeat(5000),
  ];
}
