/** Every limit of the transport, with its unit in its name and the reason for its value. */

/** The longest IP packet that a session makes unless a larger symbol is asked for: what every Ethernet takes. */
export const MTU_MAX_BYTES = 1500;

/** UDP payload of such a packet over IPv6, whose header has 40 bytes. */
export const DATAGRAM_SIZE_MAX_IPV6_BYTES = 1452;

/**
 * The largest datagram that a receiver takes for certain: a jumbo frame. What is longer than its slot is counted and
 * dropped, never cut.
 */
export const DATAGRAM_SIZE_MAX_RECEIVED_BYTES = 9216;

/** Datagrams of one receive: about one nap (see `NAP_MAX_MICROS`) at 1 Gbit/s, three times over. */
export const RECEIVE_BATCH_DATAGRAMS = 256;

/** Datagrams that the portable socket keeps until the session takes them: 6 MB of full frames. */
export const PORTABLE_QUEUE_DATAGRAMS_MAX = 4096;

/** Datagrams of one send: two super-packets, about 1 ms at 1 Gbit/s. More would only queue in the kernel. */
export const SEND_BATCH_DATAGRAMS = 88;

/** Segments that every kernel with UDP_SEGMENT takes in one super-packet (UDP_MAX_SEGMENTS). */
export const SUPER_PACKET_SEGMENTS_MAX = 64;

/** A super-packet is one IP packet until it is cut: 65,535 less the larger pair of headers. */
export const SUPER_PACKET_SIZE_MAX_BYTES = 65_535 - 48;

/** Super-packets of one receive, once they come: 1 MiB, four batches. More would be pushed out of the cache before its turn. */
export const SUPER_PACKETS_RECEIVED_MAX = 16;

/**
 * A slot of a receiver's batch: a whole super-packet, and a frame more. Multiples of 64 KiB would all begin in the same
 * few sets of the processor's cache. Pages that no datagram reaches take no memory.
 */
export const RECEIVE_SLOT_SIZE_BYTES = 65_536 + 1536;

/**
 * Source addresses remembered by one socket, of which its session has believed something. A sender hears one per receiver;
 * more push out those that were silent longest, and a receiver that was pushed out is known again with its next datagram.
 */
export const PEERS_MAX = 4096;

/** Others: no fewer than one batch may bring (`RECEIVE_BATCH_DATAGRAMS`), for it is read before any is kept. */
export const PEERS_UNPROVEN_MAX = 2 * RECEIVE_BATCH_DATAGRAMS;

/** A burst of about 30 ms at 1 Gbit/s, doubled by the kernel's bookkeeping; also what Debian allows without root. */
export const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/**
 * What a socket takes where it may have more than the system's bound: 0.7 s at 1 Gbit/s. In its first second a device
 * compiles what it runs, and a busy machine may not get to the socket for some tenths of one. What is not in use takes no
 * memory, and all sockets together no more than the system's own bound (udp_mem, a fifth of the memory).
 */
export const RECEIVE_BUFFER_PRIVILEGED_BYTES = 64 * 1024 * 1024;

/** No datagram lies in a socket for so long while its session runs: the clock was set. */
export const WAITED_MAX_MICROS = 60_000_000;

/** A larger one overflows the link's queue (txqueuelen 1000 is 1.5 MB) without any error. */
export const SEND_BUFFER_BYTES = 1024 * 1024;

/**
 * Longest nap of a receiver: long enough to make wake-ups rare at 100 Mbit/s, where a dozen and a half datagrams come
 * meanwhile. Longer ones gained nothing, and where the system does not tell when a datagram came they look like a queue.
 */
export const NAP_MAX_MICROS = 2000;

/** Packets for which a nap is worth while. Below this rate the receiver wakes for each packet. */
export const NAP_DATAGRAMS_MIN = 8;

