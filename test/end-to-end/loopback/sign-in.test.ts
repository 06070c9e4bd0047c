import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operations } from '@rollcall/api';
import { Agent, request } from 'undici';
import { Deployment } from '../../support/deployment.ts';

/** A browser would warn of the server's own authority; a person would trust it. */
const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });

interface Answer {
  readonly status: number;
  readonly cookie: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

/** As the page of the server does it. */
async function ask(
  url: URL,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  options: { body?: unknown; cookie?: string } = {},
): Promise<Answer> {
  const { statusCode, headers, body } = await request(new URL(path, url), {
    dispatcher,
    method,
    headers: {
      'sec-fetch-site': 'same-origin',
      ...(options.cookie === undefined ? {} : { cookie: options.cookie }),
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  const text = await body.text();
  const cookie = headers['set-cookie'];
  return {
    status: statusCode,
    cookie: typeof cookie === 'string' ? cookie.split(';', 1)[0] : undefined,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
  };
}

async function openLink(text: string): Promise<{ readonly url: URL; readonly answer: Answer }> {
  const url = new URL(text);
  const link = new URLSearchParams(url.hash.slice(1)).get('link');
  return { url, answer: await ask(url, 'POST', operations.signIn.path, { body: { link } }) };
}

test(
  'the link of "serve", a browser that works with it, and the command line beside',
  { timeout: 120_000 },
  async (context) => {
    await using deployment = await Deployment.start();
    context.after(() => dispatcher.close());
    const [, printed = ''] = await deployment.server.waitForOutput(
      /^sign in \(once, within 15 minutes\): (\S+)$/m,
      10_000,
    );
    const { url, answer } = await openLink(printed);
    assert.equal(answer.status, 201);
    const { cookie } = answer;
    assert.ok(cookie !== undefined);

    await context.test('the browser does what an admin may, and hears what happens', async () => {
      const events = await request(new URL(operations.streamEvents.path, url), { dispatcher, headers: { cookie } });
      assert.equal(events.statusCode, 200);
      const made = await ask(url, 'POST', operations.createJoinToken.path, { cookie, body: {} });
      assert.equal(made.status, 201);
      await deployment.addDevices(1);
      let heard = '';
      for await (const piece of events.body as AsyncIterable<Buffer>) {
        heard += piece.toString();
        if (heard.includes('event: device')) break;
      }
      assert.match(heard, /event: device/);
    });

    await context.test('"sign-in" lists it, makes another link, and ends it', async () => {
      const [entry] = await deployment.json<{ id: string; operator: string }[]>(['sign-in', 'list']);
      assert.equal(entry?.operator, 'local');
      await deployment.json(['operator', 'create', 'ada', '--role', 'viewer']);
      const link = await deployment.run(['sign-in', '--operator', 'ada']);
      assert.equal(link.code, 0, link.stderr);
      const ada = await openLink(link.stdout.trim());
      assert.equal((ada.answer.body['operator'] as { name: string }).name, 'ada');
      assert.equal(
        (await ask(url, 'POST', operations.createJoinToken.path, { cookie: ada.answer.cookie!, body: {} })).status,
        403,
      );
      await deployment.json(['sign-in', 'end', entry.id]);
      assert.equal((await ask(url, 'GET', operations.whoAmI.path, { cookie })).status, 401);
    });

    await context.test('a sign-in outlives a restart, and the log has no secret', async () => {
      const link = await deployment.json<{ url: string }>(['sign-in']);
      const { answer: signedIn } = await openLink(link.url);
      const before = deployment.server.stderr;
      await deployment.server.stop();
      await deployment.startServer();
      const secret = signedIn.cookie?.split('.').at(-1) ?? '';
      const again = new URL(deployment.url);
      assert.equal((await ask(again, 'GET', operations.whoAmI.path, { cookie: signedIn.cookie! })).status, 200);
      assert.equal((await ask(again, 'DELETE', operations.signOut.path, { cookie: signedIn.cookie! })).status, 204);
      assert.equal((await ask(again, 'GET', operations.whoAmI.path, { cookie: signedIn.cookie! })).status, 401);
      assert.equal(secret.length, 43);
      for (const log of [before, deployment.server.stderr]) assert.ok(!log.includes(secret));
    });
  },
);
