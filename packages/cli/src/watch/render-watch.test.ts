import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { DELIVERY_PATHS, DELIVERY_STATES, QUEUED_REASONS, type Delivery } from '@rollcall/api';
import { TaskPicture } from '@rollcall/client/task';
import fc from 'fast-check';
import { renderWatch } from './render-watch.ts';
import { delivery, progressEvent, task } from '../../../../test/support/task-samples.ts';

const NOW = 1_012_000;
const PLAIN = { columns: 80, rows: 20, useColor: false };

const few = [
  delivery('till-1', { state: 'succeeded', path: 'multicast', lossRatio: 0.012 }),
  delivery('till-2', { state: 'succeeded', path: 'multicast+unicast', lossRatio: 0.002, bytesUnicast: 1024 * 1024 }),
  delivery('till-3', { state: 'receiving' }),
  delivery('till-4', { reason: 'offline' }),
  delivery('till-5', { state: 'failed', error: { code: 'script_failed', message: 'exit\u001B[31m code 1' } }),
];

function screen(deliveries: readonly Delivery[], terminal = PLAIN, isConnected = true): string[] {
  const picture = new TaskPicture(task(deliveries, {}, 64 * 1024 * 1024));
  const session = {
    bytesSent: 52_000_000,
    repairBytes: 1_000_000,
    rateBitsPerSecond: 94_000_000,
    contentBytes: 40,
    contentSize: 64,
  };
  picture.apply(progressEvent(session));
  return renderWatch(picture, terminal, isConnected, NOW);
}

test('the screen says how the task stands, shows the roll, and why who is not done', () => {
  const lines = screen(few).map((line) => stripVTControlCharacters(line).trimEnd());
  assert.deepEqual(lines.slice(0, 2), [
    'copy menu.pdf  [copy, 64.0 MiB]  t1',
    'active, multicasting: 2 of 5 succeeded in 12 s; 1.0 MiB by unicast',
  ]);
  assert.match(lines[3]!, /^multicast █+░+ 62% {2}94\.0 Mbit\/s, 0 s left, 1\.9% repair, loss at most 1\.2%$/);
  assert.deepEqual(lines.slice(5, 12), [
    'MB>oX',
    'M 1 by multicast  B 1 by both  > 1 receiving  o 1 offline  X 1 failed',
    '',
    'not done (3)',
    'X till-5  exit [31m code 1. Look at its output, then retry.',
    'o till-4  It is offline. When it is back it asks by itself, and gets what it lac',
    '> till-3  It is receiving the content. What the multicast does not bring comes b',
  ]);
  assert.equal(lines.at(-1), 'q leaves; the task goes on');
  assert.match(screen(few, PLAIN, false).at(-1) ?? '', /the connection is lost/);
});

test('colours are there when they are wanted, and no others than weight when they are not', () => {
  const roll = screen(few, { ...PLAIN, useColor: true })[5] ?? '';
  assert.ok(roll.startsWith('\u001B[32mM\u001B[0m\u001B[36mB\u001B[0m'), JSON.stringify(roll));
  const codes = screen(few)
    .flatMap((line) => line.split('\u001B[').slice(1))
    .map((text) => Number.parseInt(text, 10));
  assert.deepEqual(new Set(codes), new Set([1, 0]));
});

test('a roll of thousands wraps; one that does not fit has cells for several, and hides no failure', () => {
  const many = Array.from({ length: 1000 }, (_, index) =>
    delivery(`d${index}`, { state: 'succeeded', path: 'multicast' }),
  );
  const wide = screen(many, { columns: 120, rows: 40, useColor: false });
  assert.deepEqual(
    wide.slice(5, 14).map((line) => line.length),
    [120, 120, 120, 120, 120, 120, 120, 120, 40],
  );
  const more = Array.from({ length: 10 }, (_, part) =>
    many.map((one) => ({ ...one, device: { id: `${part}-${one.device.id}`, name: `${part}-${one.device.name}` } })),
  ).flat();
  more[4321] = delivery('4-d321', { state: 'rejected' });
  const crowded = screen(more, { columns: 80, rows: 24, useColor: false }).map((line) =>
    stripVTControlCharacters(line),
  );
  assert.ok(crowded.some((line) => line.includes('(a cell is ')));
  assert.equal(crowded.filter((line) => /^M*RM*$/.test(line)).length, 1);
  assert.ok(crowded.some((line) => line.startsWith('R 4-d321')));
});

test('whatever the roll and the size of the terminal, the screen fits it', () => {
  const rowOf = fc.record({
    name: fc.string({ minLength: 1, maxLength: 40 }),
    state: fc.constantFrom(...DELIVERY_STATES),
    reason: fc.constantFrom(null, ...QUEUED_REASONS),
    path: fc.constantFrom(null, ...DELIVERY_PATHS),
  });
  const terminal = fc.record({
    columns: fc.integer({ min: 20, max: 200 }),
    rows: fc.integer({ min: 5, max: 60 }),
    useColor: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(rowOf, { maxLength: 400 }), terminal, (rows, size) => {
      const lines = screen(
        rows.map(({ name, ...change }) => delivery(name, change)),
        size,
      );
      assert.equal(lines.length, size.rows);
      for (const line of lines) {
        const text = stripVTControlCharacters(line);
        assert.ok(Array.from(text).length <= size.columns, text);
        assert.doesNotMatch(text, /\p{Cc}/u);
      }
    }),
    { numRuns: 200 },
  );
});
