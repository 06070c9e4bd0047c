import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ruleOfGroups } from './rule-of-groups.ts';

const rules = [
  { group: 'admins', role: 'admin', scope: null },
  { group: 'north', role: 'operator', scope: 'site=north' },
  { group: 'staff', role: 'viewer', scope: null },
] as const;

test('the first rule decides, whatever the order of the groups', () => {
  assert.equal(ruleOfGroups(rules, ['staff', 'north'])?.role, 'operator');
  assert.equal(ruleOfGroups(rules, ['staff', 'north', 'admins'])?.role, 'admin');
  assert.equal(ruleOfGroups(rules, 'staff')?.role, 'viewer');
});

test('nobody is let in by what is no group of the list', () => {
  for (const claim of [undefined, null, [], ['Admins'], ['admins '], { admins: true }, [['admins']], 1, true, '']) {
    assert.equal(ruleOfGroups(rules, claim), undefined, JSON.stringify(claim));
  }
});
