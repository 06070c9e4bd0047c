import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { AuditEntry } from '../schemas/audit.ts';
import { AUDIT_BEGIN, AuditChain, auditLine, sealAuditEntry, type AuditNote } from './audit-chain.ts';
import { canonicalJson } from './canonical-json.ts';

const hashText = (text: string): string => createHash('sha256').update(text).digest('hex');

const note = fc.record({
  at: fc.nat(),
  actor: fc.record({
    kind: fc.constantFrom('operator' as const, 'device' as const, 'server' as const),
    id: fc.constantFrom(null, 'a', 'b-1'),
    name: fc.option(fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.toWellFormed())),
  }),
  source: fc.option(fc.ipV4()),
  operation: fc.constantFrom('createTask', 'removeDevice'),
  outcome: fc.constantFrom('done' as const, 'refused' as const),
  subjects: fc.array(
    fc.record({ kind: fc.constant('device'), id: fc.uuid(), name: fc.constantFrom(null, 'till-7\u2028') }),
    { maxLength: 3 },
  ),
  deviceCount: fc.nat(),
  details: fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), fc.oneof(fc.integer(), fc.boolean(), fc.string()), {
    noNullPrototype: true,
  }),
}) satisfies fc.Arbitrary<AuditNote>;

function chainOf(notes: readonly AuditNote[]): AuditEntry[] {
  const entries: AuditEntry[] = [];
  for (const one of notes) entries.push(sealAuditEntry(hashText, entries.at(-1) ?? AUDIT_BEGIN, one));
  return entries;
}

/** Place of the first line that is refused; undefined: all are accepted. */
function brokenAt(lines: readonly string[]): number | undefined {
  const chain = new AuditChain(hashText);
  const index = lines.findIndex((line) => !chain.accept(line).ok);
  return index === -1 ? undefined : index;
}

describe('the audit chain', () => {
  test('accepts what was sealed, and its head is the last entry', () => {
    fc.assert(
      fc.property(fc.array(note, { maxLength: 8 }), (notes) => {
        const entries = chainOf(notes);
        const chain = new AuditChain(hashText);
        for (const entry of entries) {
          const accepted = chain.accept(auditLine(entry));
          assert.ok(accepted.ok && auditLine(accepted.value) === auditLine(entry));
        }
        const { sequence, hash } = entries.at(-1) ?? AUDIT_BEGIN;
        assert.deepEqual(chain.head, { sequence, hash });
      }),
    );
  });

  test('breaks at the entry that was altered, taken out, put in or moved', () => {
    fc.assert(
      fc.property(fc.array(note, { minLength: 3, maxLength: 8 }), fc.nat(), (notes, seed) => {
        const lines = chainOf(notes).map(auditLine);
        const at = seed % lines.length;
        const place = 1 + (seed % (lines[at]!.length - 2));
        const altered =
          lines[at]!.slice(0, place) + (lines[at]![place] === '7' ? '8' : '7') + lines[at]!.slice(place + 1);
        assert.equal(brokenAt(lines.with(at, altered)), at);
        // Without the last one what is left is a whole log: only a head that was kept tells.
        assert.equal(brokenAt(lines.toSpliced(at, 1)), at === lines.length - 1 ? undefined : at);
        assert.equal(brokenAt(lines.toSpliced(at, 0, lines[at]!)), at + 1);
        if (at > 0) assert.equal(brokenAt(lines.with(at, lines[at - 1]!).with(at - 1, lines[at]!)), at - 1);
      }),
    );
  });

  test('breaks where an entry was rewritten with a hash of its own', () => {
    const entries = chainOf(fc.sample(note, { numRuns: 4, seed: 1 }));
    const { hash: _, ...second } = entries[1]!;
    const forged = { ...second, operation: 'whoAmI' };
    const lines = entries.map(auditLine).with(1, auditLine({ ...forged, hash: hashText(canonicalJson(forged)) }));
    const chain = new AuditChain(hashText);
    assert.ok(chain.accept(lines[0]!).ok && chain.accept(lines[1]!).ok);
    const third = chain.accept(lines[2]!);
    assert.match(third.ok ? '' : third.reason, /^entry 3: it does not follow/);
  });

  test('takes an entry in its canonical form only', () => {
    const [entry] = chainOf(fc.sample(note, { numRuns: 1, seed: 2 }));
    assert.equal(brokenAt([JSON.stringify(entry)]), 0);
    assert.equal(brokenAt([`${auditLine(entry!)} `]), 0);
    assert.equal(brokenAt([auditLine(entry!).replace('{', '{"at":1,')]), 0);
  });
});

test('canonical JSON is that of RFC 8785 §3.2.3', () => {
  const names = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6'];
  assert.equal(
    canonicalJson(Object.fromEntries(names.map((name) => [name, 0]))),
    '{"\\r":0,"1":0,"\u0080":0,"\u00f6":0,"\u20ac":0,"\u{1f600}":0,"\ufb33":0}',
  );
  assert.equal(canonicalJson({ b: [1, { d: null, c: true }], a: undefined }), '{"b":[1,{"c":true,"d":null}]}');
});
