import { parseToken, PROTOCOL, type operations } from '@rollcall/api';
import { CertificateRequestError } from '../../certificates/certificate-authority.ts';
import { isSecret } from '../../certificates/tokens.ts';
import { DEVICE_SERVER_NAME } from '../../config.ts';
import type { ServerContext } from '../../context.ts';
import { silenceDelivery } from '../../core/move-delivery.ts';
import type { StoreReader, StoreTransactor } from '../../core/ports.ts';
import { Problem } from '../../core/problem.ts';
import { DEFAULT_SITE_ID, type DeviceRecord, type JoinTokenRecord } from '../../core/records.ts';
import { checkLabels } from '../check-labels.ts';
import type { OpenHandler } from '../handler.ts';

type JoinCall = Parameters<OpenHandler<typeof operations.join>>[0];
type Ports = Pick<
  ServerContext,
  'store' | 'now' | 'newId' | 'authority' | 'addresses' | 'deviceStreams' | 'presence' | 'desk'
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
      const issued = await issue(ports, enrolled.device.id, body.certificateSigningRequest);
      const { serial, issuedAt, expiresAt } = issued;
      const deviceId = enrolled.device.id;
      await transactor.insertCertificate({ serial, deviceId, issuedAt, expiresAt, revokedAt: null });
      return { ...enrolled, certificate: issued.pem };
    });
    if (isReplacement) {
      ports.presence.forget(device.id);
      ports.desk.releaseDevice(device.id);
      ports.deviceStreams.dismiss(device.id);
    }
    return {
      deviceId: device.id,
      name: device.name,
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
  if (token === undefined || !isSecret(parsed.value.secret, token.secretHash)) {
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
    const labels = checkLabels({ ...before.labels, ...body.labels, ...token.labels });
    await transactor.revokeCertificates(before.id, at);
    await transactor.updateDevice(before.id, { labels, facts: body.facts, warning: null }, false, at);
    // What the machine before it was receiving is gone with it.
    for (const delivery of await transactor.openDeliveriesOfDevice(before.id)) {
      const after = silenceDelivery(delivery, at);
      if (after !== undefined) await transactor.changeDelivery(delivery, after, at);
    }
    return { device: { ...before, labels }, isReplacement: true };
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
  };
  await transactor.insertDevice(device);
  return { device, isReplacement: false };
}

/** A name that was asked for, or none; the host's name otherwise, with a number if it is taken. */
async function freeName(reader: StoreReader, asked: string | undefined, hostname: string): Promise<string> {
  if (asked !== undefined) {
    if ((await reader.deviceByName(asked)) === undefined) return asked;
    const advice = 'choose another with --name, or replace it: token create --replace NAME';
    throw new Problem('name_taken', `a device named ${asked} has joined already: ${advice}`);
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

async function issue({ authority, now }: Ports, deviceId: string, requestPem: string) {
  try {
    return await authority.issueDevice(deviceId, requestPem, now());
  } catch (error) {
    if (!(error instanceof CertificateRequestError)) throw error;
    throw new Problem('invalid_request', `certificateSigningRequest: ${error.message}`, { cause: error });
  }
}
