/**
 * Where each operation is. The schemas themselves stay out of a browser's bundle (they weigh more than all of this
 * client); the compiler holds this table against them: an operation that is missing, moved or misspelt does not compile.
 */
import type { operations } from '@rollcall/api';

type Operations = typeof operations;

/** Operations of the operators' door. Devices have a client of their own, with a certificate. */
export type OperationId = {
  [Id in keyof Operations]: Operations[Id]['door'] extends 'device' ? never : Id;
}[keyof Operations];

export type OperationOf<Id extends OperationId> = Operations[Id];

/** Operations that answer with a page of a list. */
export type ListId = {
  [Id in OperationId]: Operations[Id] extends { readonly page: string } ? Id : never;
}[OperationId];

export type PageFieldOf<Id extends ListId> = Operations[Id] extends { readonly page: infer Field extends string }
  ? Field
  : never;

export const ROUTES: { readonly [Id in OperationId]: `${Operations[Id]['method']} ${Operations[Id]['path']}` } = {
  approveDevice: 'POST /v1/devices/:id/approve',
  cancelTask: 'POST /v1/tasks/:id/cancel',
  createContent: 'POST /v1/contents',
  createJoinToken: 'POST /v1/join-tokens',
  createOperator: 'POST /v1/operators',
  createProbe: 'POST /v1/probes',
  createSignInLink: 'POST /v1/sign-in-links',
  createTask: 'POST /v1/tasks',
  deleteTask: 'DELETE /v1/tasks/:id',
  endSignIn: 'DELETE /v1/sign-ins/:signIn',
  exportAudit: 'GET /v1/audit/export',
  getAttempts: 'GET /v1/tasks/:id/deliveries/:device/attempts',
  getDevice: 'GET /v1/devices/:id',
  getProbe: 'GET /v1/probes/:id',
  getReachability: 'GET /v1/reachability',
  getSignInWays: 'GET /v1/sign-in-ways',
  getOverview: 'GET /v1/overview',
  getSendingSettings: 'GET /v1/sending',
  getTask: 'GET /v1/tasks/:id',
  getTaskProgress: 'GET /v1/tasks/:id/progress',
  getTrust: 'GET /v1/trust',
  join: 'POST /v1/join',
  listAudit: 'GET /v1/audit',
  listDeliveries: 'GET /v1/tasks/:id/deliveries',
  listDeviceDeliveries: 'GET /v1/devices/:id/deliveries',
  listDevices: 'GET /v1/devices',
  listJoinTokens: 'GET /v1/join-tokens',
  listOperators: 'GET /v1/operators',
  listSignIns: 'GET /v1/sign-ins',
  listTasks: 'GET /v1/tasks',
  pauseTask: 'POST /v1/tasks/:id/pause',
  previewTargets: 'POST /v1/targets/preview',
  rejectDevice: 'POST /v1/devices/:id/reject',
  removeDevice: 'DELETE /v1/devices/:id',
  removeOperator: 'DELETE /v1/operators/:name',
  resumeTask: 'POST /v1/tasks/:id/resume',
  retryTask: 'POST /v1/tasks/:id/retry',
  revokeJoinToken: 'DELETE /v1/join-tokens/:id',
  signIn: 'POST /v1/sign-ins',
  signOut: 'DELETE /v1/sign-ins/self',
  streamEvents: 'GET /v1/events',
  updateDevice: 'PATCH /v1/devices/:id',
  createWebhook: 'POST /v1/webhooks',
  deleteWebhook: 'DELETE /v1/webhooks/:id',
  getWebhook: 'GET /v1/webhooks/:id',
  listWebhookMessages: 'GET /v1/webhooks/:id/messages',
  listWebhooks: 'GET /v1/webhooks',
  redeliverWebhookMessage: 'POST /v1/webhooks/:id/messages/:message/redeliver',
  rotateWebhookSecret: 'POST /v1/webhooks/:id/rotate-secret',
  testWebhook: 'POST /v1/webhooks/:id/test',
  updateWebhook: 'PATCH /v1/webhooks/:id',
  whoAmI: 'GET /v1/operators/self',
};

/** Field of the answer that holds the items of a page. */
export const PAGE_FIELDS: { readonly [Id in ListId]: PageFieldOf<Id> } = {
  listAudit: 'entries',
  listDeliveries: 'deliveries',
  listDeviceDeliveries: 'deliveries',
  listDevices: 'devices',
  listJoinTokens: 'tokens',
  listOperators: 'operators',
  listSignIns: 'signIns',
  listTasks: 'tasks',
  listWebhookMessages: 'messages',
  listWebhooks: 'webhooks',
};
