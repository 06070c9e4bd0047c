import type { Action } from '@rollcall/api';

export type { Action };

/**
 * What a task asks a device to do with the content that it received, and what came of it.
 *
 * The content lies verified on disk; the actions know nothing of networks, servers or the task status table. A caller
 * asks `planAction` before the download and `performAction` after it (perform-action.ts).
 */

/** Put a file or a tree at a path below the device's allowed roots. */
export type CopyAction = Extract<Action, { kind: 'copy' }>;

/** Make an application present in one version, whichever version is there. */
export type InstallAction = Extract<Action, { kind: 'install' }>;

/** Bring an installed application to another version. */
export type UpdateAction = Extract<Action, { kind: 'update' }>;

/** Hand batch data to a channel that the device's own configuration names. */
export type BatchAction = Extract<Action, { kind: 'batch' }>;

/** Where a channel's batches go: to a command's standard input, or to files in `<spool>/<channel>/`. */
export type ChannelPolicy =
  | {
      /** Program and arguments; never a shell line. */
      readonly command: readonly string[];
    }
  | {
      /** Relative: below the data directory. */
      readonly spool: string;
    };

/** What the device's own configuration permits. Nothing that a server says widens it. */
export interface DevicePolicy {
  readonly dataDirectory: string;
  /** Absolute directories. Empty: the folder `files` in the data directory. */
  readonly allowedRoots: readonly string[];
  /** What is permitted beyond copying and applications in the data directory. */
  readonly allow: readonly 'deb'[];
  /** By channel name; `*` stands for every channel that is not named. */
  readonly channels: Readonly<Record<string, ChannelPolicy>>;
  /** `dpkg --root`: packages go into this system instead of the running one. */
  readonly dpkgRoot?: string;
}

/** What is known before the download. */
export interface PlanRequest {
  readonly taskId: string;
  readonly attempt: number;
  readonly action: Action;
  readonly policy: DevicePolicy;
  readonly contentSize: number;
  /** Of the whole content, in hexadecimal. */
  readonly contentSha256: string;
  /** How much of the content is on disk (or preallocated) already. */
  readonly heldSize?: number;
  /** Lets the work in when no action is being carried out, and keeps actions out meanwhile. Default: nothing to wait for. */
  readonly alone?: (work: () => Promise<void>) => Promise<void>;
}

export type ActionPlan =
  /** Go on; `spaceNeeded` is object + staging + 5 %, and it was there when asked. */
  | { readonly decision: 'perform'; readonly spaceNeeded: number }
  /** Nothing to download: the device has it. */
  | { readonly decision: 'already_present'; readonly version?: string }
  | { readonly decision: 'rejected'; readonly code: ActionCode; readonly message: string };

/** One attempt at one task on this device. */
export interface ActionContext {
  readonly taskId: string;
  readonly attempt: number;
  readonly action: Action;
  readonly policy: DevicePolicy;
  /** The verified content. It is read, never moved or changed, and linked to only when it was lent. */
  readonly contentPath: string;
  /**
   * Lends the content's file itself: the action may link it to where it is to go, instead of a copy, when this answers
   * true. Absent: never.
   */
  readonly lendContent?: () => boolean;
  readonly contentSize: number;
  readonly contentSha256: string;
  /** A folder of this attempt alone; made when missing, removed at every end. */
  readonly stagingDirectory: string;
  /** Time limit of the whole action. */
  readonly timeoutMs: number;
  /** Cancels: at once while staging; while applying only after `cancelGraceMs`, because then the true result wins. */
  readonly signal: AbortSignal;
  readonly cancelGraceMs?: number;
  /** What scripts and commands print, both streams, as it comes. `OutputTail` keeps the end of it. */
  output(chunk: Uint8Array): void;
  /** Told the exit code of each script, health check, command or dpkg. */
  readonly exited?: (exitCode: number) => void;
  /** Called at every point between two changes on disk, with the point's name; the action waits for it. */
  checkpoint?(point: string): void | Promise<void>;
}

export type ActionResult =
  | { readonly outcome: 'succeeded'; readonly alreadyPresent?: boolean; readonly version?: string }
  | {
      readonly outcome: 'failed' | 'rejected' | 'timed_out' | 'cancelled';
      readonly code: ActionCode;
      readonly message: string;
      /** Of the script, health check, command or dpkg that ended the action. */
      readonly exitCode?: number;
      /** The version that is current again, when a swap was undone. */
      readonly rolledBackTo?: string;
    };

/** Stable: operators filter and scripts decide by these. */
export type ActionCode =
  | 'no_space'
  | 'not_allowed'
  | 'bad_action'
  | 'path_outside_roots'
  | 'path_conflict'
  | 'root_missing'
  | 'permission_denied'
  | 'bad_archive'
  | 'archive_too_large'
  | 'script_missing'
  | 'script_failed'
  | 'health_failed'
  | 'rollback_failed'
  | 'downgrade_refused'
  | 'version_rollback'
  | 'version_conflict'
  | 'not_installed'
  | 'version_out_of_range'
  | 'version_unknown'
  | 'package_mismatch'
  | 'dpkg_failed'
  | 'unknown_channel'
  | 'replayed_batch'
  | 'command_failed'
  | 'timed_out'
  | 'cancelled'
  | 'io_error';
