/**
 * What somebody sees who comes back from the identity provider and is not let in: why, and the way back. It is whole by
 * itself, without a script, and what it says is the server's own: no address can put words into it.
 */
import { createHash } from 'node:crypto';
import { PROBLEMS } from '@rollcall/api';
import type { Problem } from '../../core/problem.ts';

/** Colours and sizes of the console's sign-in page, where the way back leads. */
const STYLE = `
:root { color-scheme: light dark; font: 14px/1.45 system-ui, sans-serif; }
body { display: grid; place-items: center; min-height: 100dvh; margin: 0; padding: 16px; box-sizing: border-box;
  background: light-dark(#f5f6f8, #0f1216); color: light-dark(#171c24, #e7eaef); }
main { width: min(22rem, 100%); box-sizing: border-box; padding: 20px; border-radius: 10px;
  border: 1px solid light-dark(#dde1e7, #2a313b); background: light-dark(#fff, #171b21); overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 18px; }
p { margin: 12px 0 0; }
a { color: light-dark(#1d5bd8, #7aa7ff); }
`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

export const REFUSAL_PAGE_HEADERS = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
} as const;

export function refusalPage({ code, message }: Problem): string {
  const title = escape(PROBLEMS[code].title);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${title} – Rollcall</title>
<style>${STYLE}</style>
<main>
<h1>${title}</h1>
<p>${escape(/[.!?]$/.test(message) ? message : `${message}.`)}</p>
<p><a href="/">Back to Rollcall</a></p>
</main>
</html>
`;
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
