/** The operators' door: what operators may, uploads, and what is open to those who have no identity yet. */
import rateLimit from '@fastify/rate-limit';
import { operations, type Operation } from '@rollcall/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { ServerContext } from '../context.ts';
import type { OperatorRecord } from '../core/records.ts';
import { Problem } from '../core/problem.ts';
import { requireWithin } from '../core/require-within.ts';
import { OPERATOR_REQUESTS_PER_MINUTE_MAX } from '../limits.ts';
import { logRequests } from '../log/request-log.ts';
import { createDoor, doorContext, tooManyRequests } from './door.ts';
import { findConsole } from './console/console-files.ts';
import { registerConsole } from './console/register-console.ts';
import { route, type Route } from './handler.ts';
import { meterRequests } from './meter-requests.ts';
import { registerMonitoring } from './monitoring-routes.ts';
import { CLEARED_COOKIE } from '../sign-in/cookie.ts';
import { registerOidc } from '../sign-in/oidc/register-oidc.ts';
import { hasCredential, identifyOperator, refuseGuessers } from './identify-operator.ts';
import { registerDocsPage } from './docs/docs-page.ts';
import { once } from './once.ts';
import { describeApi } from './openapi/describe-api.ts';
import { OperatorUses } from './operator-uses.ts';
import { approveDevice } from './operator/approve-device.ts';
import { cancelTask } from './operator/cancel-task.ts';
import { createContent } from './operator/create-content.ts';
import { createJoinToken } from './operator/create-join-token.ts';
import { createOperator } from './operator/create-operator.ts';
import { createProbe } from './operator/create-probe.ts';
import { createSignInLink } from './operator/create-sign-in-link.ts';
import { createTask } from './operator/create-task.ts';
import { deleteTask } from './operator/delete-task.ts';
import { endSignIn } from './operator/end-sign-in.ts';
import { exportAudit } from './operator/export-audit.ts';
import { getAttempts } from './operator/get-attempts.ts';
import { getDevice } from './operator/get-device.ts';
import { getProbe } from './operator/get-probe.ts';
import { getReachability } from './operator/get-reachability.ts';
import { getSignInWays } from './operator/get-sign-in-ways.ts';
import { getOverview } from './operator/get-overview.ts';
import { getSendingSettings } from './operator/get-sending-settings.ts';
import { getTask } from './operator/get-task.ts';
import { getTaskProgress } from './operator/get-task-progress.ts';
import { getTrust } from './operator/get-trust.ts';
import { join } from './operator/join.ts';
import { listAudit } from './operator/list-audit.ts';
import { listDeliveries } from './operator/list-deliveries.ts';
import { listDeviceDeliveries } from './operator/list-device-deliveries.ts';
import { listDevices } from './operator/list-devices.ts';
import { listJoinTokens } from './operator/list-join-tokens.ts';
import { listOperators } from './operator/list-operators.ts';
import { listSignIns } from './operator/list-sign-ins.ts';
import { listTasks } from './operator/list-tasks.ts';
import { pauseTask } from './operator/pause-task.ts';
import { previewTargets } from './operator/preview-targets.ts';
import { rejectDevice } from './operator/reject-device.ts';
import { removeDevice } from './operator/remove-device.ts';
import { removeOperator } from './operator/remove-operator.ts';
import { resumeTask } from './operator/resume-task.ts';
import { retryTask } from './operator/retry-task.ts';
import { revokeJoinToken } from './operator/revoke-join-token.ts';
import { signIn } from './operator/sign-in.ts';
import { signOut } from './operator/sign-out.ts';
import { streamEvents } from './operator/stream-events.ts';
import { updateDevice } from './operator/update-device.ts';
import { createWebhook } from './operator/create-webhook.ts';
import { deleteWebhook } from './operator/delete-webhook.ts';
import { getWebhook } from './operator/get-webhook.ts';
import { listWebhookMessages } from './operator/list-webhook-messages.ts';
import { listWebhooks } from './operator/list-webhooks.ts';
import { redeliverWebhookMessage } from './operator/redeliver-webhook-message.ts';
import { rotateWebhookSecret } from './operator/rotate-webhook-secret.ts';
import { testWebhook } from './operator/test-webhook.ts';
import { updateWebhook } from './operator/update-webhook.ts';
import { whoAmI } from './operator/who-am-i.ts';
import { Refusals } from './refusals.ts';
import { registerRoutes, type Permit } from './register-routes.ts';
import type { SlowClients } from './slow-clients.ts';
import { sourceOf } from './source-of.ts';

