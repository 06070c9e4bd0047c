/** Every limit of the server that is not part of the contract, with its unit and its reason. */

/** Requests of one operator's address in a minute: a console that polls, several people behind one proxy. */
export const OPERATOR_REQUESTS_PER_MINUTE_MAX = 6000;

/** Wrong tokens from one address in a minute: secrets have 256 bits, this only keeps the log readable. */
export const REFUSED_CREDENTIALS_PER_MINUTE_MAX = 60;

/** Links of one operator that are good at once. */
export const SIGN_IN_LINKS_PER_OPERATOR_MAX = 8;
/** A browser in which nobody did anything for so long, and that does not show the console, is signed out: a working day … */
export const SIGN_IN_IDLE_MS = 12 * 3_600_000;
/** … and each one after so long: a working week. */
export const SIGN_IN_MS = 7 * 86_400_000;
/** Whom an identity provider sent is sent again after a day's work: only then the groups are asked for. */
export const SIGN_IN_BY_PROVIDER_MS = 12 * 3_600_000;
/** An identity provider that does not answer a request in so long, in seconds, is away. */
export const PROVIDER_TIMEOUT_SECONDS = 10;
/** Browsers in which one operator is signed in; the one that was not used for longest gives way. */
export const SIGN_INS_PER_OPERATOR_MAX = 16;
/** The use of a sign-in is written this often: a disk write for each request would be too many. */
export const SIGN_IN_USE_WRITTEN_EVERY_MS = 60_000;

/** Requests of one device in a minute: an agent needs some ten, a burst of reports some hundred. */
export const DEVICE_REQUESTS_PER_MINUTE_MAX = 1200;

/**
 * Life of a device's certificate. A stolen key is of use no longer than this after its device was last there; a device
 * renews at two thirds, so it may be off for a month without noticing.
 */
export const DEVICE_CERTIFICATE_MS = 90 * 86_400_000;

/** How long after its expiry a certificate may still be renewed: a spare device that lay on a shelf comes back by itself. */
export const RENEWABLE_AFTER_EXPIRY_MS = 2 * 365.25 * 86_400_000;

/** A certificate that is younger is not renewed again: a device that loops makes no more than a row an hour. */
export const RENEWED_AGAIN_AFTER_MS = 3_600_000;

/** Life of the doors' own certificates; a running server makes new ones at two thirds. */
export const DOOR_CERTIFICATE_MS = 90 * 86_400_000;

/** How soon a pending device asks again whether it was approved. */
export const PENDING_RETRY_SECONDS = 10;

/** How often the use of an operator's token is written down: a console polls every second. */
export const OPERATOR_USE_WRITTEN_EVERY_MS = 60_000;

/** How long a removed device's event stream may take for the word that says so; then its connections end anyhow. */
export const DISMISSAL_MS_MAX = 250;

/** A request's headers must be here in so long … */
export const HEADERS_TIMEOUT_MS = 15_000;
/** … its body (but not an upload, which is resumable and may take hours) in so long … */
export const BODY_TIMEOUT_MS = 60_000;
/** … and a connection on which nothing moves is closed. The event streams beat every 8 s. */
export const IDLE_TIMEOUT_MS = 75_000;

/** How often that is looked after. Node's default of 30 s would let headers take three times as long. */
export const TIMEOUTS_LOOKED_AT_MS = 5_000;
/**
 * A reader that takes nothing of what lies ready for it for so long is hung up on: it holds a buffer, and maybe a
 * completion slot. A piece is at most 256 KiB, so that some 4 KiB in a second are enough to stay.
 */
export const STALL_TIMEOUT_MS = 60_000;
/** An upload that brings less than this, over as long, is hung up on as well; it is resumable. */
export const UPLOAD_BYTES_PER_SECOND_MIN = 1024;

