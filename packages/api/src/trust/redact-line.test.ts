import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatToken } from '../schemas/token.ts';
import { redactLine } from './redact-line.ts';

const secret = 's'.repeat(43);
const token = formatToken({ kind: 'join', id: 'a1', secret, pin: 'p'.repeat(43) });

test('a secret is taken out of a line wherever it stands, and the line stays one', () => {
  const pem = `-----BEGIN EC PRIVATE KEY-----\n${secret}\n-----END EC PRIVATE KEY-----`;
  const line = JSON.stringify({
    level: 50,
    a: { b: { c: { d: { contentKey: secret, senderKey: `"${secret}\\` } } } },
    request: { headers: { Authorization: `Bearer ${secret}`, cookie: `session=${secret}`, 'set-cookie': secret } },
    err: { message: `GET https://server/join?token=${token} was refused`, stack: `Bearer ${secret}` },
    file: pem,
    opened: `https://server/sign-in#link=abc-1.${secret}`,
    headers: [`__Host-rollcall=abc-1.${secret}`],
    argv: ['rollcall', 'join', '--token', token],
    hook: `signed with whsec_${secret}=`,
    msg: `it was ${token}.`,
  });
  const redacted = redactLine(line);
  assert.ok(!redacted.includes(secret), redacted);
  const { level, argv, msg } = JSON.parse(redacted) as { level: number; argv: string[]; msg: string };
  assert.deepEqual([level, argv.at(-1), msg], [50, 'rcj.a1.[redacted]', 'it was rcj.a1.[redacted].']);
});

test('what is no secret stays as it is', () => {
  const line = JSON.stringify({
    taskId: '01975c3e',
    keyword: 'token',
    msg: 'the token of ada is not known; Bearer none',
  });
  assert.equal(redactLine(line), line);
});
