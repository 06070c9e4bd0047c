/**
 * Selectors: which devices a task is for.
 *
 *   all                          every device
 *   till-1,till-2                devices by name or id
 *   site=north,role!=kiosk       devices whose labels and facts satisfy every condition
 *   site=north|south             one of several values
 *
 * Names and conditions may stand together: the devices of these names that satisfy these conditions. A condition looks
 * at labels first and then at facts; a missing key equals nothing, so `!=` holds for it.
 */
import { SELECTOR_LENGTH_MAX } from '../limits.ts';
import type { Parsed } from './parse-result.ts';

export interface Selector {
  /** Names or ids; undefined: not restricted by name. */
  readonly names: readonly string[] | undefined;
  readonly conditions: readonly Condition[];
}

export interface Condition {
  readonly key: string;
  readonly isEqual: boolean;
  readonly values: readonly string[];
}

export interface Selectable {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly facts: Readonly<Record<string, unknown>>;
}

export function parseSelector(text: string): Parsed<Selector> {
  if (text.length > SELECTOR_LENGTH_MAX) return { ok: false, reason: `longer than ${SELECTOR_LENGTH_MAX} characters` };
  const names: string[] = [];
  const conditions: Condition[] = [];
  let isAll = false;
  for (const raw of text.split(',')) {
    const term = raw.trim();
    if (term === '')
      return { ok: false, reason: 'an empty term; write "all", names, or conditions such as site=north' };
    if (term === 'all') {
      isAll = true;
      continue;
    }
    const match = /^([^=!]*)(!?=)(.*)$/s.exec(term);
    if (match === null) {
      names.push(term);
      continue;
    }
    const key = match[1]!.trim();
    if (key === '') return { ok: false, reason: `"${term}" has no key before "${match[2]!}"` };
    conditions.push({ key, isEqual: match[2] === '=', values: match[3]!.split('|').map((value) => value.trim()) });
  }
  return { ok: true, value: { names: isAll || names.length === 0 ? undefined : names, conditions } };
}

export function matchesSelector(selector: Selector, device: Selectable): boolean {
  if (selector.names !== undefined && !selector.names.includes(device.name) && !selector.names.includes(device.id)) {
    return false;
  }
  return selector.conditions.every(({ key, isEqual, values }) => {
    const value = Object.hasOwn(device.labels, key) ? device.labels[key] : device.facts[key];
    const isOne = isPlain(value) && values.includes(String(value));
    return isOne === isEqual;
  });
}

/** Lists (such as the network addresses) are facts to look at, not to select by. */
function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
