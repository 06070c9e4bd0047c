/** All migrations, in order. One that was released is never changed. */
import type { Migration } from 'kysely/migration';
import { begin } from './001-begin.ts';
import { handedOver } from './002-handed-over.ts';
import { deviceClock } from './003-device-clock.ts';
import { audit } from './005-audit.ts';
import { contentKeys } from './006-content-keys.ts';
import { reachability } from './007-reachability.ts';
import { idempotency } from './008-idempotency.ts';
import { identity } from './009-identity.ts';
import { signIns } from './010-sign-ins.ts';
import { contentUploads } from './011-content-uploads.ts';
import { webhooks } from './012-webhooks.ts';
import { attemptErrors } from './013-attempt-errors.ts';

export const migrations: Readonly<Record<string, Migration>> = {
  '001-begin': begin,
  '002-handed-over': handedOver,
  '003-device-clock': deviceClock,
  '005-audit': audit,
  '006-content-keys': contentKeys,
  '007-reachability': reachability,
  '008-idempotency': idempotency,
  '009-identity': identity,
  '010-sign-ins': signIns,
  '011-content-uploads': contentUploads,
  '012-webhooks': webhooks,
  '013-attempt-errors': attemptErrors,
};