/**
 * Packets that may gather in one nap: half a batch, and no more than this share of what the socket keeps, so that a late
 * wake-up still finds room. A quarter of a batch took a device 4 % more of its processor at 1 Gbit/s.
 */
export const NAP_DATAGRAMS_MAX = RECEIVE_BATCH_DATAGRAMS / 2;
export const NAP_ROOM_SHARE = 0.25;

/** The longest burst on the line in one piece: what a shallow switch buffer takes in (at 1 Gbit/s, 31 KB). */
export const SUPER_PACKET_MICROS_MAX = 250;

/** How often a session looks whether its interface went away and came back, and its membership with it. */
export const INTERFACE_CHECK_MICROS = 1_000_000;

/** The least time between two sends of a paced session: shorter waits cost a wake-up for each packet. */
export const SEND_QUANTUM_MICROS = 1000;

/** Niceness of a sender's thread where it may choose: before everything usual, behind the system's own helpers. */
export const SENDER_NICENESS = -10;

/** Checksum, preamble, gap and Ethernet header of a frame: what a rate on the line counts beside IP. */
export const FRAME_OVERHEAD_BYTES = 38;

/**
 * How far a sender catches up after it was woken late: 20 ms of the rate, but of a gigabit at most. A busy machine wakes
 * it 10 to 20 ms late now and then, and what is not made up for the link has carried nothing. Where the sender's own link is
 * the narrowest, not even that goes out at once: SEND_BUFFER_BYTES wait for the link, and the rest here.
 */
export const BURST_MICROS = 20_000;
export const BURST_MIN_BYTES = 16 * 1024;
export const BURST_MAX_BYTES = 2560 * 1024;

/** Where the rate is found and not set, the switch on the way may be a small one: what a queue of 256 KiB takes beside others. */
export const BURST_AUTO_MAX_BYTES = 160 * 1024;

/** However fast: the loop sleeps for a millisecond (`SEND_QUANTUM_MICROS`), and wakes a little late. */
export const BURST_MIN_MICROS = 1500;

/** Longest wait of the loop where another thread can wake it, and where it has to look for commands by itself. */
export const WAIT_MAX_MICROS = 250_000;
export const WAIT_WITHOUT_WAKE_MAX_MICROS = 20_000;

/** Rounds of sending before the loop looks at feedback and commands again. */
export const SEND_ROUNDS_MAX = 16;

/** NORM's headers in a DATA message: 16 and the FEC payload id (4). The FTI goes with INFO, which each object has. */
export const NORM_DATA_HEADERS_BYTES = 20;

/** And EXT_AUTH, where the session has keys. */
export const NORM_AUTHENTICATION_BYTES = 20;

/** Room that a session asks for beside a symbol, so that any of its messages fits. */
export const NORM_HEADERS_SIZE_MAX_BYTES = 84;

/** A NACK or ACK stays within a datagram of the usual MTU, whoever sends it. */
export const RECEIVED_FEEDBACK_SIZE_MAX_BYTES = 2048;

/** Bytes written between two fdatasync, with `SYNC_INTERVAL_MICROS`: what a journal may lose at a power cut. */
export const SYNC_BYTES = 8 * 1024 * 1024;
export const SYNC_INTERVAL_MICROS = 1_000_000;

/** Verified bytes that are told of at once, whatever the time: half of what a journal may lose. */
export const LEAVES_REPORT_BYTES = SYNC_BYTES / 2;

/** Bytes hashed in one round of a receiver's loop: some milliseconds, well within what the receive buffer bridges … */
export const VERIFY_ROUND_BYTES = 1024 * 1024;
/** … and while more datagrams wait than a round takes: less than such a round brings, for it is the buffer that must not run over. */
export const VERIFY_BUSY_ROUND_BYTES = 128 * 1024;

/**
 * What the C library keeps of an arena's freed memory: what is decrypted between two collections of garbage. By its own
 * setting it keeps 128 KiB, and each leaf's plaintext is written into pages that have just been given back.
 */
