import { test } from 'node:test';
import fc from 'fast-check';
import { Type } from 'typebox';
import { Check } from 'typebox/value';
import { isOf } from './is-of.ts';

const Sample = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 4, pattern: '^[a-z]*$' }),
  count: Type.Integer({ minimum: 0, maximum: 10 }),
  kind: Type.Optional(Type.Union([Type.Literal('a'), Type.Literal('b')])),
  labels: Type.Record(Type.String({ pattern: '^l' }), Type.Boolean()),
  list: Type.Array(Type.Number(), { maxItems: 2 }),
});

test('says the same compiled as the schema means interpreted', () => {
  const wrong = fc.constantFrom(null, undefined, -1, 1e300, NaN, '', 'ABC', 'abcde', [], {}, true);
  const field = <T>(right: fc.Arbitrary<T>): fc.Arbitrary<unknown> => fc.oneof({ weight: 5, arbitrary: right }, wrong);
  const value = fc.record(
    {
      name: field(fc.constantFrom('a', 'zz', 'abcd')),
      count: field(fc.integer({ min: 0, max: 10 })),
      kind: field(fc.constantFrom('a', 'b', 'c')),
      labels: field(fc.dictionary(fc.constantFrom('l1', 'l2', 'other'), fc.boolean())),
      list: field(fc.array(fc.double(), { maxLength: 3 })),
      another: fc.anything(),
    },
    { requiredKeys: [] },
  );
  fc.assert(fc.property(fc.oneof(value, wrong), (given) => isOf(Sample, given) === Check(Sample, given)));
});
