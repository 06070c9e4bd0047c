/** What an entry says of a request: its parameters, and of the body the fields that the operation's table names. */
import type { AuditNote, Operation } from '@rollcall/api';
import { canonicalJson } from '@rollcall/api';
import { shorten } from '../core/shorten.ts';

export function auditDetails(
  { audited }: Pick<Operation, 'audited'>,
  params: unknown,
  body: unknown,
): AuditNote['details'] {
  const details: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(params ?? {})) details[name] = detail(value);
  const fields = new Map(Object.entries(body ?? {}));
  for (const name of audited === false ? [] : (audited ?? [])) {
    const value: unknown = fields.get(name);
    if (value !== undefined) details[name] = detail(value);
  }
  return details;
}

function detail(value: unknown): string | number | boolean {
  if (typeof value === 'boolean' || Number.isSafeInteger(value)) return value as boolean | number;
  return shorten(typeof value === 'string' ? value : canonicalJson(value));
}
