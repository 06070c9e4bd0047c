/** The target of a task as it is put together on the page, and the selector that says the same. */
export interface TargetChoice {
  readonly kind: 'all' | 'conditions' | 'chosen' | 'selector';
  readonly conditions: readonly TargetCondition[];
  /** Names of devices. */
  readonly chosen: readonly string[];
  readonly selector: string;
}

export interface TargetCondition {
  readonly key: string;
  readonly isEqual: boolean;
  /** Several are one of these, with `|` between them. */
  readonly value: string;
}

export const NO_CONDITION: TargetCondition = { key: '', isEqual: true, value: '' };
export const TARGET_ALL: TargetChoice = { kind: 'all', conditions: [NO_CONDITION], chosen: [], selector: '' };

/** Undefined: it is not put together yet. */
export function selectorText({ kind, conditions, chosen, selector }: TargetChoice): string | undefined {
  switch (kind) {
    case 'all':
      return 'all';
    case 'chosen':
      return chosen.length === 0 ? undefined : chosen.join(',');
    case 'selector':
      return selector.trim() === '' ? undefined : selector.trim();
    case 'conditions': {
      const whole = conditions.filter(({ key, value }) => key.trim() !== '' && value.trim() !== '');
      const terms = whole.map(({ key, isEqual, value }) => `${key.trim()}${isEqual ? '=' : '!='}${value.trim()}`);
      return terms.length === 0 ? undefined : terms.join(',');
    }
  }
}
