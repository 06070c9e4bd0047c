/** The console's page of webhooks, before a real server and a receiver that is not always willing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { OK, TestReceiver } from '../../../packages/server/test/test-receiver.ts';
import {
  browserUnavailable,
  buttonsOutOfSight,
  ConsoleBrowser,
  screenshot,
  seriousFindings,
} from '../../support/console-browser.ts';
import { Deployment } from '../../support/deployment.ts';

const skip = browserUnavailable() ?? false;
const PATIENCE_MILLIS = 45_000;

test(
  'webhooks: added by keyboard, tested, failing, redelivered, paused, removed',
  { skip, timeout: 180_000 },
  async () => {
    await using deployment = await Deployment.start({ serve: ['--webhook-allow', '127.0.0.1'] });
    await using receiver = await TestReceiver.start();
    await using browser = await ConsoleBrowser.start(deployment.url);
    const page = await browser.open();
    page.setDefaultTimeout(PATIENCE_MILLIS);
    const [link] = await deployment.server.waitForOutput(/https:\S+#link=\S+/, PATIENCE_MILLIS);
    await page.goto(link);
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.goto('/settings/webhooks');
    await page.getByText('Nobody is told yet').waitFor();
    await look(page, 'webhooks-empty');

    await page.getByRole('button', { name: 'Add a webhook' }).focus();
    await page.keyboard.press('Enter');
    await page.getByLabel('Address').fill('https://10.0.0.1/');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: '--webhook-allow' }).waitFor();
    await page.getByLabel('Address').fill(receiver.url);
    await page.getByRole('alert').waitFor({ state: 'detached' });
    await page.getByLabel('What it is for').fill('on-call chat');
    await page.getByRole('button', { name: 'Devices: all' }).focus();
    await page.keyboard.press('Space');
    await look(page, 'webhook-add');
    await page.getByLabel('Address').press('Enter');
    await page.getByText('It is shown this once').waitFor();
    await look(page, 'webhook-secret');
    await page.getByRole('button', { name: 'Copy the secret' }).click();
    receiver.secret = await page.evaluate<string>('navigator.clipboard.readText()');
    await page.getByRole('button', { name: 'I have it' }).press('Enter');

    await page.getByRole('button', { name: 'Send a test' }).press('Enter');
    await page.getByText(/It was taken: 200/).waitFor();
    assert.deepEqual([receiver.types, receiver.received[0]?.isGenuine], [['webhook.test'], true]);
    receiver.answer = (response) =>
      void response.writeHead(503).end('{"error":"the database of the chat is being moved"}');
    await deployment.join('d1');
    await page.getByText('trying again').first().waitFor();
    await page.locator('details summary').first().press('Enter');
    await look(page, 'webhooks');
    receiver.answer = OK;
    await page.getByRole('button', { name: 'Try now' }).first().press('Enter');
    await page.locator('tr', { hasText: 'device.joined' }).getByText('delivered').waitFor();
    const [{ id } = { id: '' }] = receiver.received.filter(({ type }) => type === 'device.joined');
    const timesTold = (): number => receiver.received.filter((one) => one.id === id).length;
    const before = timesTold();
    await page.locator('tr', { hasText: 'device.joined' }).getByRole('button', { name: 'Redeliver' }).press('Enter');
    while (timesTold() === before) await receiver.until(receiver.received.length + 1);

    await page.getByRole('button', { name: 'Pause' }).press('Enter');
    await page.getByRole('row').getByText('paused', { exact: true }).waitFor();
    await page.getByText('paused by local').waitFor();
    for (const [name, options] of LOOKS) {
      const visitor = await browser.open({ ...options, storageState: await page.context().storageState() });
      visitor.setDefaultTimeout(PATIENCE_MILLIS);
      await visitor.goto('/settings/webhooks');
      await visitor.getByText('webhook.test').waitFor();
      await look(visitor, `webhooks-${name}`);
      const width = await visitor.evaluate<number>('document.documentElement.scrollWidth');
      const overflow = width - visitor.viewportSize()!.width;
      assert.ok(overflow <= 0, `${name} is ${overflow} pixels too wide`);
      assert.deepEqual(await buttonsOutOfSight(visitor), [], name);
      await visitor.context().close();
    }
    await page.getByRole('button', { name: 'Remove', exact: true }).press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Remove the webhook' }).press('Enter');
    await page.getByText('Nobody is told yet').waitFor();
    assert.deepEqual(browser.complaints, []);
  },
);

const LOOKS = [
  ['dark', { colorScheme: 'dark' }],
  ['phone', { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }],
] as const;

async function look(page: Page, name: string): Promise<void> {
  assert.deepEqual(await seriousFindings(page), [], name);
  await screenshot(page, name);
}
