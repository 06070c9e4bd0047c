import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preAuthEncoding } from './pre-auth-encoding.ts';

const encode = (type: string, body: string) => Buffer.from(preAuthEncoding(type, Buffer.from(body))).toString();

test('the published vector of DSSE v1', () => {
  assert.equal(
    encode('http://example.com/HelloWorld', 'hello world'),
    'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
  );
});

test('lengths are in bytes, and the empty ones are there', () => {
  assert.equal(encode('application/vnd.exämple+json', '{}'), 'DSSEv1 29 application/vnd.exämple+json 2 {}');
  assert.equal(encode('type', ''), 'DSSEv1 4 type 0 ');
  assert.equal(encode('', '€'), 'DSSEv1 0  3 €');
});

test('what is type and what is body cannot be moved', () => {
  assert.notEqual(encode('a', 'b 1 c'), encode('a 5 b', 'c'));
  assert.equal(encode('100% \ud800', ''), `DSSEv1 8 100% \ufffd 0 `);
});
