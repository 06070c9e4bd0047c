/** The devices' door: client certificates of the own authority only, looked up at every request. */
import type { Server as HttpsServer } from 'node:https';
import rateLimit from '@fastify/rate-limit';
import { operations, type Operation } from '@rollcall/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ServerContext } from '../context.ts';
import { judgeCertificate } from '../core/judge-certificate.ts';
import { Problem } from '../core/problem.ts';
import type { DeviceRecord } from '../core/records.ts';
import { DEVICE_REQUESTS_PER_MINUTE_MAX, PENDING_RETRY_SECONDS } from '../limits.ts';
import { admitDevices, certificateOf } from './client-certificate.ts';
import { askProbe } from './device/ask-probe.ts';
import { checkIn } from './device/check-in.ts';
import { diagnose } from './device/diagnose.ts';
import { getContent } from './device/get-content.ts';
import { getLeafPieces } from './device/get-leaf-pieces.ts';
import { getLeafTable } from './device/get-leaf-table.ts';
import { getLeaves } from './device/get-leaves.ts';
import { heartbeat } from './device/heartbeat.ts';
import { renew } from './device/renew.ts';
import { report } from './device/report.ts';
import { reportProbe } from './device/report-probe.ts';
import { requestCompletion } from './device/request-completion.ts';
import { sessionReady } from './device/session-ready.ts';
import { streamDeviceEvents } from './device/stream-device-events.ts';
import { logRequests } from '../log/request-log.ts';
import { createDoor, doorContext, tooManyRequests } from './door.ts';
import { route, type Route } from './handler.ts';
import { meterRequests } from './meter-requests.ts';
import { registerRoutes } from './register-routes.ts';

export async function createDeviceDoor(context: ServerContext): Promise<FastifyInstance> {
  const { authority, deviceSockets, doorCertificates, log } = context;
  const tls = () => ({ ...doorCertificates.deviceTls, ca: authority.pem });
  const { app, guard } = createDoor({ ...tls(), requestCert: true, rejectUnauthorized: false }, log, context.patience);
  const server = app.server as HttpsServer;
  admitDevices(server, authority.pem, (certificate, socket) => {
    if (guard.admit(socket, certificate)) deviceSockets.add(certificate.commonName, socket);
  });
  doorCertificates.serve(server, () => doorContext(tls()));
  meterRequests(app, context.metrics);
  logRequests(app, log);
  await app.register(rateLimit, {
    max: DEVICE_REQUESTS_PER_MINUTE_MAX,
    timeWindow: 60_000,
    keyGenerator: (request) => certificateOf(request).serial,
    errorResponseBuilder: (_request, { ttl }) => tooManyRequests(Math.ceil(ttl / 1000)),
  });
  registerRoutes(app, routesOf(context), (request, operation) => identifyDevice(context, request, operation), context);
  return app;
}

function routesOf(context: ServerContext): readonly Route[] {
  return [
    route(operations.askProbe, askProbe(context)),
    route(operations.checkIn, checkIn(context)),
    route(operations.diagnose, diagnose(context)),
    route(operations.getContent, getContent(context)),
    route(operations.getLeafPieces, getLeafPieces(context)),
    route(operations.getLeafTable, getLeafTable(context)),
    route(operations.getLeaves, getLeaves(context)),
    route(operations.heartbeat, heartbeat(context)),
    route(operations.renew, renew(context)),
    route(operations.report, report(context)),
    route(operations.reportProbe, reportProbe(context)),
    route(operations.requestCompletion, requestCompletion(context)),
    route(operations.sessionReady, sessionReady(context)),
    route(operations.streamDeviceEvents, streamDeviceEvents(context)),
  ];
}

async function identifyDevice(
  { store, presence, now, monotonicNow }: Pick<ServerContext, 'store' | 'presence' | 'now' | 'monotonicNow'>,
  request: FastifyRequest,
  operation: Operation,
): Promise<DeviceRecord> {
  const { serial, commonName } = certificateOf(request);
  const certificate = await store.reader.certificate(serial);
  const device = await store.reader.device(commonName);
  if (certificate === undefined || certificate.deviceId !== commonName) {
    const replace = device === undefined ? '' : ` with a token of "rollcall token create --replace ${device.name}"`;
    throw new Problem(
      'unauthenticated',
      `this server knows nothing of this certificate, or was restored from a backup of before it: join again${replace}`,
    );
  }
  const refusal = judgeCertificate(certificate, device, operation.id === operations.renew.id, now());
  if (refusal !== undefined) {
    const { code, detail } = refusal;
    throw new Problem(code, detail, code === 'device_pending' ? { retryAfterSeconds: PENDING_RETRY_SECONDS } : {});
  }
  if (certificate.usedAt === null) {
    await store.transact(async (transactor) => {
      const before = await transactor.certificate(serial);
      if (before?.usedAt === null) await transactor.noteCertificateUse(before, now());
    });
  }
  if (!NAMING_AN_INSTANCE.has(operation.id)) presence.touch(commonName, monotonicNow());
  return device!;
}

/**
 * These say which process asks, and count as a sign of life only if it is the one that is known: a process that is
 * refused must not keep alive the dead one in whose favour it is refused.
 */
const NAMING_AN_INSTANCE: ReadonlySet<string> = new Set([
  operations.checkIn.id,
  operations.heartbeat.id,
  operations.streamDeviceEvents.id,
]);