export const FREED_MEMORY_KEPT_BYTES = 32 * 1024 * 1024;
/** Of larger leaves (128 KiB and more, M_MMAP_THRESHOLD) the library learns by itself what to keep, unless it is told: that is better. */
export const LEAF_KEPT_BYTES_MAX = 64 * 1024;

/** How often a session tells the main thread what was verified, and its figures. */
export const REPORT_INTERVAL_MICROS = 100_000;

/** Receivers whose feedback is kept: as many as a session tracks. Forged node ids push out who was silent longest. */
export const RECEIVER_REPORTS_MAX = 65_536;

/** How often a sender tells what each receiver's feedback came to. */
export const FEEDBACK_INTERVAL_MICROS = 500_000;

/** An object kept in memory (leaf table, description): 256 Ki leaves of 48 bytes, with room. */
export const MEMORY_OBJECT_SIZE_MAX_BYTES = 16 * 1024 * 1024;

/** The longest file name that common file systems take. */
export const FILE_NAME_SIZE_MAX_BYTES = 255;

/** Bytes read and hashed in one go: they stay in the processor's cache between the two. */
export const HASH_CHUNK_BYTES = 256 * 1024;

/**
 * Bytes by which a digest that is made in its session's own thread may be behind what has passed: a quarter of a second at
 * 1 Gbit/s, for which a cold engine, others, or a gap may hold it up. Above, it is left to another thread,
 * which begins anew: unless more is hashed already than is left.
 */
export const DIGEST_BEHIND_MAX_BYTES = 32 * 1024 * 1024;

/** Bytes of digests that are caught up with in one round of a session's loop: more than pass in the longest nap at 1 Gbit/s … */
export const DIGEST_ROUND_BYTES = 512 * 1024;
/** … and for each datagram that a receiver's socket has room for: where that is little, it must not run over while a slow processor hashes. */
export const DIGEST_ROUND_BYTES_PER_ROOM = 512;

/** Bytes hashed before the thread looks at its events again: some three milliseconds. */
export const HASH_GO_BYTES = 4 * 1024 * 1024;

/** Reed-Solomon over GF(2^8): symbols of a block, parity included. */
export const FEC_SYMBOLS_MAX = 255;

/**
 * A block of 64 is decoded in the cache, and its parity mends 64 losses; both ends keep few such blocks. Each lost symbol
 * takes work in proportion to the block's length, though, and the worst of several receivers needs less parity per symbol
 * the longer the blocks are (8 at 10 % loss: 20 % of 64, 17 % of 191). So a block is long where the line is too slow for
 * that work to matter.
 */
export const CAST_BLOCK_LENGTH = 64;
export const CAST_BLOCK_LENGTH_SLOW = 191;
/** Up to this rate a line is slow: decoding a tenth of long blocks then takes less than a tenth of a core. */
export const CAST_SLOW_BITS_PER_SECOND = 250_000_000;
export const CAST_REPAIR_SYMBOLS = 64;

/** How often receivers that have not confirmed are asked again, and when a sender gives up. */
export const CAST_ACKNOWLEDGE_INTERVAL_MS = 1000;
export const CAST_CONFIRM_TIMEOUT_MS = 30_000;

/** When a receiver gives up a file of which nothing new comes. */
export const CAST_STALL_TIMEOUT_MS = 60_000;

/** How long a sender says goodbye to receivers that have confirmed: a few times on a local network. */
export const CAST_GOODBYE_MS = 300;

/** How long a receiver still hopes after the sender's goodbye: there may be several senders on a group. */
export const CAST_AFTER_END_MS = 3000;

/** How long a receiver that has its file waits for the sender's goodbye. */
export const CAST_LINGER_MS = 10_000;

/** Datagrams of which a probe's socket looks at the digest in one second: some times what a probe has. */
export const PROBE_HEARD_PER_SECOND_MAX = 1000;
