import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseChannel } from './channel.ts';
import { countOption, endpointOption, splitPair } from './options.ts';

test('an endpoint is an address and a port, IPv6 in brackets', () => {
  assert.deepEqual(endpointOption('239.255.7.7:6003'), { address: '239.255.7.7', port: 6003 });
  assert.deepEqual(endpointOption('[ff15::7]:6003'), { address: 'ff15::7', port: 6003 });
  for (const text of ['239.255.7.7', ':6003', 'ff15::7:6003', '1.2.3.4:99999', '[::1]']) {
    assert.throws(() => endpointOption(text), /ADDRESS:PORT/, text);
  }
});

test('a number outside its bounds is refused with the bounds', () => {
  assert.equal(countOption(1, 8)('8'), 8);
  for (const text of ['0', '9', '1.5', '-1', 'x', ''])
    assert.throws(() => countOption(1, 8)(text), /from 1 to 8/, text);
});

test('a pair needs a key; its value may hold anything', () => {
  assert.deepEqual(splitPair('k=a=b'), ['k', 'a=b']);
  assert.throws(() => splitPair('=x'), /KEY=VALUE/);
  assert.throws(() => splitPair('x'), /KEY=VALUE/);
});

test("a channel's command is words, held together by quotes, without a shell", () => {
  assert.deepEqual(parseChannel(`prices=/usr/bin/load --note "two words" it's fine'`), [
    'prices',
    { command: ['/usr/bin/load', '--note', 'two words', 'its fine'] },
  ]);
  assert.deepEqual(parseChannel('prices=spool:/var/spool/prices'), ['prices', { spool: '/var/spool/prices' }]);
  assert.throws(() => parseChannel('prices='), /no command/);
  assert.throws(() => parseChannel('prices=load "open'), /quote/);
});
