/**
 * Pages of a list. `cursor` is the `next` of the page before, as the server wrote it: nobody else reads it. It is of one
 * order (`sort`); what is added, changed or taken away between two pages never repeats or leaves out what stayed as it was.
 */
import { Type } from 'typebox';
import { PAGE_LENGTH_DEFAULT, PAGE_LENGTH_MAX } from '../limits.ts';
import { nullable } from './scalars.ts';

const Cursor = Type.String({ minLength: 1, maxLength: 1024, pattern: '^[A-Za-z0-9_-]+$' });

/** Query fields of every list. */
export const pageQuery = {
  /** `next` of the page before; absent: the first page. */
  cursor: Type.Optional(Cursor),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: PAGE_LENGTH_MAX, default: PAGE_LENGTH_DEFAULT })),
};

/** `cursor` of the next page; null on the last one. */
export const Next = nullable(Cursor);

/** Text that is looked for anywhere in names and the like, in capitals or not. */
export const SearchText = Type.String({ minLength: 1, maxLength: 128 });

/** Several of these values: the parameter once for each. */
export function anyOf<const Values extends readonly string[]>(values: Values) {
  return Type.Array(Type.Enum<[...Values]>([...values]), { minItems: 1, maxItems: values.length });
}
