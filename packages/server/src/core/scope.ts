/**
 * An operator's scope: which devices are its business. It is a selector over what operators say of a device, its labels
 * and its name, and never over facts: what a device says of itself decides nobody's rights.
 */
import { matchesSelector, parseSelector, type Parsed, type Selector } from '@rollcall/api';
import type { JoinTokenRecord } from './records.ts';

/** Undefined: everything. */
export type Scope = Selector | undefined;

export interface ScopeSubject {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Of a text that was checked when it was stored. */
export function scopeOf({ scope }: { readonly scope: string | null }): Scope {
  if (scope === null) return undefined;
  const parsed = parseSelector(scope);
  // Whatever cannot be read lets nothing through.
  return parsed.ok ? parsed.value : { names: [], conditions: [] };
}

/** A scope as it is given; `all` is none. */
export function parseScope(text: string): Parsed<string | null> {
  const parsed = parseSelector(text);
  if (!parsed.ok) return parsed;
  const { names, conditions } = parsed.value;
  return { ok: true, value: names === undefined && conditions.length === 0 ? null : text };
}

export function isWithin(scope: Scope, { id, name, labels }: ScopeSubject): boolean {
  return scope === undefined || matchesSelector(scope, { id, name, labels, facts: {} });
}

/**
 * A join token lies within a scope when whoever joins with it does, whatever that device says of itself: each condition
 * is met by a label that the token itself gives, or by the device whose place is taken.
 */
export function isTokenWithin(
  scope: Scope,
  token: Pick<JoinTokenRecord, 'labels'>,
  replaced: ScopeSubject | undefined,
): boolean {
  if (scope === undefined) return true;
  const labels = { ...replaced?.labels, ...token.labels };
  if (scope.names !== undefined && replaced === undefined) return false;
  const isFixed = scope.conditions.every(({ key }) => Object.hasOwn(labels, key));
  return isFixed && isWithin(scope, { id: replaced?.id ?? '', name: replaced?.name ?? '', labels });
}
