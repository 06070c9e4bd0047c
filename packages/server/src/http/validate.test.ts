import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Type } from 'typebox';
import { compileValidator } from './validate.ts';

const words = Array.from({ length: 40 }, (_, index) => `word-number-${index}`);
const schema = Type.Object({ events: Type.Array(Type.Enum(words)) });

test('tells what is wrong and what is allowed, and no more than fits into an answer', () => {
  const validate = compileValidator({ schema: schema as never, httpPart: 'body', method: 'POST', url: '/' });
  assert.deepEqual(validate({ events: ['word-number-1'] }), { value: { events: ['word-number-1'] } });
  const one = validate({ events: ['other'] }) as { readonly error: Error };
  assert.match(one.error.message, /^events\.0 must be one of word-number-0, .*, word-number-39$/);
  const many = validate({ events: Array.from({ length: 20 }, () => 'other') }) as { readonly error: Error };
  assert.match(many.error.message, /^events\.0 must be one of .*…$/);
  assert.ok(many.error.message.length < 2048);
});
