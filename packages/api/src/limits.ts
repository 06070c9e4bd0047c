/** Every limit of the control plane: what a peer can grow, its bound with the unit in its name, and the reason. */

/** A request body. The largest honest one is a completion request with all its ranges, or a report with 64 KiB of output. */
export const REQUEST_BODY_BYTES_MAX = 4 * 1024 * 1024;

/** Name of a device, task, application, channel or operator. Fits a table column and a file name on every system. */
export const NAME_LENGTH_MAX = 128;

/** Labels of one device, and the length of a key or a value: what selectors search stays small. */
export const LABELS_MAX = 64;
export const LABEL_LENGTH_MAX = 128;

/** A path on a device. Linux's PATH_MAX. */
export const PATH_LENGTH_MAX = 4096;

/** Length of a selector: some ten thousand names. A larger group wants a label. */
export const SELECTOR_LENGTH_MAX = 512 * 1024;

/** Length of an operator's scope: conditions, or some hundred names. It is evaluated for every device that is shown. */
export const SCOPE_LENGTH_MAX = 16 * 1024;

/** Output kept of each attempt, from its end. Enough for an installer's last words, small enough for a row. */
export const OUTPUT_BYTES_MAX = 64 * 1024;

/** Error message of a delivery. */
export const MESSAGE_LENGTH_MAX = 2048;

/** Open tasks that one device may hold at once; more are handed out as these end. */
export const OPEN_TASKS_PER_DEVICE_MAX = 256;

/** Ranges of missing leaves in one completion request; a device with more gaps joins neighbours. */
export const MISSING_RANGES_MAX = 4096;

/** Reports in one request: a device that was offline sends its backlog in pieces. */
export const REPORTS_PER_REQUEST_MAX = 256;

/** Items on one page of a list, at most and for who does not say. */
export const PAGE_LENGTH_MAX = 1000;
export const PAGE_LENGTH_DEFAULT = 100;

/** Length of an `Idempotency-Key`: long enough that nobody guesses it, short enough for a header; a UUID has 36. */
export const IDEMPOTENCY_KEY_LENGTH_MIN = 16;
export const IDEMPOTENCY_KEY_LENGTH_MAX = 255;

/** Smallest and largest leaf. Small objects have fine repair; the journal may lose one largest leaf at most twice. */
export const LEAF_BYTES_MIN = 64 * 1024;
export const LEAF_BYTES_MAX = 4 * 1024 * 1024;

/** Leaves that a size is aimed at: the leaf table (48 bytes a leaf at most) stays below 1 MiB until the leaf's size reaches its maximum. */
export const LEAVES_AIMED_MAX = 16 * 1024;

/** Largest object. NORM carries 48 bits (RFC 5740 §4.2.3); 16 TiB keeps the leaf table under 256 MiB. */
export const OBJECT_BYTES_MAX = 16 * 1024 ** 4;

/** How often each side of the control channel shows that it is alive. */
export const HEARTBEAT_SECONDS = 8;

/**
 * Silence after which the control channel counts as dead, and what the device was receiving goes back to the queue: a
 * cut must be noticed within 30 s, three beats may get lost.
 */
export const SILENCE_SECONDS_MAX = 24;

/** An action that is not told otherwise may run for half an hour; no action may run for more than a week. */
export const ACTION_TIMEOUT_SECONDS_DEFAULT = 30 * 60;
export const ACTION_TIMEOUT_SECONDS_MAX = 7 * 24 * 3600;

/** A task that is not told otherwise waits a month for its last device; at most five years. */
export const TASK_EXPIRY_SECONDS_DEFAULT = 30 * 24 * 3600;
export const TASK_EXPIRY_SECONDS_MAX = 5 * 366 * 24 * 3600;

/** Weight of a task: a higher one goes first. */
export const WEIGHT_MAX = 1000;
export const WEIGHT_DEFAULT = 100;

/** Releases of an application that a device keeps. */
export const RELEASES_KEPT_MAX = 100;
export const RELEASES_KEPT_DEFAULT = 2;

/** Bytes of a signed statement. The largest is a manifest, with paths of 4 KiB; what is longer is not even hashed. */
export const STATEMENT_BYTES_MAX = 64 * 1024;

/** Signatures on one statement: one for each key while keys are changed. Each may cost a verification. */
export const SIGNATURES_MAX = 4;

/** Keys of the director that count at once: the one in use, and those before and after it while they change. */
export const DIRECTOR_KEYS_MAX = 8;

/** How far a clock may be off and still count as right: five minutes, as is usual for Kerberos. No task is that precise. */
export const CLOCK_TOLERANCE_SECONDS = 300;

/**
 * A probe runs for a quarter of an hour at most: long enough for a switch without a querier to forget its listeners
 * (RFC 3376 §8.4, 260 s) three times over.
 */
export const PROBE_SECONDS_MAX = 900;
export const PROBE_SECONDS_DEFAULT = 3;
/** A membership that nobody asks after lasts 260 s in a switch (RFC 3376 §8.4): so long a probe sees it end, with time to spare. */
export const PROBE_SNOOPING_SECONDS = 360;

/** Datagrams of one path in a second: enough to see a loss of a few percent in three seconds, 1 Mbit/s at most … */
export const PROBE_DATAGRAMS_PER_SECOND = 60;
/** … and so many in a probe that takes longer than `PROBE_BRISK_SECONDS_MAX`. */
export const PROBE_SLOW_DATAGRAMS_PER_SECOND = 4;
export const PROBE_BRISK_SECONDS_MAX = 15;
/** Of one path in the whole probe; what a device keeps of them is a bit each. */
export const PROBE_DATAGRAMS_MAX = PROBE_SLOW_DATAGRAMS_PER_SECOND * PROBE_SECONDS_MAX;

/** UDP payload of an Ethernet frame over IPv4: sessions use no longer ones by themselves. */
export const PROBE_DATAGRAM_BYTES_MAX = 1472;

/** Devices of one probe: each costs a request in a few seconds while it runs. */
export const PROBE_DEVICES_MAX = 1000;

/** Answers of one device on one path: 32 bytes each, spread over the probe, no matter how much it hears. */
export const PROBE_ANSWERS_MAX = 64;
/** A sign-in link is good for so long: it is opened at once, or sent to somebody who is at the desk. */
export const SIGN_IN_LINK_MINUTES = 15;

/** Address of a webhook: what browsers and proxies take as well. */
export const WEBHOOK_URL_LENGTH_MAX = 2048;
/** What a webhook is for, in a line. */
export const WEBHOOK_DESCRIPTION_LENGTH_MAX = 256;
/** Of what a webhook's receiver answers so many bytes are read, and kept as so many characters: enough for an error's words. */
export const WEBHOOK_ANSWER_LENGTH_MAX = 1024;
/** How long messages are signed with the old secret too: until the receivers have the new one; a week at most. */
export const WEBHOOK_OLD_SECRET_SECONDS_DEFAULT = 24 * 3600;
export const WEBHOOK_OLD_SECRET_SECONDS_MAX = 7 * 24 * 3600;
