import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deployment } from '../../support/deployment.ts';
import { channelArguments, everyKind } from '../every-kind.ts';

test('each kind of task over loopback, with one device off', { timeout: 600_000 }, async (context) => {
  await using deployment = await Deployment.start({ serve: ['--rate', '400mbit'] });
  const names = ['d1', 'd2', 'd3'] as const;
  const [first, second, late] = await Promise.all(
    names.map((name) => deployment.join(name, channelArguments(name, deployment.scratch.path))),
  );
  assert.ok(first !== undefined && second !== undefined && late !== undefined);
  await Promise.all([first.start(), second.start()]);
  await everyKind(context, {
    deployment,
    online: [first, second],
    late,
    copyBytes: 24 * 1024 * 1024 + 1,
    packageBytes: 2 * 1024 * 1024,
  });
});
