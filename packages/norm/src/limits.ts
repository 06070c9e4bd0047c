/** Limits of the wire, each with its unit and its reason. */

/** The longest UDP payload: IPv6's, which is longer than IPv4's 65,507. Nothing longer can have come in a datagram. */
export const DATAGRAM_SIZE_MAX_BYTES = 65_527;

/** The transfer length of an object has 48 bits on the wire. */
export const TRANSFER_LENGTH_MAX_BYTES = 2 ** 48 - 1;

/** Reed-Solomon over GF(2^8): source and repair symbols of a block together; 2^8 − 1 non-zero elements. */
export const ENCODING_SYMBOL_COUNT_MAX = 255;

// Limits of the sessions: what a peer, or an application, can make them remember.

/** Node ids that mean nobody and everybody. RFC 5740 §4.1. */
export const NODE_ID_MAX = 0xfffffffe;

/**
 * What a message needs beside a symbol, or beside requests that are as long: 36 bytes in DATA with FTI, 52 in feedback,
 * 20 more where it is authenticated, and room for other header extensions.
 */
export const DATA_OVERHEAD_MAX_BYTES = 84;

/** Symbols that still fit into one datagram with everything in front of them. */
export const SYMBOL_SIZE_MAX_BYTES = DATAGRAM_SIZE_MAX_BYTES - DATA_OVERHEAD_MAX_BYTES;

/** Smallest symbol that a session sends or takes: a NACK or a REPAIR_ADV must be able to hold some requests. */
export const SYMBOL_SIZE_MIN_BYTES = 64;

/** Senders that a receiver follows at once: a group has one or two; more is somebody who makes them up. */
export const SENDERS_MAX = 16;

/**
 * Objects of one sender between the oldest that is not finished and the newest: what a sender keeps for repair, and a
 * receiver waits for. A batch of small objects passes in less than a second; half of the id space is the wire's limit.
 */
export const OBJECTS_PER_SENDER_MAX = 256;

/** Objects that an application may enqueue and that were not sent yet: well below half of the 16-bit id space. */
export const OBJECTS_QUEUED_MAX = 16_384;

/**
 * Memory for what a receiver remembers of one object's symbols (a bit each) and blocks (two bytes each). 64 MiB are an
 * object of 400 GB in symbols of 1,400 bytes; what a stranger announces beyond is refused.
 */
export const OBJECT_BITMAP_MAX_BYTES = 64 * 1024 ** 2;

/** Memory for incomplete blocks of all objects of a session: at 1 Gbit/s 270 ms of data that waits for its repair. */
export const RECEIVER_BLOCK_MEMORY_BYTES = 32 * 1024 ** 2;

/**
 * … and, as a share of that, for the repair symbols of blocks that wait without a buffer: at 10 % of loss those of three
 * times as many as have one.
 */
export const PARITY_SHELTER_SHARE = 0.25;

/** Memory for blocks that a sender reads and encodes: at 1 Gbit/s the 130 ms in which most repair is asked for. */
export const SENDER_BLOCK_MEMORY_BYTES = 16 * 1024 ** 2;

/** Least number of block buffers, however large the blocks are: one that fills, one that is repaired, two that wait. */
export const BLOCK_COUNT_MIN = 4;

/**
 * Most block buffers of one shape: each costs some hundred bytes of its own, which very small blocks would multiply
 * without a use.
 */
export const BLOCK_COUNT_MAX = 4_096;

/** Different (block length, repair count, symbol size) that a receiver serves at once; each has a pool of its own. */
export const FEC_CODECS_MAX = 4;

/** Blocks of which repair is pending at a sender. What is asked for beyond is asked for again later. */
export const REPAIR_PENDING_MAX_BLOCKS = 16_384;

/** Repaired blocks of which a sender remembers what it sent when: 2 KiB each at most. A request for others may be answered twice. */
export const REPAIRS_REMEMBERED_MAX_BLOCKS = 4_096;

