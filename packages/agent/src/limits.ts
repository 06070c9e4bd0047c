/** Every limit of the agent, its unit in its name, and the reason. */

/** First and longest wait between two attempts to connect: quick after a blink, gentle on a server that comes back to ten thousand devices. */
export const RECONNECT_MILLISECONDS_MIN = 1000;
export const RECONNECT_MILLISECONDS_MAX = 60_000;

/** How long a renewal that failed is let be while the certificate is still good: a month is left, and the server has others. */
export const RENEWAL_RETRY_MILLISECONDS = 60 * 60_000;

/** How often a pending device asks whether it was approved, when the server does not say. */
export const PENDING_RETRY_MILLISECONDS = 10_000;

/** How often the machine's addresses and default routes are compared: a cable that is put back is felt at once. */
export const NETWORK_POLL_MILLISECONDS = 1000;

/** A connection that is not made within this time is tried anew; TCP repeats its SYN after 1, 3 and 7 s. */
export const CONNECT_MILLISECONDS_MAX = 10_000;

/** A request that carries little must be answered within this time: twice under the silence that ends a connection. */
export const REQUEST_MILLISECONDS_MAX = 20_000;

/** Body of an answer that is not content: as much as a completion answer with 256 manifests takes. */
export const ANSWER_BYTES_MAX = 32 * 1024 * 1024;

/** An event of the device's stream has a name and little else. */
export const EVENT_CHARACTERS_MAX = 64 * 1024;

/**
 * How long a fresh process puts up with "this identity is connected already": a server notices that a killed process is
 * gone after 24 s of silence at the latest, and the device must come back by itself after a power cut.
 */
export const ALREADY_CONNECTED_MILLISECONDS_MAX = 32_000;

/** The safety net: asked even when nothing happened, spread so that devices that started together drift apart. */
export const SAFETY_ASK_MILLISECONDS_MIN = 10 * 60_000;
export const SAFETY_ASK_MILLISECONDS_MAX = 15 * 60_000;

/** Wishes to ask that come within this time are one: a session's end and the server's wake-up come together. */
export const ASK_SPACING_MILLISECONDS = 150;

/** A request that the server keeps open for so long gives way to a newer reason: a multicast does not wait for a slot. */
export const ASK_REPLACED_AFTER_MILLISECONDS = 500;

/** Random delay before asking because a multicast ended short: the devices of a session end it in the same instant. */
export const ASK_SHORT_SPREAD_MILLISECONDS = 500;

/** First and longest wait before a request that failed is made again. */
export const ASK_RETRY_MILLISECONDS_MIN = 1000;
export const ASK_RETRY_MILLISECONDS_MAX = 60_000;

/** Content bytes of one unicast request: a lost slot or connection costs no more than the leaf in flight, a request more costs nothing. */
export const FETCH_REQUEST_BYTES_MAX = 16 * 1024 * 1024;

/** Unicast bytes between two moments at which what was received is made durable: what a kill may lose. */
export const FETCH_DURABLE_BYTES_MAX = 8 * 1024 * 1024;

/** Silence in the middle of a unicast answer after which it counts as dead. */
export const FETCH_SILENCE_MILLISECONDS_MAX = 20_000;

/** How often one leaf may arrive corrupt before the content is given up: twice is bad luck, four times is a bad source. */
export const CORRUPT_LEAF_ARRIVALS_MAX = 4;

/** How long bits that are written may wait to be made durable. */
export const JOURNAL_UNSAVED_MILLISECONDS_MAX = 500;

/** Bytes read at once when a whole content is hashed: half a millisecond of SHA-256, so that heartbeats are not held up. */
export const HASH_PIECE_BYTES = 1024 * 1024;

/** How long content of a task that did not succeed is kept for its retry: over a weekend; less when the space is wanted. */
export const RETAINED_CONTENT_MILLISECONDS_MAX = 7 * 24 * 60 * 60_000;

/** How long the end of the agent waits for what it has begun before it leaves it to the next start. */
export const CLOSE_MILLISECONDS_MAX = 3000;

/** How long a download may run ahead of the rate that the operator allowed, in milliseconds of that rate. */
export const RATE_BURST_MILLISECONDS = 200;

/** How long a session may be without a datagram before it began: the server may let devices gather, and says so when asked. */
export const SESSION_UNHEARD_MILLISECONDS_MAX = 120_000;

/** Silence in a session that was heard: a restarted server begins another, a dead one must be asked about. */
export const SESSION_SILENCE_MILLISECONDS_MAX = 15_000;

/** How long the leaf table may take by multicast after the content began; then it is fetched, spread over twice that time. */
export const LEAF_TABLE_WAIT_MILLISECONDS = 3000;

/** Missing ranges in one completion request, of all tasks together: 20 bytes each, well under the 4 MiB that the server takes. */
export const MISSING_RANGES_PER_REQUEST_MAX = 65_536;

/** Output in one request of reports: well under the 4 MiB that the server takes. */
export const REPORTS_REQUEST_BYTES_MAX = 2 * 1024 * 1024;

/** How long the agent waits before it tries again to write a record that could not be written. */
export const JOURNAL_RETRY_MILLISECONDS = 2000;

/** How often the agent looks whether a task may begin whose time has come, without any other reason. */
export const TICK_MILLISECONDS = 10_000;

/** A signed server time is written down again when it is so much later: what a power cut may take from a device without a clock. */
export const TIME_KEPT_EVERY_MILLISECONDS = 60 * 60_000;

/** Tasks that are remembered so that they are not done again. Each is 150 bytes in memory and on disk; a device that ends one a minute for two months has so many. */
export const REPLAY_ENTRIES_MAX = 100_000;

/** Lines that the log of ended tasks may hold beyond twice what still counts, before it is written anew. */
export const REPLAY_LOG_SURPLUS_LINES = 1000;

/** Hashes of one leaf's pieces: of the largest leaf in the smallest symbols that a session has, and room. */
export const LEAF_PIECES_SIZE_BYTES_MAX = 4 * 1024 ** 2;

/** Leaves of one session that may come wrong before the rest is left to unicast: no more than the server answers for. */
export const POISONED_LEAVES_MAX = 16;

/** Pause between two answers to a probe on one path: whatever arrives, a device sends no more than two in a second. */
export const PROBE_ANSWER_SPACING_MILLISECONDS_MIN = 400;

/** How long a device listens to a probe beyond its duration when the server does not say that it is over: gathering, late reports. */
export const PROBE_OVERTIME_MILLISECONDS = 20_000;

/** What is on its way when the server has sent the last datagram of a probe arrives within this time. */
export const PROBE_TAIL_MILLISECONDS = 500;
