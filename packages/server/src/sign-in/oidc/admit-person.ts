/** Makes an operator of whom the identity provider sent, or brings the operator up to date: role and scope are what the groups say now. */
import { Name } from '@rollcall/api';
import { Value } from 'typebox/value';
import { newSecret, newTokenId } from '../../certificates/tokens.ts';
import type { StoreTransactor } from '../../core/ports.ts';
import { Problem } from '../../core/problem.ts';
import type { OperatorRecord } from '../../core/records.ts';
import type { Person } from './identity-provider.ts';
import type { OidcConfig } from './oidc-config.ts';
import { ruleOfGroups } from './rule-of-groups.ts';

export type Admission =
  | { readonly operator: OperatorRecord }
  /** Who was an operator and is none any more is removed, with everything that was signed in. */
  | { readonly refused: Problem; readonly removedId: string | undefined };

export async function admitPerson(
  transactor: StoreTransactor,
  { subject, claims }: Person,
  { config, now }: { readonly config: OidcConfig; readonly now: number },
): Promise<Admission> {
  const known = await transactor.operatorBySubject(subject);
  const rule = ruleOfGroups(config.groups, claims[config.groupsClaim]);
  if (rule === undefined) {
    if (known !== undefined) await transactor.deleteOperator(known.id);
    const detail = `${config.name} knows you, and none of your groups (claim "${config.groupsClaim}") has a role here: ask an admin`;
    return { refused: new Problem('no_role', detail), removedId: known?.id };
  }
  const rights = { role: rule.role, scope: rule.scope };
  if (known !== undefined) {
    if (known.role !== rights.role || known.scope !== rights.scope) await transactor.updateOperator(known.id, rights);
    return { operator: { ...known, ...rights } };
  }
  const name = claims[config.nameClaim];
  if (!Value.Check(Name, name)) {
    const detail = `the claim "${config.nameClaim}" is to be a name of letters, digits and . _ @ + -, and is ${JSON.stringify(name)}`;
    return { refused: new Problem('provider_refused', detail), removedId: undefined };
  }
  if ((await transactor.operatorByName(name)) !== undefined) {
    const detail = `there is another operator named ${name} already: an admin can remove that one`;
    return { refused: new Problem('name_taken', detail), removedId: undefined };
  }
  const operator: OperatorRecord = {
    id: newTokenId(),
    name,
    ...rights,
    // Of a secret that nobody has: it has no token.
    secretHash: newSecret().secretHash,
    createdAt: now,
    expiresAt: null,
    lastUsedAt: null,
    lastUsedFrom: null,
    subject,
  };
  await transactor.insertOperator(operator);
  return { operator };
}
