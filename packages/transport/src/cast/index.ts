/** A file from one shell to others. A door of its own, because a quick transfer waits for what it imports. */
export { castReceive } from './cast-receive.ts';
export { castSend } from './cast-send.ts';
export type {
  CastOptions,
  CastProgress,
  CastReceiveOptions,
  CastReceiveResult,
  CastResult,
  CastSendOptions,
} from './cast-types.ts';
export { TransportError, type TransportErrorCode } from '../transport-error.ts';
