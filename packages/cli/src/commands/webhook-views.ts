/** `rollcall webhook list`, `show`, `log`, `test` and `redeliver`: how it goes, and once more. */
import { limits, WEBHOOK_MESSAGE_STATES, type WebhookMessage } from '@rollcall/api';
import { webhookState } from '@rollcall/client';
import { Option, type Command } from 'commander';
import { EXIT } from '../exit-code.ts';
import { formatTime } from '../output/format.ts';
import { describeMessage, describeWebhook } from '../output/webhook.ts';
import { addExample, addServerOptions, countOption, withClient, type CommonFlags } from './options.ts';

export const SOME_WEBHOOK = '01a207d2-08e2-7307-af63-34987ca9b606';

export function registerWebhookViews(webhook: Command): void {
  registerLists(webhook);
  registerSending(webhook);
}

function registerLists(webhook: Command): void {
  addExample(addServerOptions(webhook.command('list').description('all webhooks')), 'rollcall webhook list').action(
    async (flags: CommonFlags) => {
      await withClient(flags, async (client, output) => {
        const webhooks = await client.list('listWebhooks');
        output.table(
          webhooks,
          ['id', 'url', 'events', 'state', 'waiting', 'last success', 'error'],
          webhooks.map((entry) => [
            entry.id,
            entry.url,
            entry.events.join(','),
            webhookState(entry),
            String(entry.waitingCount),
            formatTime(entry.lastSuccessAt),
            (entry.enabled ? entry.lastError : entry.disabledReason) ?? '',
          ]),
          'no webhooks',
        );
      });
    },
  );

  addExample(
    addServerOptions(webhook.command('show <id>').description('one webhook, without its secret')),
    `rollcall webhook show ${SOME_WEBHOOK}`,
  ).action(async (id: string, flags: CommonFlags) => {
    await withClient(flags, async (client, output) => {
      const shown = await client.call('getWebhook', { params: { id } });
      output.result(shown, () => describeWebhook(shown));
    });
  });

  addExample(
    addServerOptions(webhook.command('log <id>').description('what it was told, and is to be told, the newest first'))
      .addOption(new Option('--state <state>', 'only those').choices(WEBHOOK_MESSAGE_STATES))
      .option('--limit <n>', 'so many messages', countOption(1, limits.PAGE_LENGTH_MAX), 50),
    `rollcall webhook log ${SOME_WEBHOOK} --state failed`,
  ).action(async (id: string, flags: CommonFlags & { state?: WebhookMessage['state']; limit: number }) => {
    const query = { limit: flags.limit, ...(flags.state === undefined ? {} : { state: [flags.state] }) };
    await withClient(flags, async (client, output) => {
      const { messages } = await client.call('listWebhookMessages', { params: { id }, query });
      output.table(
        messages,
        ['time', 'type', 'message', 'state', 'attempts', 'status', 'ms', 'next attempt', 'error'],
        messages.map((entry) => [
          formatTime(entry.createdAt),
          entry.type,
          entry.id,
          entry.state,
          String(entry.attemptCount),
          entry.status === null ? '-' : String(entry.status),
          entry.durationMs === null ? '-' : String(entry.durationMs),
          formatTime(entry.nextAttemptAt),
          entry.error ?? '',
        ]),
        'nothing',
      );
    });
  });
}

function registerSending(webhook: Command): void {
  addExample(
    addServerOptions(webhook.command('test <id>').description('send a message of the type webhook.test now')),
    `rollcall webhook test ${SOME_WEBHOOK}`,
  ).action(async (id: string, flags: CommonFlags) => {
    await withClient(flags, async (client, output) => {
      const message = await client.call('testWebhook', { params: { id } });
      output.result(message, () => describeMessage(message));
      if (message.state !== 'delivered') process.exitCode = EXIT.failed;
    });
  });

  addExample(
    addServerOptions(
      webhook.command('redeliver <id> <message>').description('send a message again, under the same id'),
    ),
    `rollcall webhook redeliver ${SOME_WEBHOOK} 01a207d3-…`,
  ).action(async (id: string, message: string, flags: CommonFlags) => {
    await withClient(flags, async (client, output) => {
      const sent = await client.call('redeliverWebhookMessage', { params: { id, message } });
      output.result(sent, () => `message ${sent.id} is sent again: rollcall webhook log ${id}`);
    });
  });
}
