import assert from 'node:assert/strict';
import { operations } from '@rollcall/api';
import { AllowedAddresses } from '../../packages/server/src/webhooks/allowed-addresses.ts';
import type { LookupName } from '../../packages/server/src/webhooks/name-lookup.ts';
import { postMessage } from '../../packages/server/src/webhooks/post-message.ts';
import { TestReceiver } from '../../packages/server/test/test-receiver.ts';
import { startTestServer } from '../../packages/server/test/test-server.ts';
import type { Attack } from '../attack.ts';

/**
 * Somebody with an admin's token has the server speak to what only the server reaches: by addresses written in many ways,
 * by a redirect of a receiver that is allowed, and by a name that means one thing when it is looked at and another later.
 */
export const attack: Attack = {
  name: 'webhooks into the network of the server',
  async run() {
    await using treasure = await TestReceiver.start('127.0.0.1');
    const { port } = new URL(treasure.url);
    let count = 0;
    count += await tryAddresses(port);
    count += await tryRedirect(treasure);
    count += await tryNames(port);
    assert.deepEqual(treasure.received, [], 'nothing has come there');
    return { count, stoppedBy: 'the address of each connection, checked after the lookup; redirects are not followed' };
  },
};

async function tryAddresses(port: string): Promise<number> {
  await using server = await startTestServer({ mode: 'unicast', interfaces: ['lo'] });
  const hosts = ['127.0.0.1', '127.1', '0x7f000001', '2130706433', '017700000001', '0', '[::1]', '[::ffff:127.0.0.1]'];
  const named = ['localhost', 'a.localhost', '169.254.169.254', '[fd00:ec2::254]', '10.0.0.1', '[64:ff9b::7f00:1]'];
  const urls = ['http', 'https'].flatMap((scheme) =>
    [...hosts, ...named].map((host) => `${scheme}://${host}:${port}/`),
  );
  for (const url of urls) {
    const { status, body } = await server.admin.try(operations.createWebhook, { body: { url, events: ['task'] } });
    assert.deepEqual([status, (body as { readonly code?: string }).code], [422, 'webhook_refused'], url);
  }
  return urls.length;
}

async function tryRedirect(treasure: TestReceiver): Promise<number> {
  await using server = await startTestServer({ mode: 'unicast', interfaces: ['lo'], webhookAllow: ['127.0.0.2'] });
  await using accomplice = await TestReceiver.start('127.0.0.2');
  const body = { url: accomplice.url, events: ['task' as const] };
  const { webhook } = await server.admin.call(operations.createWebhook, { body });
  const statuses = [301, 302, 303, 307, 308];
  for (const status of statuses) {
    accomplice.answer = (response) => void response.writeHead(status, { location: treasure.url }).end();
    const { state } = await server.admin.call(operations.testWebhook, { params: { id: webhook.id } });
    assert.equal(state, 'failed', String(status));
  }
  assert.equal(accomplice.received.length, statuses.length);
  return statuses.length;
}

/** By names that somebody else's server of names answers for. */
async function tryNames(port: string): Promise<number> {
  const answers = [
    ['127.0.0.1'],
    // One of two, so that whoever looks at the first one only connects to the other.
    ['127.0.0.2', '127.0.0.1'],
    ['::1', '127.0.0.1'],
    ['::ffff:127.0.0.1'],
  ];
  for (const addresses of answers) {
    let asked = 0;
    const lookup: LookupName = async () => {
      // The second answer would be another one: there must be none.
      asked += 1;
      const given = asked === 1 ? addresses : ['127.0.0.1'];
      return given.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    };
    const posted = await postMessage({
      url: `http://innocent.example:${port}/`,
      headers: {},
      body: '{}',
      allowed: new AllowedAddresses(['127.0.0.2']),
      timeoutMs: 5_000,
      signal: new AbortController().signal,
      lookup,
    });
    assert.equal(posted.status, null, JSON.stringify(posted));
    assert.equal(asked, 1);
  }
  return answers.length;
}
