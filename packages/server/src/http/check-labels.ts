import { JoinToken } from '@rollcall/api';
import { Value } from 'typebox/value';
import { Problem } from '../core/problem.ts';

/** Labels from several places, together. */
export function checkLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  if (!Value.Check(JoinToken.properties.labels, labels)) {
    throw new Problem(
      'invalid_request',
      'labels: at most 64, keys of letters, digits and . _ / - beginning with a letter or digit, ' +
        'keys and values of at most 128 characters',
    );
  }
  return { ...labels };
}
