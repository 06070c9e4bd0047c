/** Carries out what `OperatorDoor` asks, a request on each line, until its standard input ends. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { DoorAnswer, DoorRequest } from './operator-door.ts';

const ANSWER_TIMEOUT_MILLIS = 30_000;
const [serverData = ''] = process.argv.slice(2);

for await (const line of createInterface(process.stdin)) {
  const answer = await ask(JSON.parse(line) as DoorRequest).catch((error: unknown): DoorAnswer => ({
    status: undefined,
    text: String(error),
  }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

async function ask({ path, body }: DoorRequest): Promise<DoorAnswer> {
  // Read each time: a server that is started again may have made new ones.
  const local = JSON.parse(readFileSync(join(serverData, 'local-operator.json'), 'utf8')) as {
    readonly url: string;
    readonly token: string;
  };
  const outgoing = request(new URL(path, local.url), {
    method: body === undefined ? 'GET' : 'POST',
    ca: readFileSync(join(serverData, 'ca', 'ca.pem')),
    headers: {
      authorization: `Bearer ${local.token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    agent: false,
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MILLIS),
  });
  outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { status: response.statusCode, text: await text(response) };
}
