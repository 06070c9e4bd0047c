/** One range of bytes, as RFC 9110 §14.1.2 has it. Lists of ranges are answered whole, which §14.2 allows. */
import type { ContentRange } from '../core/ports.ts';
import { Problem } from '../core/problem.ts';

export function parseRange(header: string | undefined, size: number): ContentRange | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  const isSuffix = match[1] === '';
  const first = isSuffix ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const last = isSuffix || match[2] === '' ? size - 1 : Math.min(size - 1, Number(match[2]));
  if (first > last) throw new Problem('range_not_satisfiable', `the content has ${size} bytes`);
  return { offset: first, length: last - first + 1 };
}
