import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Deployment } from './deployment.ts';

/** A plain request at the operators' door, as monitoring makes it: with the authority's certificate, and a token or none. */
export async function askDoor(
  deployment: Deployment,
  path: string,
  token?: string,
): Promise<{ readonly status: number; readonly body: string }> {
  const request = get(`${deployment.url}${path}`, {
    ca: readFileSync(join(deployment.serverData, 'ca', 'ca.pem')),
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, body: await text(response) };
}
