/**
 * What somebody sees who comes back from the identity provider and is not let in: why, and the way back. It is whole by
 * itself, without a script or a style, and what it says is the server's own: no address can put words into it.
 */
import { PROBLEMS } from '@rollcall/api';
import type { Problem } from '../../core/problem.ts';

export const REFUSAL_PAGE_HEADERS = {
  'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
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
<h1>${title}</h1>
<p>${escape(message)}</p>
<p><a href="/">Back to Rollcall</a></p>
</html>
`;
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