/** Headers of a request, in bytes and in number: ours are a token, a range and what libraries add. */
export const HEADERS_BYTES_MAX = 16 * 1024;
export const HEADERS_COUNT_MAX = 100;
/** A body of those who have no identity yet: a request to join, with 64 labels. */
export const OPEN_BODY_BYTES_MAX = 64 * 1024;
/** Levels of a JSON body: ours have six. */
export const JSON_DEPTH_MAX = 32;
/** Values in a JSON body: 4,096 ranges of missing leaves of each of some contents, or a retry for 100,000 devices. */
export const JSON_VALUES_MAX = 250_000;

/** Connections of one door: descriptors are finite. */
export const CONNECTIONS_MAX = 32_768;
/** Of one source, of which nobody knows (yet) who it is: a site behind one address whose devices all come at once … */
export const CONNECTIONS_PER_SOURCE_MAX = 2_048;
/** … of one certificate: an event stream, a heartbeat, a completion request, downloads … */
export const CONNECTIONS_PER_CERTIFICATE_MAX = 32;
/** … and of one device, which may show one that was superseded, or many of them. */
export const CONNECTIONS_PER_DEVICE_MAX = 4 * CONNECTIONS_PER_CERTIFICATE_MAX;
/** Sources whose refusals are told apart within a minute. */
export const REFUSAL_SOURCES_MAX = 10_000;

/** Event streams of operators at once, and of one of them: tabs, scripts, wall displays. Each costs a buffer. */
export const OPERATOR_STREAMS_MAX = 2_048;
export const OPERATOR_STREAMS_PER_OPERATOR_MAX = 64;

/** Bytes that wait in one slow reader's stream before it is cut off; it comes again. */
export const STREAM_BACKLOG_BYTES_MAX = 2 * 1024 * 1024;
/** An operator's stream with so many is read from the table when they are gone: all streams together fit in memory. */
export const STREAM_LIVE_BACKLOG_BYTES_MAX = 256 * 1024;

/** Rows of the events table that one read takes. */
export const EVENTS_PER_READ = 500;

/** Events are kept for this long: a client that was away for longer begins anew. */
export const EVENTS_KEPT_MS = 30 * 86_400_000;
/** And so many: at some 600 bytes, 1.2 GB. Ten thousand devices make as many in twenty tasks. */
export const EVENTS_KEPT_MAX = 2_000_000;
/** Events that are forgotten in one transaction, so that others get their turn between … */
export const EVENTS_FORGOTTEN_AT_ONCE = 10_000;
/** … and in one minute: more than can come in one. */
export const EVENTS_FORGOTTEN_PER_TURN_MAX = 1_000_000;

/** How long a request may be asked again by its idempotency key, and how many keys an operator may use in that time. */
export const IDEMPOTENCY_KEYS_KEPT_MS = 24 * 3_600_000;
export const IDEMPOTENCY_KEYS_PER_OPERATOR_MAX = 20_000;

