import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dateRefusal } from './date-refusal.ts';

const authority = { from: Date.UTC(2026, 0), to: Date.UTC(2066, 0) };
const certificate = { from: Date.UTC(2030, 0), to: Date.UTC(2031, 0) };
const at = (year: number): string | undefined => dateRefusal(certificate, authority, Date.UTC(year, 6));

test('a certificate counts within its dates, by a clock that may be right', () => {
  assert.equal(at(2030), undefined);
  assert.match(at(2029)!, /not valid yet at 2029.*set the clock/);
  assert.match(at(2031)!, /has expired at 2031.*set the clock/);
});

test('a clock that cannot be right refuses nothing', () => {
  assert.deepEqual([at(1970), at(2025), at(2100)], [undefined, undefined, undefined]);
});
