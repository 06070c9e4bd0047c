/** The keys of one multicast session. They live in this object and in the senders' threads, and go with the session. */
import { randomBytes } from 'node:crypto';
import type { SessionAuthentication } from '@rollcall/api';
import { feedbackKeyOf } from '@rollcall/norm';
import type { SenderConfig } from '@rollcall/transport';

const KEY_SIZE_BYTES = 16;

export class SessionKeys {
  readonly #senderKey = randomBytes(KEY_SIZE_BYTES);
  readonly #feedbackSecret = randomBytes(KEY_SIZE_BYTES);

  forSender(): NonNullable<SenderConfig['authentication']> {
    return { senderKey: this.#senderKey, feedbackSecret: this.#feedbackSecret };
  }

  forDevice(nodeId: number, senderRollover: number, feedbackRollover: number): SessionAuthentication {
    return {
      scheme: 'nh-siphash-2-4-128',
      senderKey: this.#senderKey.toString('hex'),
      feedbackKey: Buffer.from(feedbackKeyOf(this.#feedbackSecret, nodeId)).toString('hex'),
      senderRollover,
      feedbackRollover,
    };
  }
}
