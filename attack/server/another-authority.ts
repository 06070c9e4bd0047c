import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { operations, parseToken, trustText, type Operation } from '@rollcall/api';
import { joinServer } from '@rollcall/agent';
import { connectPinned, PinError } from '@rollcall/transport/tls';
import { DeviceConnection } from '../../packages/agent/src/link/device-connection.ts';
import { CertificateAuthority } from '../../packages/server/src/certificates/certificate-authority.ts';
import { DEVICE_SERVER_NAME } from '../../packages/server/src/config.ts';
import { FACTS, sharedKeyPem, signingRequest, TestClient } from '../../packages/server/test/test-server.ts';
import type { Attack } from '../attack.ts';
import { AttackedServer } from '../support/attacked-server.ts';

/** Somebody's own machine where the server's address leads: it answers everything, with whatever it heard of the true one. */
export const attack: Attack = {
  name: 'a server of another authority in the place of the true one: for an operator, a device that joins and one that has',
  async run() {
    await using server = await AttackedServer.start();
    const folder = mkdtempSync(join(tmpdir(), 'rollcall-attack-'));
    const impostor = await Impostor.start(join(folder, 'ca'), (await server.ask('GET', '/v1/trust')).text);
    try {
      const operator = parseToken(server.token, 'operator');
      assert.ok(operator.ok);
      const { pin } = operator.value;
      const makeToken = await server.ask('POST', '/v1/join-tokens', '{}');
      const { token } = JSON.parse(makeToken.text) as { token: string };
      let count = 0;
      // It says that it is another authority, and then that it is the true one.
      for (const answer of ['own', 'recorded'] as const) {
        impostor.answer = answer;
        await assert.rejects(connectPinned(impostor.url, pin, trustText), (error) => {
          assert.ok(error instanceof PinError && error.code === 'untrusted', String(error));
          return true;
        });
        const options = { url: impostor.url, token, dataDirectory: join(folder, `device-${answer}`) };
        await assert.rejects(joinServer(options), { code: 'server_untrusted' });
        count += 2;
      }
      count += await knockAsDevice(server, impostor, token);
      assert.deepEqual(new Set(impostor.heard), new Set(['GET /v1/trust ']), 'no token, name or content went to it');
      return {
        count,
        stoppedBy: "the pin: the authority's key has another hash, or has not signed what the connection shows",
      };
    } finally {
      await impostor.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** A device that has joined checks by the authority that it keeps. */
async function knockAsDevice(server: AttackedServer, impostor: Impostor, token: string): Promise<number> {
  const joining = new TestClient(server.url.href);
  const credentials = await joining.callOnce(operations.join, {
    token,
    name: 'till-1',
    certificateSigningRequest: await signingRequest(),
    protocol: { min: 1, max: 1 },
    facts: FACTS,
  });
  const connection = new DeviceConnection({
    url: impostor.url,
    serverName: DEVICE_SERVER_NAME,
    key: sharedKeyPem,
    certificate: credentials.certificate,
    certificateAuthority: credentials.certificateAuthority,
    certainTime: () => Date.now(),
  });
  let count = 0;
  const all = Object.values(operations as unknown as Readonly<Record<string, Operation>>);
  for (const operation of all.filter(({ door }) => door === 'device')) {
    const call = connection.call(operation as typeof operations.heartbeat, { body: { instance: 'a', receptions: [] } });
    await assert.rejects(call, { code: 'untrusted' }, operation.id);
    count += 1;
  }
  await connection.close();
  return count;
}

class Impostor {
  readonly heard: string[] = [];
  answer: 'own' | 'recorded' = 'own';
  readonly #server: ReturnType<typeof createServer>;

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
  }

  static async start(folder: string, recorded: string): Promise<Impostor> {
    const authority = await CertificateAuthority.open(folder, Date.now());
    const tls = await authority.issueServer([DEVICE_SERVER_NAME, '127.0.0.1'], Date.now());
    const own = JSON.stringify(authority.vouchFor([tls.cert]));
    const impostor: Impostor = new Impostor(
      createServer({ cert: tls.cert, key: tls.key, minVersion: 'TLSv1.3' }, (request, response) => {
        impostor.heard.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`);
        response.setHeader('content-type', 'application/json');
        response.end(impostor.answer === 'own' ? own : recorded);
      }),
    );
    impostor.#server.on('tlsClientError', () => undefined);
    impostor.#server.listen(0, '127.0.0.1');
    await once(impostor.#server, 'listening');
    return impostor;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
