import { sql, type Kysely } from 'kysely';

/** Webhooks, what they sign with, and what they are to be told: all of it goes with its webhook. */
export const webhooks = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};

const STATEMENTS = [
  `create table webhooks (
    id text primary key, url text not null, events text not null, description text not null,
    "createdAt" integer not null, "createdBy" text not null, enabled integer not null, "disabledReason" text,
    cursor integer not null, "failureCount" integer not null, "lastSuccessAt" integer, "failingSince" integer,
    "lastError" text) strict`,
  `create table "webhookSecrets" (
    "webhookId" text primary key references webhooks (id) on delete cascade, secret text not null, "oldSecret" text,
    "oldSecretUntil" integer) strict`,
  `create table "webhookMessages" (
    id text primary key, "webhookId" text not null references webhooks (id) on delete cascade, type text not null,
    body text not null, state text not null, "createdAt" integer not null, "attemptCount" integer not null,
    "attemptedAt" integer, "nextAttemptAt" integer, status integer, "durationMs" integer, answer text,
    error text) strict`,
  `create index "messagesOfWebhook" on "webhookMessages" ("webhookId", id)`,
  `create index "waitingMessagesOfWebhook" on "webhookMessages" ("webhookId", "nextAttemptAt", id)
    where state = 'waiting'`,
];
