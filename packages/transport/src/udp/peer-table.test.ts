import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PEERS_MAX } from '../limits.ts';
import { PeerTable } from './peer-table.ts';

test('an address keeps its handle, another gets another one, and 0 is nobody', () => {
  const table = new PeerTable<number, string>();
  const first = table.handleOf(1, () => 'one');
  assert.ok(first > 0);
  assert.notEqual(
    table.handleOf(2, () => 'two'),
    first,
  );
  assert.equal(
    table.handleOf(1, () => 'changed'),
    first,
  );
  assert.equal(table.addressOf(first), 'one');
  assert.equal(table.addressOf(0), undefined);
});

test('when the table is full the address that was silent longest is forgotten, its handle never given again', () => {
  const table = new PeerTable<number, number>();
  const handles = Array.from({ length: PEERS_MAX }, (_, key) => table.handleOf(key, () => key));
  table.handleOf(0, () => 0);
  const added = table.handleOf(PEERS_MAX, () => PEERS_MAX);
  assert.equal(table.addressOf(handles[0] ?? 0), 0);
  assert.equal(table.addressOf(handles[1] ?? 0), undefined);
  assert.ok(!handles.includes(added));
  assert.ok(table.handleOf(1, () => 1) > added);
});
