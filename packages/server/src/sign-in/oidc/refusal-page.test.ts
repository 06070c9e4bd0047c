import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '../../core/problem.ts';
import { refusalPage } from './refusal-page.ts';

test('what a provider says is text on the page, and nothing else', () => {
  const page = refusalPage(new Problem('provider_refused', `<script>alert("1")</script> & 'so on'`));
  assert.ok(page.includes('&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62; &#38; &#39;so on&#39;'));
  assert.doesNotMatch(page, /<script|style=/);
});
