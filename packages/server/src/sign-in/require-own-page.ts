/**
 * Against requests that another page makes with an operator's cookie (CSRF). Browsers say where a request comes from, and
 * no script can make them say something else: `Sec-Fetch-Site` (Fetch Metadata), or in older ones `Origin`. A cookie
 * alone is not enough: pages of this host on other ports are the same site to it.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '../core/problem.ts';

/** Throws `cross_site`. What only reads may come from anywhere: no other page is shown the answer. */
export function requireOwnPage({
  method,
  headers,
}: {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}) {
  if (READING.has(method) || isOwnPage(headers)) return;
  throw new Problem(
    'cross_site',
    'with a cookie only a page of this server may change something: its requests carry Sec-Fetch-Site: same-origin, or ' +
      "this server's Origin. Programs send an operator token: Authorization: Bearer …",
  );
}

function isOwnPage(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  // Where it is there it decides: a proxy may change Host, so that Origin no longer fits.
  if (site !== undefined) return site === 'same-origin';
  const { origin, host } = headers;
  return host !== undefined && origin === `https://${host}`;
}

/** RFC 9110 §9.2.1. */
const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
