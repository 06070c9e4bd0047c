import { feedbackKeyOf, type ReceiverAuthentication, type SenderAuthentication } from '@rollcall/norm';

/** What the control plane would have given out. */
export const SENDER_KEYS: SenderAuthentication = {
  senderKey: new Uint8Array(16).fill(1),
  feedbackSecret: new Uint8Array(16).fill(2),
};

export function receiverKeys(nodeId: number): ReceiverAuthentication {
  return {
    senderKey: SENDER_KEYS.senderKey,
    feedbackKey: feedbackKeyOf(SENDER_KEYS.feedbackSecret, nodeId),
    senderRollover: 0,
    feedbackRollover: 0,
  };
}
