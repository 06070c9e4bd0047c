import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliveryTransitions, taskTransitions } from '@rollcall/api';
import { document } from './documents.ts';

const DOCUMENT = 'docs/GLOSSARY.md';

for (const [name, transitions] of [
  ['delivery', deliveryTransitions],
  ['task', taskTransitions],
] as const) {
  test(`the picture of the ${name}'s states is the one that its table gives`, () => {
    const marker = `<!-- states: ${name} -->\n\`\`\`mermaid\n`;
    const text = document(DOCUMENT);
    assert.ok(text.includes(marker), `${DOCUMENT} has a block after ${marker}`);
    const start = text.indexOf(marker) + marker.length;
    assert.equal(text.slice(start, text.indexOf('```', start)), transitions.toMermaid());
  });
}
