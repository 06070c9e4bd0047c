/** What a session's thread tells, for the log of its task. Figures come ten times a second and are no lines. */
import type { SenderSessionEvent } from '@rollcall/transport';
import type { Logger } from 'pino';

export function logSenderEvent(log: Logger, event: SenderSessionEvent): void {
  switch (event.type) {
    case 'networkTrouble':
      if (event.reason === undefined) log.info('the network takes datagrams again');
      else log.warn({ reason: event.reason }, 'the network takes no datagrams');
      return;
    case 'objectFailed':
      log.error({ toi: event.toi, reason: event.failure.message }, 'an object cannot be read');
      return;
    case 'objectSent':
    case 'flushCompleted':
    case 'ended':
      log.debug({ event: event.type }, 'a sender went on');
      return;
    default:
      return;
  }
}
