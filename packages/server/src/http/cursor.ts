/** Cursors of lists: where a page ended, in an order. Opaque to clients, who give them back as they are. */
import type { Place } from '../core/ports.ts';
import { Problem } from '../core/problem.ts';

/** The place behind which the page begins; undefined: at the beginning. Throws `invalid_cursor`. */
export function placeOf(cursor: string | undefined, sort: string): Place | undefined {
  if (cursor === undefined) return undefined;
  const [ofSort, value, id] = parse(cursor);
  if (ofSort !== sort || !isScalar(value) || !isScalar(id)) {
    throw new Problem('invalid_cursor', 'a cursor is the "next" of a page of the same list in the same order');
  }
  return { value, id };
}

/** Of one item more than a page has, so that it is known whether there is another page. */
export function cutPage<Item>(
  found: readonly Item[],
  limit: number,
  sort: string,
  placeOfItem: (item: Item) => Place,
): { readonly items: readonly Item[]; readonly next: string | null } {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  if (last === undefined || found.length <= limit) return { items, next: null };
  const { value, id } = placeOfItem(last);
  return { items, next: Buffer.from(JSON.stringify([sort, value, id])).toString('base64url') };
}

/** `-name` is `name` the other way round. */
export function orderOf<Sort extends string>(
  sort: Sort,
): { readonly by: Sort extends `-${infer Bare}` ? Bare : Sort; readonly isDescending: boolean } {
  const isDescending = sort.startsWith('-');
  return { by: (isDescending ? sort.slice(1) : sort) as never, isDescending };
}

function parse(cursor: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}

function isScalar(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}
