import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { operations } from '@rollcall/api';
import { freePorts } from '../../../test/support/free-port.ts';
import { startTestServer, TestClient } from './test-server.ts';

test('a server that is started again says so until its own operator can come in, and refuses nobody', async () => {
  const [port = 0] = await freePorts(1);
  let server = await startTestServer({ listen: { address: '127.0.0.1', port } });
  const file = path.join(server.dataDirectory, 'local-operator.json');
  const token = () => (JSON.parse(readFileSync(file, 'utf8')) as { token: string }).token;
  const client = new TestClient(server.admin.url);
  let refused = 0;
  let waited = 0;
  const over = new AbortController();
  /** As a command does: with the token that is there, and once more when there is another one by then. */
  const ask = async () => {
    while (!over.signal.aborted) {
      const used = token();
      const options = { headers: { authorization: `Bearer ${used}` } };
      const status = await client.send('GET', operations.whoAmI.path, options).then(
        async ({ statusCode, body }) =>
          body
            .dump()
            .then(() => statusCode)
            .catch(() => undefined),
        () => undefined,
      );
      if (status === 503) waited += 1;
      if (status === 401 && token() === used) refused += 1;
    }
  };
  const asking = Array.from({ length: 4 }, ask);
  for (let count = 0; count < 3; count += 1) server = await server.restart();
  over.abort();
  await Promise.all(asking);
  assert.equal(refused, 0, `${refused} times refused, ${waited} times told to wait`);
  await client.close();
  await server[Symbol.asyncDispose]();
});