/** Answers the tus protocol on the raw request. */
export type UploadHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export async function createOperatorDoor(context: ServerContext, uploads: UploadHandler): Promise<FastifyInstance> {
  const { doorCertificates, log, monotonicNow, now, readiness, signIns, store } = context;
  const { app, slowClients } = createDoor(doorCertificates.operatorTls, log, context.patience);
  doorCertificates.serve(app.server as HttpsServer, () => doorContext(doorCertificates.operatorTls));
  const refusals = new Refusals(monotonicNow);
  const onError = (error: unknown) => log.warn({ err: error }, "the use of an operator's token could not be noted");
  const uses = new OperatorUses({ store, now, monotonicNow, onError });
  meterRequests(app, context.metrics);
  logRequests(app, context.log);
  await app.register(rateLimit, {
    max: OPERATOR_REQUESTS_PER_MINUTE_MAX,
    timeWindow: 60_000,
    keyGenerator: (request) => sourceOf(request.ip),
    errorResponseBuilder: (_request, { ttl }) => tooManyRequests(Math.ceil(ttl / 1000)),
  });
  const identify = async (request: FastifyRequest, operation: Pick<Operation, 'door' | 'role'>) => {
    // This machine's operator gets a new token at each start: until it is where a command finds it, nobody is refused.
    if (!readiness.isOpen) {
      throw new Problem('unavailable', 'the server is starting or ending: ask again', { retryAfterSeconds: 1 });
    }
    return identifyOperator({ store, now, signIns, refusals, uses }, request, operation);
  };
  const permit = async (operator: OperatorRecord | undefined, operation: Operation, params: { id?: string }) => {
    if (operator !== undefined && params.id !== undefined) {
      await requireWithin(store.reader, operator, operation, params.id);
    }
  };
  app.addHook('onResponse', async (request, reply) => {
    const { statusCode } = reply;
    const { url } = request.routeOptions;
    // A wrong join token is a guess like any other, and so is, of who joins, a name that somebody has.
    const isRefusedJoin = statusCode === 403 && url === operations.join.path;
    const isTakenName = statusCode === 409 && url === operations.join.path;
    const isRefused = statusCode === 401 && (url === operations.signIn.path || hasCredential(request));
    if (isRefusedJoin || isTakenName || isRefused) refusals.note(request.ip);
  });
  app.addHook('onSend', async (request, reply) => {
    if (signIns.isVoid(request)) void reply.header('set-cookie', CLEARED_COOKIE);
  });
  registerRoutes(app, routesOf(context), identify, context, permit as Permit);
  if (context.identityProvider !== undefined) {
    registerOidc(app, context, context.identityProvider, (request) => refuseGuessers(refusals, request));
  }
  registerUploads(app, uploads, slowClients, (request) => identify(request, operations.createContent));
  registerMonitoring(app, context, (request) => identify(request, { door: 'operator', role: 'viewer' }));
  const description = once(describeApi);
  const consoleFolder = findConsole();
  if (consoleFolder === undefined) context.log.warn('the console was not built: npm run build');
  registerConsole(app, consoleFolder);
  app.get('/v1/openapi.json', async () => description());
  registerDocsPage(app, description);
  return app;
}

