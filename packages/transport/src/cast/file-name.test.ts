import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sanitizeFileName } from './file-name.ts';

const sanitize = (name: string): string | undefined => sanitizeFileName(new TextEncoder().encode(name));

test('an ordinary name stays as it is, spaces and other scripts too', () => {
  assert.equal(sanitize('über image 1.bin'), 'über image 1.bin');
});

test('of a path only the last part is used', () => {
  assert.equal(sanitize('../../etc/passwd'), 'passwd');
  assert.equal(sanitize('C:\\windows\\system32\\a.dll'), 'a.dll');
  assert.equal(sanitize('/abs/x'), 'x');
});

test('names that mean a folder, hide or have no letters are refused or shown', () => {
  assert.equal(sanitize('..'), undefined);
  assert.equal(sanitize('a/'), undefined);
  assert.equal(sanitize(''), undefined);
  assert.equal(sanitize('.bashrc'), 'bashrc');
  assert.equal(sanitize(' ..'), undefined);
  assert.equal(sanitize('. .bashrc'), 'bashrc');
});

test('control characters are taken out', () => {
  assert.equal(sanitize('a\nb\u0000c'), 'abc');
  assert.equal(sanitize('invoice\u202efdp.exe'), 'invoicefdp.exe');
});

test('a name is cut to what a file system takes, at a whole character', () => {
  const name = sanitize('ü'.repeat(300)) ?? '';
  assert.equal(Buffer.byteLength(name), 254);
  assert.equal(Buffer.byteLength(sanitize('😀'.repeat(100)) ?? ''), 252);
});
