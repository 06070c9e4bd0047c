/** What somebody may do, by the groups that the identity provider says. */
import type { GroupRule } from './oidc-config.ts';

/** The first rule of the list whose group the person is in; undefined: none. */
export function ruleOfGroups(rules: readonly GroupRule[], claim: unknown): GroupRule | undefined {
  const groups = groupsOf(claim);
  return rules.find(({ group }) => groups.has(group));
}

/** Providers write one group as a text, several as a list. Anything else is no group. */
function groupsOf(claim: unknown): ReadonlySet<string> {
  const list: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return new Set(list.filter((one) => typeof one === 'string'));
}
