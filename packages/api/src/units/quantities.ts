/** Quantities as people write them: rates (`100mbit`), durations (`30m`), shares (`90%`). Used by flags, settings and the API's clients. */
import type { Parsed } from './parse-result.ts';

const RATE_UNITS: Readonly<Record<string, number>> = { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9 };
const DURATION_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1024,
  kib: 1024,
  m: 1024 ** 2,
  mib: 1024 ** 2,
  g: 1024 ** 3,
  gib: 1024 ** 3,
};

/** `100mbit`, `1.5gbit`, `800kbit`: bits per second. */
export function parseRate(text: string): Parsed<number> {
  return parseQuantity(text, RATE_UNITS, 'a rate such as 100mbit, 1gbit or 800kbit');
}

/** `30s`, `10m`, `24h`, `7d`, `2w`, `500ms`: milliseconds. */
export function parseDuration(text: string): Parsed<number> {
  return parseQuantity(text, DURATION_UNITS, 'a duration such as 30s, 10m, 24h or 7d');
}

/** `64k`, `8MiB`, `5g`: bytes, in powers of 1024. */
export function parseSize(text: string): Parsed<number> {
  return parseQuantity(text, SIZE_UNITS, 'a size such as 64k, 8m or 5g');
}

/** `90%` as `{ share: 0.9 }`, `12` as `{ count: 12 }`. */
export function parseShareOrCount(text: string): Parsed<{ readonly share: number } | { readonly count: number }> {
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim());
  const number = Number(match?.[1]);
  if (match !== null && match[2] === '%' && number <= 100) return { ok: true, value: { share: number / 100 } };
  if (match !== null && match[2] === '' && Number.isSafeInteger(number)) return { ok: true, value: { count: number } };
  return { ok: false, reason: `"${text}" is neither a share such as 90% nor a count such as 12` };
}

function parseQuantity(text: string, units: Readonly<Record<string, number>>, what: string): Parsed<number> {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(text.trim().toLowerCase());
  const unit = match === null ? undefined : units[match[2]!];
  const value = unit === undefined ? Number.NaN : Math.round(Number(match![1]) * unit);
  if (!Number.isSafeInteger(value) || value <= 0) return { ok: false, reason: `"${text}" is not ${what}` };
  return { ok: true, value };
}
