import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InterfaceWatch, joinedIpv4Groups } from './interface-watch.ts';
import { resolveInterface } from './network-interface.ts';

const TABLE = `Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter
1\tlo        :     1      V3
\t\t\t\t010000E0     1 0:00000000\t\t0
2\teth0      :     2      V3
\t\t\t\t014DFFEF     1 0:00000000\t\t0
\t\t\t\t010000E0     1 0:00000000\t\t0
`;

test('the groups of an interface are read from the table of the kernel, and not those of another', () => {
  assert.deepEqual(joinedIpv4Groups(TABLE, 'eth0'), ['239.255.77.1', '224.0.0.1']);
  assert.deepEqual(joinedIpv4Groups(TABLE, 'lo'), ['224.0.0.1']);
  assert.deepEqual(joinedIpv4Groups(TABLE, 'eth'), []);
});

test('an interface that is gone is trouble until it is back, and then has to be joined again, once', () => {
  const group = { address: '239.255.77.1', port: 1 };
  const gone = new InterfaceWatch({ ...resolveInterface('127.0.0.1', 'IPv4'), name: 'nonesuch0' }, group, false);
  assert.equal(gone.check(), undefined);
  assert.match(gone.trouble ?? '', /nonesuch0/);

  const watch = new InterfaceWatch(resolveInterface('127.0.0.1', 'IPv4'), group, false);
  assert.equal(watch.check(), undefined);
  watch.expectReturn();
  assert.equal(watch.check()?.address, '127.0.0.1');
  assert.equal(watch.trouble, undefined);
  assert.equal(watch.check(), undefined);
});
