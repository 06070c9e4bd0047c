import { AUDIT_DETAIL_LENGTH_MAX } from '../limits.ts';

/** A text as the audit log takes it: well-formed, for half a surrogate pair is no text that others could hash, and bounded. */
export function shorten(text: string): string {
  const cut = text.length > AUDIT_DETAIL_LENGTH_MAX ? `${text.slice(0, AUDIT_DETAIL_LENGTH_MAX - 1)}…` : text;
  return cut.toWellFormed();
}
