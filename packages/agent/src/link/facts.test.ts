import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Facts, isOf } from '@rollcall/api';
import { collectFacts, distributionOf } from './facts.ts';

test('the distribution is the id and version of os-release, quoted or not, and nothing where there is none', () => {
  assert.equal(distributionOf('NAME="Debian GNU/Linux"\nVERSION_ID="13"\nID=debian\n'), 'debian 13');
  assert.equal(distributionOf("ID='arch'\n"), 'arch');
  assert.equal(distributionOf(''), '');
});

test('the facts of this machine are what the server takes', async () => {
  const facts = await collectFacts('/nowhere/yet');
  assert.ok(isOf(Facts, facts));
  assert.equal(facts.platform, `${process.platform}/${process.arch}`);
  assert.ok(facts.freeBytes > 0);
});
