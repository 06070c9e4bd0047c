import { parseToken, PROTOCOL, type operations } from '@rollcall/api';
import { issueDevice } from '../../certificates/issue-device.ts';
import { isSecret } from '../../certificates/tokens.ts';
import { DEVICE_SERVER_NAME } from '../../config.ts';
import type { ServerContext } from '../../context.ts';
import { silenceDelivery } from '../../core/move-delivery.ts';
import type { StoreReader, StoreTransactor } from '../../core/ports.ts';
import { Problem } from '../../core/problem.ts';
import { nameTaken } from '../../core/require-within.ts';
import { DEFAULT_SITE_ID, type DeviceRecord, type JoinTokenRecord } from '../../core/records.ts';
import { isWithin, scopeOf } from '../../core/scope.ts';
import { dismissDevice } from '../../live/dismiss-device.ts';
import { checkLabels } from '../check-labels.ts';
import type { OpenHandler } from '../handler.ts';

type JoinCall = Parameters<OpenHandler<typeof operations.join>>[0];
type Ports = Pick<
  ServerContext,
  'store' | 'now' | 'newId' | 'authority' | 'addresses' | 'deviceStreams' | 'deviceSockets' | 'presence' | 'desk'
>;

export function join(ports: Ports): OpenHandler<typeof operations.join> {
  const { store, now, authority, addresses } = ports;
  return async ({ body, request }) => {
    if (body.protocol.min > PROTOCOL.max || body.protocol.max < PROTOCOL.min) {
      throw new Problem('protocol_unsupported', `this server speaks protocol ${PROTOCOL.min} to ${PROTOCOL.max}`);
    }
    await checkToken(store.reader, body.token, now());
    const { device, certificate, isReplacement } = await store.transact(async (transactor) => {
      // Again within the transaction: two devices may have come with the last use of one token.
      const token = await checkToken(transactor, body.token, now());
      await transactor.updateJoinToken(token.id, { usesLeft: token.usesLeft - 1 });
      const enrolled = await enrol(ports, transactor, token, body);
      const issued = await issueDevice(authority, enrolled.device.id, body.certificateSigningRequest, now());
      await transactor.insertCertificate(issued.record);
      return { ...enrolled, certificate: issued.pem };
    });
    if (isReplacement) {
      ports.presence.forget(device.id);
      ports.desk.releaseDevice(device.id);
      await dismissDevice(ports, device.id);
    }
    return {
      deviceId: device.id,
      name: device.name,
      pending: device.isPending,
      certificate,
      certificateAuthority: authority.pem,
      deviceUrl: addresses.deviceUrlFor(request.hostname),
      serverName: DEVICE_SERVER_NAME,
    };
  };
}

async function checkToken(reader: StoreReader, text: string, now: number): Promise<JoinTokenRecord> {
  const parsed = parseToken(text, 'join');
  if (!parsed.ok) throw new Problem('token_unknown', parsed.reason);
  const token = await reader.joinToken(parsed.value.id);
  if (!isSecret(parsed.value.secret, token?.secretHash) || token === undefined) {
    throw new Problem('token_unknown', 'this server does not know the token: ask its operator for another one');
  }
  const reason = token.isRevoked
    ? 'was revoked'
    : token.expiresAt <= now
      ? `expired at ${new Date(token.expiresAt).toISOString()}`
      : token.usesLeft <= 0
        ? 'is used up'
        : undefined;
  if (reason !== undefined) throw new Problem('token_used_up', `the token ${reason}: create another one`);
  return token;
}

async function enrol(
  { now, newId }: Ports,
  transactor: StoreTransactor,
  token: JoinTokenRecord,
  body: JoinCall['body'],
): Promise<{ readonly device: DeviceRecord; readonly isReplacement: boolean }> {
  const at = now();
  if (token.replaces !== null) {
    const before = await transactor.deviceByName(token.replaces);
    if (before === undefined) throw new Problem('token_used_up', `the device ${token.replaces} is not there any more`);
    // What operators said of it goes before what the machine says of itself.
    const labels = checkLabels({ ...body.labels, ...before.labels, ...token.labels });
    const device = { ...before, labels, facts: body.facts, warning: null, isPending: token.needsApproval };
    requireTokensScope(token, device);
    await transactor.revokeCertificates(before.id, at);
    await transactor.updateDevice(before.id, device, false, at);
    // What the machine before it was receiving is gone with it.
    for (const delivery of await transactor.openDeliveriesOfDevice(before.id)) {
      const after = silenceDelivery(delivery, at);
      if (after !== undefined) await transactor.changeDelivery(delivery, after, at);
    }
    return { device, isReplacement: true };
  }
  const device: DeviceRecord = {
    id: newId(),
    name: await freeName(transactor, body.name, body.facts.hostname),
    siteId: DEFAULT_SITE_ID,
    labels: checkLabels({ ...body.labels, ...token.labels }),
    facts: body.facts,
    enrolledAt: at,
    lastSeenAt: null,
    lastCompletionAt: null,
    warning: null,
    clockAheadMs: null,
    isPending: token.needsApproval,
  };
  requireTokensScope(token, device);
  await transactor.insertDevice(device);
  return { device, isReplacement: false };
}

/** Its labels may have been changed since the token was made, and who joins chooses some itself. */
function requireTokensScope(token: JoinTokenRecord, device: DeviceRecord): void {
  if (isWithin(scopeOf(token), device)) return;
  throw new Problem('not_allowed', `with its labels this device is not within the scope of the token (${token.scope})`);
}

/** A name that was asked for, or none; the host's name otherwise, with a number if it is taken. */
async function freeName(reader: StoreReader, asked: string | undefined, hostname: string): Promise<string> {
  if (asked !== undefined) {
    if ((await reader.deviceByName(asked)) === undefined) return asked;
    throw nameTaken(asked);
  }
  const base =
    hostname
      .replace(/[^A-Za-z0-9._-]/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 100) || 'device';
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? base : `${base}-${number}`;
    if ((await reader.deviceByName(name)) === undefined) return name;
  }
}
