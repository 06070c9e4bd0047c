/** Every limit of the actions, its unit in the name, and the reason. */

/** Entries of one archive: more would take the inodes of a small device. */
export const ARCHIVE_ENTRIES_MAX = 1_000_000;

/** A path inside an archive, as long as PATH_MAX lets a program name it from the release's own folder. */
export const ARCHIVE_PATH_BYTES_MAX = 4096;

/** Levels of directories: each is one open file while a tree is merged. */
export const ARCHIVE_DEPTH_MAX = 128;

/** Unpacked size of one archive. The free space is the nearer limit on most devices. */
export const ARCHIVE_SIZE_BYTES_MAX = 1024 ** 4;

/** How many times its own size a compressed archive may unpack to, once past the size below: honest packages stay under 100. */
export const ARCHIVE_RATIO_MAX = 200;

/** Below this unpacked size the ratio says nothing: a few MiB of zeros are no bomb. */
export const ARCHIVE_RATIO_FREE_BYTES = 64 * 1024 * 1024;

/** How many times its own size a compressed package is expected to take when the space is checked before the download. */
export const PACKAGE_EXPANSION_EXPECTED = 3;

/** A health check that says nothing for so long is a failed one, also when the task has hours left. */
export const HEALTH_CHECK_MILLISECONDS_MAX = 5 * 60 * 1000;

/** After a cancel, how long an apply that has begun may still come to its true result. */
export const CANCEL_GRACE_MILLISECONDS = 30_000;

/** Between the request to end (SIGTERM) and the end (SIGKILL) of a process group. */
export const TERMINATION_GRACE_MILLISECONDS = 2000;

/** A program that has ended may leave children that hold its output open; so long is waited for what they still print. */
export const OUTPUT_DRAIN_MILLISECONDS = 500;

/** Each step of a rollback that runs a program: it has no task's time limit to live by any more. */
export const ROLLBACK_MILLISECONDS_MAX = 10 * 60 * 1000;

/** Kept free for going back on a disk that became full: some records and a symlink. */
export const ROLLBACK_RESERVE_BYTES = 64 * 1024;

/** What is kept of the output of an attempt, from its end. */
export const OUTPUT_TAIL_BYTES = 64 * 1024;

/** Releases kept by an install, which has no number of its own: the new one and the one to go back to. */
export const INSTALL_RELEASES_KEPT = 2;

/** Batches remembered per channel. What lies below them counts as done: a retry comes within days, not a thousand batches later. */
export const BATCH_IDS_KEPT = 1000;

/** Length of a message in a result: it travels in a report and is one field of a table. */
export const RESULT_MESSAGE_LENGTH_MAX = 2000;
