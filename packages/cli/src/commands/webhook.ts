/** `rollcall webhook`: whom the server tells what happens. */
import { isOf, WEBHOOK_EVENTS, WebhookEvents, type WebhookEvent } from '@rollcall/api';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { usageError } from '../exit-code.ts';
import { formatTime } from '../output/format.ts';
import { describeWebhook } from '../output/webhook.ts';
import { addExample, addServerOptions, durationOption, withClient, type CommonFlags } from './options.ts';
import { registerWebhookViews, SOME_WEBHOOK } from './webhook-views.ts';

const EVENT_OPTION = ['--event <type>', 'what to tell: task, task.completed, delivery.failed, … (repeatable)'] as const;

interface ChangeFlags {
  readonly url?: string;
  readonly event?: readonly WebhookEvent[];
  readonly description?: string;
  readonly pause?: boolean;
  readonly resume?: boolean;
}

export function registerWebhook(program: Command): void {
  const webhook = program
    .command('webhook')
    .description('tell another server what happens: signed, and again until it is taken');
  registerChanges(webhook);
  registerWebhookViews(webhook);
}

function registerChanges(webhook: Command): void {
  addExample(
    addServerOptions(webhook.command('add <url>').description('add a webhook; its secret is shown this once'))
      .requiredOption(...EVENT_OPTION, collectEvent)
      .option('--description <text>', 'what it is for'),
    'rollcall webhook add https://chat.example/hooks/7 --event task.completed --event delivery.failed',
    'rollcall webhook add http://10.0.0.7:8080/ --event device        "serve --webhook-allow 10.0.0.7" allows it',
  ).action(async (url: string, flags: CommonFlags & { event: readonly WebhookEvent[]; description?: string }) => {
    const description = flags.description === undefined ? {} : { description: flags.description };
    await withClient(flags, async (client, output) => {
      const made = await client.call('createWebhook', { body: { url, events: [...flags.event], ...description } });
      output.result(
        { ...made.webhook, secret: made.secret },
        () => `webhook ${made.webhook.id} tells ${url}, which checks the signatures by\n  ${made.secret}`,
      );
    });
  });

  addExample(
    addServerOptions(webhook.command('change <id>').description('change a webhook, pause it, or let it go on'))
      .option('--url <url>', 'send it there from now on')
      .option(...EVENT_OPTION, collectEvent)
      .option('--description <text>', 'what it is for')
      .addOption(new Option('--pause', 'send nothing until it goes on').conflicts('resume'))
      .option('--resume', 'go on, also with what it missed'),
    `rollcall webhook change ${SOME_WEBHOOK} --pause`,
  ).action(async (id: string, flags: CommonFlags & ChangeFlags) => {
    const { url, event, description, pause, resume } = flags;
    const body = {
      ...(url === undefined ? {} : { url }),
      ...(event === undefined ? {} : { events: [...event] }),
      ...(description === undefined ? {} : { description }),
      ...(pause === true ? { enabled: false } : resume === true ? { enabled: true } : {}),
    };
    if (Object.keys(body).length === 0) throw usageError('say what to change: --url, --event, --pause, …');
    await withClient(flags, async (client, output) => {
      const changed = await client.call('updateWebhook', { params: { id }, body });
      output.result(changed, () => describeWebhook(changed));
    });
  });

  addExample(
    addServerOptions(
      webhook.command('rotate <id>').description('give a webhook a new secret, which is shown this once'),
    )
      .option(
        '--keep-old <duration>',
        'sign with the old one too for so long, at most 7d (default: 1d)',
        durationOption,
      )
      .addOption(new Option('--void-old', 'the old one is void at once: it was stolen').conflicts('keepOld')),
    `rollcall webhook rotate ${SOME_WEBHOOK} --keep-old 1h`,
  ).action(async (id: string, flags: CommonFlags & { keepOld?: number; voidOld?: boolean }) => {
    const seconds = flags.voidOld === true ? 0 : flags.keepOld === undefined ? undefined : flags.keepOld / 1000;
    const body = seconds === undefined ? {} : { oldSecretSeconds: Math.round(seconds) };
    await withClient(flags, async (client, output) => {
      const made = await client.call('rotateWebhookSecret', { params: { id }, body });
      const until = made.webhook.oldSecretUntil;
      const old =
        until === null ? 'the old one is void' : `messages are signed by the old one too until ${formatTime(until)}`;
      output.result({ ...made.webhook, secret: made.secret }, () => `its secret is now\n  ${made.secret}\n${old}`);
    });
  });

  addExample(
    addServerOptions(webhook.command('remove <id>').description('remove a webhook with what it was still to tell')),
    `rollcall webhook remove ${SOME_WEBHOOK}`,
  ).action(async (id: string, flags: CommonFlags) => {
    await withClient(flags, async (client, output) => {
      await client.call('deleteWebhook', { params: { id } });
      output.result({ id }, () => `webhook ${id} is removed`);
    });
  });
}

function collectEvent(text: string, previous: readonly WebhookEvent[] = []): readonly WebhookEvent[] {
  const events: readonly string[] = [...previous, text];
  if (isOf(WebhookEvents, events)) return events;
  throw new InvalidArgumentError(`it is one of ${WEBHOOK_EVENTS.join(', ')}`);
}
