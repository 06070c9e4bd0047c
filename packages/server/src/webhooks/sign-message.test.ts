import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newWebhookSecret, signedHeaders } from './sign-message.ts';

const only = (secret: string) => ({ secret, oldSecret: null, oldSecretUntil: null });

test("the vector of Standard Webhooks' own libraries", () => {
  // libraries/javascript and libraries/python of the standard-webhooks repository, their tests of `sign`.
  const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}' };
  assert.deepEqual(signedHeaders(message, only('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'), 1_614_265_330_999), {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test('after a rotation there is a signature by each secret, until the old one is over', () => {
  const [secret, oldSecret] = [newWebhookSecret(), newWebhookSecret()];
  const message = { id: 'a', body: '{}' };
  const by = (one: string, at: number) => signedHeaders(message, only(one), at)['webhook-signature'];
  const rotated = { secret, oldSecret, oldSecretUntil: 20_000 };
  const headers = signedHeaders(message, rotated, 19_999);
  assert.equal(headers['webhook-signature'], `${by(secret, 19_999)} ${by(oldSecret, 19_999)}`);
  assert.equal(signedHeaders(message, rotated, 20_000)['webhook-signature'], by(secret, 20_000));
});

test('a secret is of the form that libraries take: whsec_ and the base64 of 32 random bytes', () => {
  const [one, other] = [newWebhookSecret(), newWebhookSecret()];
  assert.match(one, /^whsec_[A-Za-z0-9+/]{43}=$/);
  assert.notEqual(one, other);
});
