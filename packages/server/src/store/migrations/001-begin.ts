import { sql, type Kysely } from 'kysely';

/** The first shape of the store. */
export const begin = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};

const STATEMENTS = [
  `create table meta (key text primary key, value text not null) strict`,
  `create table operators (
    id text primary key, name text not null unique, role text not null, "secretHash" text not null,
    "createdAt" integer not null) strict`,
  `create table "joinTokens" (
    id text primary key, "secretHash" text not null, "createdAt" integer not null, "createdBy" text not null,
    "expiresAt" integer not null, "usesLeft" integer not null, labels text not null, replaces text,
    "isRevoked" integer not null) strict`,
  `create table devices (
    id text primary key, name text not null, "siteId" text not null, labels text not null, facts text not null,
    "enrolledAt" integer not null, "lastSeenAt" integer, "lastCompletionAt" integer, warning text,
    "removedAt" integer) strict`,
  `create unique index "devicesByName" on devices (name) where "removedAt" is null`,
  `create table certificates (
    serial text primary key, "deviceId" text not null references devices (id), "issuedAt" integer not null,
    "expiresAt" integer not null, "revokedAt" integer) strict`,
  `create index "certificatesOfDevice" on certificates ("deviceId")`,
  `create table contents (
    id text primary key, encoding text not null, size integer not null, "leafSize" integer not null,
    "leafCount" integer not null, root text not null, sha256 text not null, "createdAt" integer not null,
    "unneededSince" integer, "removedAt" integer) strict`,
  `create table tasks (
    id text primary key, kind text not null, name text not null, state text not null, phase text not null,
    outcome text, action text not null, "contentId" text not null references contents (id), target text not null,
    "targetMode" text not null, policy text not null, "createdAt" integer not null, "createdBy" text not null,
    "scheduledAt" integer, window text, supersedes text, "cancelledAt" integer, "finishedAt" integer,
    "targetCount" integer not null, counts text not null, "bytesUnicast" integer not null) strict`,
  `create index "tasksByState" on tasks (state, id)`,
  `create index "tasksUnended" on tasks (id) where phase <> 'ended'`,
  `create index "tasksOfContent" on tasks ("contentId")`,
  `create table deliveries (
    "taskId" text not null references tasks (id) on delete cascade, "deviceId" text not null references devices (id),
    "siteId" text not null, "nodeId" integer not null, state text not null, reason text, path text,
    attempt integer not null, sequence integer not null, phase integer not null, "notBefore" integer, version text,
    "bytesMulticast" integer not null, "bytesUnicast" integer not null, "lossRatio" real, "startedAt" integer,
    "finishedAt" integer, "updatedAt" integer not null, error text,
    primary key ("taskId", "deviceId")) strict, without rowid`,
  // What a completion request searches: as small as the number of deliveries that are open, whatever the table holds.
  `create index "openDeliveriesOfDevice" on deliveries ("deviceId", "taskId")
    where state in ('queued', 'receiving', 'received', 'executing')`,
  `create index "openDeliveriesOfTask" on deliveries ("taskId", "deviceId")
    where state in ('queued', 'receiving', 'received', 'executing')`,
  `create table attempts (
    "taskId" text not null references tasks (id) on delete cascade, "deviceId" text not null,
    attempt integer not null, state text not null, "exitCode" integer, output blob not null, "finishedAt" integer,
    primary key ("taskId", "deviceId", attempt)) strict`,
  `create table sessions (
    id text primary key, "taskId" text not null references tasks (id) on delete cascade, "siteId" text not null,
    mode text not null, state text not null, owner text not null, "leaseUntil" integer not null, description text,
    "createdAt" integer not null, "startedAt" integer, "endedAt" integer, "bytesSent" integer not null,
    "repairBytes" integer not null, error text) strict`,
  `create index "sessionsOfTask" on sessions ("taskId")`,
  `create index "sessionsOpen" on sessions (id) where state in ('announcing', 'sending')`,
  `create table "completionSlots" (
    "taskId" text not null references tasks (id) on delete cascade, "deviceId" text not null,
    "siteId" text not null, "contentId" text not null, owner text not null, "grantedAt" integer not null,
    "leaseUntil" integer not null, primary key ("taskId", "deviceId")) strict`,
  `create table "batchChannels" (channel text primary key, "lastSequence" integer not null) strict`,
  `create table events (
    sequence integer primary key autoincrement, at integer not null, "taskId" text, payload text not null) strict`,
  `create index "eventsOfTask" on events ("taskId", sequence) where "taskId" is not null`,
];
