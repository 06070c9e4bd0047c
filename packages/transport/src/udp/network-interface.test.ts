import assert from 'node:assert/strict';
import { test } from 'node:test';
import { directedBroadcastAddress, resolveInterface } from './network-interface.ts';

test('an interface is found by its address and by its name', () => {
  const byAddress = resolveInterface('127.0.0.1', 'IPv4');
  assert.equal(byAddress.isLoopback, true);
  assert.deepEqual(resolveInterface(byAddress.name, 'IPv4'), byAddress);
});

test('the directed broadcast address has every host bit set', () => {
  assert.equal(directedBroadcastAddress('127.0.0.1'), '127.255.255.255');
});

test('an unknown interface is refused with the names of those that there are', () => {
  assert.throws(() => resolveInterface('nonesuch0', 'IPv4'), { code: 'interface_unknown', message: /127\.0\.0\.1/ });
  assert.throws(() => resolveInterface('192.0.2.1', 'IPv4'), { code: 'interface_unknown' });
});

test('without a name some interface is chosen', () => {
  assert.notEqual(resolveInterface(undefined, 'IPv4').address, '');
});
