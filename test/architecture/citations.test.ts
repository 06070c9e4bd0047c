import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documents } from './documents.ts';
import { sourceFiles } from './source-files.ts';

/**
 * One way to cite, so that a search for "RFC 5740 §" lists what of it is met: `RFC 5740`, and with a section
 * `RFC 5740 §5.3`.
 */
const WRONG: readonly RegExp[] = [
  // RFC5740, Rfc 5740, RFC-5740, two spaces.
  /\b(?:[Rr]fc|rFC)[ -]?\d{3,5}\b|\bRFC(?: {2,}|-|)\d{3,5}\b/,
  // RFC 5740, section 5.3; RFC 5740 Sec. 5.3; RFC 5740 § 5.3; RFC 5740, §5.3; RFC 5740 (5.3).
  /\bRFC \d{3,5},? (?:[Ss]ection|[Ss]ec\.|chapter)\b/,
  /\bRFC \d{3,5}(?:,| ,|:)? ?§ /,
  /\bRFC \d{3,5}(?:,|:) ?§/,
  /\b[Ss]ections? [\d.]+ of RFC\b|§ ?[\d.]+ of RFC\b/,
];

test('RFCs are cited in one format: RFC 5740 §5.3', () => {
  const texts = [...sourceFiles().filter((file) => !file.path.endsWith('citations.test.ts')), ...documents()];
  const violations = texts.flatMap(({ path, text }) =>
    text
      .split('\n')
      // Addresses write it their own way.
      .map((line) => line.replaceAll(/https?:\/\/\S+/g, ''))
      .map((line, index) => ({ line, place: `${path}:${index + 1}` }))
      .filter(({ line }) => WRONG.some((pattern) => pattern.test(line)))
      .map(({ line, place }) => `${place} ${line.trim()}`),
  );
  assert.deepEqual(violations, []);
});
