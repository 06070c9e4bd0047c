/** The API's client, for any program that has `fetch`: a browser, Node.js. Its types are the operations' schemas. */
export {
  RollcallClient,
  type CallOptions,
  type ClientOptions,
  type Exchanged,
  type Fetch,
  type InputOf,
} from './rollcall-client.ts';
export { askAgain } from './ask-again.ts';
export type { FollowOptions, StreamedEvent } from './follow-events.ts';
export { answeredError, ProblemError, UnexpectedAnswerError, UnreachableError } from './errors.ts';
export { webhookState } from './webhook-state.ts';
export type { ListId, OperationId, OperationOf } from './routes.ts';
