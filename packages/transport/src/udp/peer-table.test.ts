import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DatagramBatch } from '@rollcall/norm';
import { PEERS_MAX, PEERS_UNPROVEN_MAX } from '../limits.ts';
import { PeerTable } from './peer-table.ts';

function batchFrom(...handles: readonly number[]): DatagramBatch {
  const batch = new DatagramBatch(handles.length, 1);
  for (const handle of handles) batch.append(1, handle);
  return batch;
}

test('an address keeps its handle, another gets another one, and 0 is nobody', () => {
  const table = new PeerTable<number, string>();
  const first = table.handleOf(1, () => 'one');
  assert.ok(first > 0);
  assert.notEqual(
    table.handleOf(2, () => 'two'),
    first,
  );
  table.keep(batchFrom(0, first, first, 0));
  assert.equal(
    table.handleOf(1, () => 'changed'),
    first,
  );
  assert.equal(table.addressOf(first), 'one');
  assert.equal(table.addressOf(0), undefined);
});

test('when the table is full the address that was silent longest is forgotten, its handle never given again', () => {
  const table = new PeerTable<number, number>();
  const heard = (key: number): number => {
    const handle = table.handleOf(key, () => key);
    table.keep(batchFrom(handle));
    return handle;
  };
  const handles = Array.from({ length: PEERS_MAX }, (_, key) => heard(key));
  heard(0);
  const added = heard(PEERS_MAX);
  assert.equal(table.addressOf(handles[0] ?? 0), 0);
  assert.equal(table.addressOf(handles[1] ?? 0), undefined);
  assert.ok(!handles.includes(added));
  assert.ok(heard(1) > added);
});

test('addresses of which nothing was believed push out one another, and none that was kept', () => {
  const table = new PeerTable<number, number>();
  const [proven, stranger] = [table.handleOf(1, () => 1), table.handleOf(2, () => 2)];
  table.keep(batchFrom(proven, 0));
  const flood = Array.from({ length: 3 * PEERS_MAX }, (_, index) => table.handleOf(10 + index, () => index));
  assert.equal(table.addressOf(proven), 1);
  assert.equal(table.addressOf(stranger), undefined);
  assert.equal(flood.filter((handle) => table.addressOf(handle) !== undefined).length, PEERS_UNPROVEN_MAX);
});