function routesOf(context: ServerContext): readonly Route[] {
  return [
    route(operations.approveDevice, approveDevice(context)),
    route(operations.cancelTask, cancelTask(context)),
    route(operations.createContent, createContent(context)),
    route(operations.createJoinToken, createJoinToken(context)),
    route(operations.createOperator, createOperator(context)),
    route(operations.createProbe, createProbe(context)),
    route(operations.createSignInLink, createSignInLink(context)),
    route(operations.createTask, createTask(context)),
    route(operations.deleteTask, deleteTask(context)),
    route(operations.endSignIn, endSignIn(context)),
    route(operations.exportAudit, exportAudit(context)),
    route(operations.getAttempts, getAttempts(context)),
    route(operations.getDevice, getDevice(context)),
    route(operations.getProbe, getProbe(context)),
    route(operations.getReachability, getReachability(context)),
    route(operations.getSignInWays, getSignInWays(context)),
    route(operations.getOverview, getOverview(context)),
    route(operations.getTaskProgress, getTaskProgress(context)),
    route(operations.getSendingSettings, getSendingSettings(context)),
    route(operations.getTask, getTask(context)),
    route(operations.getTrust, getTrust(context)),
    route(operations.join, join(context)),
    route(operations.listAudit, listAudit(context)),
    route(operations.listDeliveries, listDeliveries(context)),
    route(operations.listDeviceDeliveries, listDeviceDeliveries(context)),
    route(operations.listDevices, listDevices(context)),
    route(operations.listJoinTokens, listJoinTokens(context)),
    route(operations.listOperators, listOperators(context)),
    route(operations.listSignIns, listSignIns(context)),
    route(operations.listTasks, listTasks(context)),
    route(operations.pauseTask, pauseTask(context)),
    route(operations.previewTargets, previewTargets(context)),
    route(operations.rejectDevice, rejectDevice(context)),
    route(operations.removeDevice, removeDevice(context)),
    route(operations.removeOperator, removeOperator(context)),
    route(operations.resumeTask, resumeTask(context)),
    route(operations.retryTask, retryTask(context)),
    route(operations.revokeJoinToken, revokeJoinToken(context)),
    route(operations.signIn, signIn(context)),
    route(operations.signOut, signOut(context)),
    route(operations.streamEvents, streamEvents(context)),
    route(operations.updateDevice, updateDevice({ ...context, guesses: new Refusals(context.monotonicNow) })),
    route(operations.createWebhook, createWebhook(context)),
    route(operations.deleteWebhook, deleteWebhook(context)),
    route(operations.getWebhook, getWebhook(context)),
    route(operations.listWebhookMessages, listWebhookMessages(context)),
    route(operations.listWebhooks, listWebhooks(context)),
    route(operations.redeliverWebhookMessage, redeliverWebhookMessage(context)),
    route(operations.rotateWebhookSecret, rotateWebhookSecret(context)),
    route(operations.testWebhook, testWebhook(context)),
    route(operations.updateWebhook, updateWebhook(context)),
    route(operations.whoAmI, whoAmI()),
  ];
}

function registerUploads(
  app: FastifyInstance,
  uploads: UploadHandler,
  slowClients: SlowClients,
  identify: (request: FastifyRequest) => Promise<unknown>,
): void {
  // The bytes go from the socket to the upload's file; nothing is gathered in memory.
  app.addContentTypeParser('application/offset+octet-stream', (_request, _payload, done) => done(null));
  for (const url of ['/v1/uploads', '/v1/uploads/*']) {
    app.route({
      method: ['POST', 'HEAD', 'PATCH', 'OPTIONS', 'DELETE'],
      url,
      onRequest: async (request) => void (await identify(request)),
      handler: async (request, reply) => {
        reply.hijack();
        const noteEnd = slowClients.noteUpload(request.raw.socket);
        await uploads(request.raw, reply.raw).finally(noteEnd);
      },
    });
  }
}
