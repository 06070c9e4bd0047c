import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AllowedAddresses, isRange } from './allowed-addresses.ts';
import { checkWebhookUrl } from './check-webhook-url.ts';

const PUBLIC = ['93.184.215.14', '8.8.8.8', '172.32.0.1', '2606:2800:21f:cb07:6820:80da:af6b:8b2c', '2a00:1450::1'];

const OWN = `
  127.0.0.1 127.9.9.9 0.0.0.0 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 169.254.169.254 100.100.100.200
  192.0.0.192 198.18.0.1 224.0.0.1 255.255.255.255 :: ::1 fe80::1 fe80::1%eth0 fc00::1 fd00:ec2::254 ff02::1
  64:ff9b::7f00:1 2002:7f00:1:: ::ffff:127.0.0.1 ::ffff:a9fe:a9fe ::127.0.0.1 2001::1 2001:db8::1 nothing
`.split(/\s+/);

test('webhooks go to public addresses, and to no other', () => {
  const allowed = new AllowedAddresses([]);
  for (const address of PUBLIC) assert.equal(allowed.allows(address, 'https:'), true, address);
  for (const address of OWN) assert.equal(allowed.allows(address, 'https:'), false, address);
});

test('what was named is allowed, also without TLS; nothing else is, without TLS', () => {
  const allowed = new AllowedAddresses(['10.1.0.0/16', '127.0.0.1', 'fd00::/8']);
  for (const address of ['10.1.2.3', '127.0.0.1', '::ffff:127.0.0.1', 'fd12::1']) {
    assert.equal(allowed.allows(address, 'http:'), true, address);
    assert.equal(allowed.allows(address, 'https:'), true, address);
  }
  for (const address of ['10.2.0.1', '127.0.0.2', '::1'])
    assert.equal(allowed.allows(address, 'https:'), false, address);
  for (const address of PUBLIC) assert.equal(allowed.allows(address, 'http:'), false, address);
});

test('the addresses of this machine are its own, public or not, unless they were named', () => {
  let own: readonly string[] = ['93.184.215.14', '2a00:1450::1'];
  const allowed = new AllowedAddresses([], () => own);
  for (const address of [...own, '168.63.129.16']) assert.equal(allowed.allows(address, 'https:'), false, address);
  assert.equal(allowed.allows('8.8.8.8', 'https:'), true);
  assert.equal(new AllowedAddresses(own, () => own).allows('93.184.215.14', 'https:'), true);
  own = ['8.8.8.8'];
  assert.equal(allowed.allows('93.184.215.14', 'https:'), true, 'they are asked for each time');
  assert.equal(allowed.allows('8.8.8.8', 'https:'), false);
});

test('an address is refused when it is given, however it is written', () => {
  const allowed = new AllowedAddresses([]);
  const refused = `
    https://127.0.0.1/ https://127.1/ https://0x7f.1/ https://2130706433/ https://[::1]/ https://[::ffff:7f00:1]/
    https://localhost/ https://a.localhost:8443/x https://192.168.0.7/hook http://93.184.215.14/ https://:443/
    https://ada:secret@example.com/ https://１２７.0.0.1/
  `;
  for (const url of refused.trim().split(/\s+/))
    assert.throws(() => checkWebhookUrl(url, allowed), { code: 'webhook_refused' }, url);
  for (const url of ['https://example.com/hook?a=b', 'https://93.184.215.14/']) checkWebhookUrl(url, allowed);
});

test('a range is an address or a network', () => {
  for (const text of ['10.0.0.0/8', '127.0.0.1', '::1', 'fd00::/8', '0.0.0.0/0']) assert.ok(isRange(text), text);
  for (const text of [
    '',
    'localhost',
    '10.0.0.0/33',
    '10.0.0/8',
    '::/129',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    '10.0.0.0/-1',
  ]) {
    assert.ok(!isRange(text), text);
  }
});