/** Webhooks of a server: each looks at the events by itself, and may have some connections. */
export const WEBHOOKS_MAX = 100;
/** A receiver that has not answered by then is taken for one that does not: what Standard Webhooks recommends at least. */
export const WEBHOOK_TIMEOUT_MS = 15_000;
/** A name server that has not answered by then does not: asked twice, half the patience for a receiver is left for the receiver … */
export const WEBHOOK_NAME_SERVER_MS = 3_000;
/** … and a datagram may get lost. */
export const WEBHOOK_NAME_SERVER_TRIES = 2;
/** Once its status is known, the beginning of its answer is waited for no longer than this. */
export const WEBHOOK_ANSWER_MS_MAX = 2_000;
/** What was not taken comes again after so long, then after four times as long, and so on, up to eight hours … */
export const WEBHOOK_RETRY_MS_MIN = 5_000;
export const WEBHOOK_RETRY_FACTOR = 4;
export const WEBHOOK_RETRY_MS_MAX = 8 * 3_600_000;
/** … each time a fifth sooner or later: many messages that failed together do not come together again … */
export const WEBHOOK_RETRY_JITTER = 0.2;
/** … and is given up after so many attempts: three days, a weekend. */
export const WEBHOOK_ATTEMPTS_MAX = 16;
/** Messages of one webhook that are on their way at once … */
export const WEBHOOK_POSTS_CONCURRENT_MAX = 8;
/** … and one, after so many failures in a row: then the receiver is away, and asked once in `WEBHOOK_RETRY_MS_MIN`. */
export const WEBHOOK_AWAY_AFTER_FAILURES = 8;
/** A webhook whose receiver has taken nothing for so long is disabled, before any of its messages is given up. */
export const WEBHOOK_DISABLED_AFTER_MS = 2 * 86_400_000;
/** Messages of one webhook that wait. Further events stay in their own table until there is room: at some 600 bytes, 600 KB. */
export const WEBHOOK_MESSAGES_WAITING_MAX = 1_000;
/** Messages of one webhook that are kept as its log: so many that were taken, and as many that were given up. */
export const WEBHOOK_MESSAGES_KEPT_MAX = 1_000;
/** Events that a webhook does not want before its place among them is written: it costs a write, and saves reading them again. */
export const WEBHOOK_SKIPPED_MAX = 5_000;
/** And it is written at the latest after so long: a server that starts anew must not take old events that nobody wanted for missed ones. */
export const WEBHOOK_PLACE_WRITTEN_MS = 3_600_000;
/** How often a webhook without any news looks at its place among the events all the same. */
export const WEBHOOK_LOOKED_AT_MS = 60_000;

/** Sessions that send at once. They share the rate: more would only make each of them slower. */
export const SESSIONS_CONCURRENT_MAX = 8;

/** A session's socket and the announcement wait at least so long: devices that were woken together are all heard. */
export const ANNOUNCEMENT_MS_MIN = 300;

/** Devices that a session's row names as left to unicast: more are nothing that anybody reads there. */
export const HANDED_OVER_MAX = 256;

/** A round of 10,000 looks at all of them fifty times a second, which takes some hundredths of a processor … */
export const DEVICES_LOOKED_AT_PER_MS = 500;
/** … and one of any size soon enough for nobody to notice. */
export const LOOK_REST_MS_MAX = 200;

/** How long a repeat, or a server that restarted, asks what the devices hold before it decides what to send. */
export const COLLECTION_MS = 15_000;
/** A repeat asks devices that are connected; they answer at once. */
export const REPEAT_COLLECTION_MS = 2_000;

/** What every device lacks less than is finished by unicast without another multicast. */
export const REPEAT_BYTES_MIN = 8 * 1024 * 1024;

/** How long an action that is being applied may go on after its task was cancelled. */
export const CANCEL_FORCED_AFTER_MS = 60_000;

/** Deliveries in one transaction of the server's own (cancel, retry, expiry, silence): others get their turn between. */
export const DELIVERIES_PER_TRANSACTION = 2_000;

/**
 * Rows that are written before timers and sockets get their turn: some 5 ms. A statement of so many deliveries has a
 * ninth of the 32,766 variables that SQLite takes.
 */
export const ROWS_PER_TURN = 200;

/**
 * Targets of one task. So many are created in some 7 s, in which no report is written, and cancelled or retried in some
 * 25 s, in pieces; nothing else waits for longer than 1 s.
 */
export const TARGETS_MAX = 1_000_000;

/** One read of content for a device: large enough for a fast disk, small enough that a thousand readers fit in memory. */
export const READ_PIECE_BYTES = 256 * 1024;

/** An upload is given up so long after it was begun, or last continued. */
export const UPLOAD_KEPT_MS = 7 * 86_400_000;

/** A file that no content claims is removed when it is older: nobody is making it any more. */
export const STRAY_FILE_AGE_MS = 86_400_000;