/** Of those that are forgotten, how many wait for the next block: one comes as one goes, but for bursts. */
export const REPAIRS_SPARE_MAX = 256;

/**
 * Blocks and objects that are looked at for one NACK: as many as can be pending. A few bytes can name the same large
 * range again and again; what lies beyond is asked for again later.
 */
export const NACK_VISITS_MAX = 16 * 1024;

/** NACK messages of one receiver at once, each at most a symbol long: thousands of scattered losses in one cycle. */
export const NACKS_PER_CYCLE_MAX = 4;

/** Blocks of which a receiver remembers, during its back-off, what others asked for. Beyond, it asks itself. */
export const OVERHEARD_MAX_BLOCKS = 4_096;

/**
 * Longest content of a NACK or a REPAIR_ADV, also where symbols are longer: with its headers it fits into every Ethernet
 * frame, and into the buffers of those that expect no more than feedback.
 */
export const REPAIR_REQUESTS_MAX_BYTES = 1_400 - DATA_OVERHEAD_MAX_BYTES;

/** Receivers that a sender keeps statistics of. One more takes the place of the one that was silent longest. */
export const RECEIVERS_TRACKED_MAX = 65_536;

/** Disjoint byte ranges that a receiver keeps of what came by another path and does not fill whole symbols. */
export const LOOSE_RANGES_MAX = 65_536;

/** All block buffers of one codec: addresses have 32 bits, and the kernel's own tables need less than 1 MiB of them. */
export const BLOCK_MEMORY_SIZE_MAX_BYTES = 4 * 1024 ** 3 - 1024 ** 2;

/**
 * Repair that one receiver of a group may cause alone, on top of what it and most others lack: a fiftieth of what was sent.
 * An honest one that lost a little more than the rest is served; one that makes it up costs the group no more.
 */
export const DEMAND_FREE_SHARE = 0.02;

/**
 * … and in any case so many symbols, 3 MB: what an honest one loses alone when its socket's buffer runs over once, because
 * its processor was busy for a tenth of a second.
 */
export const DEMAND_FREE_SYMBOLS = 2_048;

/** Who for so long, and so often, asks for more than that, is left to unicast. A burst of loss is repaired sooner. */
export const DEMAND_DENIED_MICROS_MAX = 1_000_000;
export const DEMAND_DENIED_REQUESTS_MIN = 8;

// Authentication: what is remembered, and tried, of sequences whose roll-over count the wire does not tell.

/** Messages of a sender that are told apart from replayed ones: 50 ms at 1 Gbit/s. What comes later still counts as lost. */
export const REPLAY_WINDOW_MESSAGES = 4_096;

/** Likewise of each receiver's feedback, of which a few messages are under way at once. */
export const FEEDBACK_REPLAY_WINDOW_MESSAGES = 64;

/** Silence after which a message may be of a later roll-over than the nearest: far below the 65 ms of one at 12 Gbit/s … */
export const OUTAGE_MICROS_MIN = 50_000;
/** … which is how fast a sender is reckoned to be at most: so many more roll-overs for each second of silence. */
export const ROLLOVERS_PER_SECOND_MAX = 16;

/** Beyond, a receiver asks for the present count on another path: it is an outage of four minutes at 12 Gbit/s, an hour at 1. */
export const ROLLOVERS_AHEAD_MAX = 4_096;

/** What may have gone by between the handing out of keys and the first message: three minutes at 1 Gbit/s. */
export const ROLLOVERS_BEFORE_FIRST_MAX = 256;

/** Counts tried with one datagram, and in a second: with full datagrams 3% of a core, however many strangers send. */
export const ROLLOVER_TRIES_PER_DATAGRAM_MAX = 16;
export const ROLLOVER_TRIES_PER_SECOND_MAX = 50_000;

/** How often a receiver may have begun anew between two messages that reach the sender. */
export const FEEDBACK_ROLLOVERS_AHEAD_MAX = 4;
