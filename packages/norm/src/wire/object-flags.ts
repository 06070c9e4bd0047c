/** Flags of INFO and DATA. RFC 5740 §4.2.1. */
export const OBJECT_FLAG = {
  /** A retransmission. */
  repair: 0x01,
  /** Sent for an explicit request of this very symbol. */
  explicit: 0x02,
  /** The object has INFO, which can be asked for. */
  info: 0x04,
  /** Not repaired: receivers must not ask. */
  unreliable: 0x08,
  /** The object is a file; without this flag and `stream` it is data for memory. */
  file: 0x10,
  /** The object is a stream: its payloads begin with a stream header of eight bytes. */
  stream: 0x20,
} as const;