/** How often a session tells the core how it goes: the end rule reacts within it, the screen needs no more. */
export const SESSION_PROGRESS_INTERVAL_MS = 250;

/** How often metrics and `readyz` look at the devices' table and try to write, however often they are asked. */
export const DEVICES_COUNTED_AGAIN_MS = 60_000;
export const READINESS_TRIED_AGAIN_MS = 2_000;
/** Below, the server is not ready: the database needs some for its log, a task's upload needs more. */
export const DISK_FREE_BYTES_MIN = 64 * 1024 * 1024;

/** Source symbols in a block. Long blocks need little parity; 128 symbols are 180 KiB, cheap to hold and to decode. */
export const FEC_BLOCK_LENGTH = 128;
/** Repair symbols that exist for a block: enough for a third of it to get lost in one pass. */
export const FEC_REPAIR_SYMBOL_COUNT = 64;

/** Subjects that an entry of the audit log names; of a task for a thousand devices it has their number. */
export const AUDIT_SUBJECTS_MAX = 32;
/** Characters of one detail of an entry: who sends long names must not fill the disk with them. */
export const AUDIT_DETAIL_LENGTH_MAX = 256;
/** Entries of the audit log that one read takes. */
export const AUDIT_ENTRIES_PER_READ = 500;
/** How long an entry waits at most for a checkpoint in the server's log: what it takes to write a log anew unnoticed. */
export const AUDIT_CHECKPOINT_EVERY_MS = 3_600_000;
/** Refusals of one source are one entry at first and one at the end of so long, with their number … */
export const AUDIT_REFUSALS_WINDOW_MS = 10 * 60_000;
/** … and so many sources are told apart in it: guessing fills at most some 10 MiB of the log in a day. */
export const AUDIT_REFUSAL_SOURCES_MAX = 64;

/**
 * Leaves of one session of which a listener may ask what came wrong. One forger can spoil any leaf: past so many the
 * multicast is no use to this device.
 */
export const POISONED_LEAVES_PER_LISTENER_MAX = 16;

/** Probes at once, and of them those that devices asked for: each is some hundred datagrams in a second at most. */
export const PROBES_CONCURRENT_MAX = 4;
export const DEVICE_PROBES_CONCURRENT_MAX = 2;
/** Probes that ended and can still be looked at; the last result of each device is in the store. */
export const PROBES_KEPT_MAX = 16;
/** How long a probe waits until all its devices listen: a membership needs a moment, a busy agent a few seconds. */
export const PROBE_GATHERING_MS_MAX = 5_000;
/** How long it waits for the last reports, beyond the pause between two of them. */
export const PROBE_FINAL_REPORTS_MS_MAX = 6_000;
/** Reports of all devices of a probe together: a thousand devices report every ten seconds. */
export const PROBE_REPORTS_PER_SECOND_MAX = 100;
/** A receiver that was silent for so long says nothing of what is lost now: several rounds of probes have gone by. */
export const LOSS_REPORT_AGE_MS_MAX = 15_000;

/** Samples of one session that are kept for its charts: as many as a screen has places for … */
export const PROGRESS_SAMPLES_MAX = 600;
/** … and of so many tasks: some 1 MiB together. */
export const PROGRESS_TASKS_MAX = 32;

/** Of what needs a person the overview names so many; the task's own page has all. */
export const OVERVIEW_ITEMS_MAX = 20;
export const OVERVIEW_RUNNING_MAX = 50;
export const OVERVIEW_ENDED_MAX = 8;
/** How far it looks back, in time and in tasks. */
export const OVERVIEW_SPAN_MS = 7 * 86_400_000;
export const OVERVIEW_TASKS_MAX = 200;
/** Of an operator with a scope every target of every task is looked at. */
export const OVERVIEW_SCOPED_TASKS_MAX = 32;
/** A running task's sums over all of its rows are made anew not more than once in so long. */
export const TRAFFIC_KEPT_MS = 10_000;
