import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { isGroupJoined, joinedIpv6Groups } from './group-membership.ts';

const IGMP6 = `1    lo              ff020000000000000000000000000001     1 0000000C 0
2    eth0            ff150000000000000000000000000007     1 00000004 0
2    eth0            ff020000000000000000000000000001     1 0000000C 0
`;

test('the groups of an interface in /proc/net/igmp6', () => {
  assert.deepEqual(joinedIpv6Groups(IGMP6, 'eth0'), [
    'ff150000000000000000000000000007',
    'ff020000000000000000000000000001',
  ]);
  assert.deepEqual(joinedIpv6Groups(IGMP6, 'eth'), []);
});

const isLinux = process.platform === 'linux';

test('a membership is seen when it is there, and not before', { skip: !isLinux && 'no /proc/net' }, async () => {
  for (const [type, group, by] of [
    ['udp4', '239.255.91.17', '127.0.0.1'],
    ['udp6', 'ff15::9:17', '::%lo'],
  ] as const) {
    const socket = createSocket(type);
    socket.bind(0);
    await once(socket, 'listening');
    assert.equal(isGroupJoined('lo', group), false);
    socket.addMembership(group, by);
    assert.equal(isGroupJoined('lo', group), true);
    socket.close();
  }
});
