/**
 * What the server's core asks of the rooms around it: the store, the content on disk and the multicast sender.
 *
 * All of it is asynchronous, so that a store on another machine fits as well.
 */
import type {
  AuditEntry,
  AuditHead,
  AuditNote,
  ContentDescription,
  ContentEncoding,
  DeliveryPath,
  DeliveryState,
  LeafRange,
  QueuedReason,
  RateControl,
  Reachability,
  RollcallEvent,
  SessionAuthentication,
  TaskKind,
  TaskPhase,
  TaskState,
} from '@rollcall/api';
import type {
  AttemptRecord,
  CertificateRecord,
  ContentRecord,
  DeliveryRecord,
  DeviceRecord,
  HandedOver,
  IdempotencyKeyRecord,
  JoinTokenRecord,
  OperatorRecord,
  SessionRecord,
  SignInLinkRecord,
  SignInRecord,
  SlotRecord,
  TaskRecord,
} from './records.ts';
import type { DeliveryCount } from './counted-change.ts';
import type { TouchedSubjects } from './touched-subjects.ts';
import type { ScopeSubject } from './scope.ts';
import type { WebhookReader, WebhookTransactor } from './webhook-ports.ts';

/** A row's place in an order: the value of the order's column, and its id, for rows that are equal by that. */
export interface Place {
  readonly value: string | number;
  readonly id: string | number;
}

/** A page of a list, in an order; `behind`: where the page before ended. */
export interface PageRequest<By extends string> {
  readonly by: By;
  readonly isDescending: boolean;
  readonly behind?: Place | undefined;
  readonly limit: number;
}

export type DevicesPage = PageRequest<'name' | 'seen' | 'enrolled'>;

export interface TasksPage extends PageRequest<'created' | 'name'> {
  readonly state?: readonly TaskState[];
  readonly kind?: readonly TaskKind[];
  readonly search?: string;
  readonly createdFrom?: number;
  readonly createdBefore?: number;
}

export interface DeliveriesPage extends PageRequest<'device' | 'updated'> {
  readonly state?: readonly DeliveryState[];
  readonly path?: readonly DeliveryPath[];
  readonly reason?: QueuedReason;
  readonly search?: string;
}

export interface AuditPage extends PageRequest<'sequence'> {
  readonly actor?: string;
  readonly operation?: string;
  readonly outcome?: AuditEntry['outcome'];
  readonly subject?: string;
  readonly from?: number;
  readonly before?: number;
}

/** Rows of one device, the newest task first; `behind`: the id of the task before. */
export interface DeviceDeliveriesPage {
  readonly isOpen?: boolean;
  readonly behind?: string;
  readonly limit: number;
}

/** Bytes of one task, summed over its devices and its sessions. */
export interface TaskTraffic {
  readonly multicastSent: number;
  readonly multicastReceived: number;
}

export interface ListedDelivery {
  readonly delivery: DeliveryRecord;
  readonly deviceName: string;
}

/** Reads see the last commit. A reader cannot write. */
export interface StoreReader extends WebhookReader {
  operatorById(id: string): Promise<OperatorRecord | undefined>;
  operatorByName(name: string): Promise<OperatorRecord | undefined>;
  operatorBySubject(subject: string): Promise<OperatorRecord | undefined>;
  operators(): Promise<readonly OperatorRecord[]>;
  signIn(id: string): Promise<SignInRecord | undefined>;
  /** Of one operator or of all, the newest first. They are few. */
  signIns(operatorId: string | undefined): Promise<readonly SignInRecord[]>;
  signInLink(id: string): Promise<SignInLinkRecord | undefined>;
  joinToken(id: string): Promise<JoinTokenRecord | undefined>;
  joinTokens(page: PageRequest<'created'>): Promise<readonly JoinTokenRecord[]>;

  device(id: string): Promise<DeviceRecord | undefined>;
  deviceByName(name: string): Promise<DeviceRecord | undefined>;
  devices(page: DevicesPage): Promise<readonly DeviceRecord[]>;
  /** Also of a device that was removed: what it is called in the rows of its tasks. */
  targetsOfTask(taskId: string): Promise<readonly ScopeSubject[]>;
  devicesByNamesOrIds(namesOrIds: readonly string[]): Promise<readonly DeviceRecord[]>;
  certificate(serial: string): Promise<CertificateRecord | undefined>;
  /** What the last probe of each device found out, of those that were not removed. */
  reachability(): Promise<readonly Reachability[]>;

  content(id: string): Promise<ContentRecord | undefined>;
  /** Of an encrypted content whose bytes are kept. In no record, so that nothing that shows one can show it. */
  contentKey(id: string): Promise<Uint8Array | undefined>;
  isUploader(contentId: string, operatorId: string): Promise<boolean>;
  taskIdsOfContent(contentId: string): Promise<readonly string[]>;
  /** Encrypted ones whose bytes are kept. */
  encryptedContentsOfSize(size: number): Promise<readonly ContentRecord[]>;
  /** Contents that no open task needs, unneeded since before `time` (or never needed and created before). */
  contentsUnneededBefore(time: number): Promise<readonly ContentRecord[]>;
  /** Of those whose bytes are kept. */
  contentIds(): Promise<ReadonlySet<string>>;

  task(id: string): Promise<TaskRecord | undefined>;
  tasks(page: TasksPage): Promise<readonly TaskRecord[]>;
  /** Scheduled, active and paused ones, and cancelled ones on which something still runs. */
  unendedTasks(): Promise<readonly TaskRecord[]>;

  delivery(taskId: string, deviceId: string): Promise<DeliveryRecord | undefined>;
  deliveriesOfTask(taskId: string): Promise<readonly DeliveryRecord[]>;
  /** At most `DELIVERIES_PER_TRANSACTION` of them. */
  someDeliveriesOfTask(taskId: string, deviceIds: readonly string[]): Promise<readonly DeliveryRecord[]>;
  /** The devices whose delivery is in one of these states. Read in pieces: what changes meanwhile may be in it or not. */
  deviceIdsOfTask(taskId: string, states: readonly DeliveryState[]): Promise<readonly string[]>;
  deliveries(taskId: string, page: DeliveriesPage): Promise<readonly ListedDelivery[]>;
  deliveriesOfDevice(deviceId: string, page: DeviceDeliveriesPage): Promise<readonly DeliveryRecord[]>;
  trafficOf(taskId: string): Promise<TaskTraffic>;
  /** The search of the task status table by the device's identifier: what is open for it. */
  openDeliveriesOfDevice(deviceId: string): Promise<readonly DeliveryRecord[]>;
  deviceNamesOfTask(taskId: string): Promise<ReadonlyMap<string, string>>;
  attempts(taskId: string, deviceId: string): Promise<readonly AttemptRecord[]>;

  sessionsOfTask(taskId: string): Promise<readonly SessionRecord[]>;
  /** Announcing or sending. */
  openSessions(): Promise<readonly SessionRecord[]>;
  slots(): Promise<readonly SlotRecord[]>;

  /** Rows of the events table behind a sequence, in order. */
  eventsAfter(sequence: number, limit: number, taskId?: string): Promise<readonly RollcallEvent[]>;
  /** The first one that is kept, and the last that there ever was; of an empty table the first is the one to come. */
  eventRange(): Promise<{ readonly first: number; readonly last: number }>;

  /** Of one task, or of the whole table: that looks at every row, and is for a start alone. */
  deliveryCounts(taskId?: string): Promise<readonly DeliveryCount[]>;
  taskCounts(): Promise<readonly { readonly state: TaskState; readonly phase: TaskPhase; readonly count: number }[]>;
  deviceCount(): Promise<number>;
  /** Devices whose rows say that they were last heard before then: one that is connected has the time when it came. */
  devicesSeenBefore(time: number): Promise<readonly { readonly id: string; readonly seenAt: number }[]>;
  /** The newest first. */
  lastEvents(limit: number): Promise<readonly RollcallEvent[]>;
  /** Pending, with a warning or a wrong clock, or not seen since before this time; those seen longest ago first. */
  doubtfulDevices(seenBefore: number, limit: number): Promise<readonly DeviceRecord[]>;

  idempotencyKey(id: string): Promise<IdempotencyKeyRecord | undefined>;
  countIdempotencyKeys(operatorId: string): Promise<number>;

  /** Entries of the audit log behind `afterSequence`, the oldest first. */
  auditEntries(page: { readonly limit: number; readonly afterSequence: number }): Promise<readonly AuditEntry[]>;
  auditList(page: AuditPage): Promise<readonly AuditEntry[]>;
  auditHead(): Promise<AuditHead>;
}

export interface DeliveryChange {
  readonly before: DeliveryRecord;
  readonly after: DeliveryRecord;
}

/**
 * Changes within one transaction, and reads that see them.
 *
 * Whoever writes a task, delivery, session or device also writes its event, in this same transaction: the methods do
 * it themselves. `changeDelivery` and `changeDeliveries` keep the counts of the task in step.
 */
export interface StoreTransactor extends StoreReader, WebhookTransactor {
  insertOperator(operator: OperatorRecord): Promise<void>;
  updateOperator(id: string, change: Partial<OperatorRecord>): Promise<void>;
  /** Its sign-ins and links go with it. */
  deleteOperator(id: string): Promise<void>;
  noteOperatorUse(id: string, at: number, from: string): Promise<void>;
  /** Of the operator's, the `countMax` that were used last are kept. */
  insertSignIn(signIn: SignInRecord, countMax: number): Promise<void>;
  noteSignInUse(id: string, at: number, from: string): Promise<void>;
  deleteSignIn(id: string): Promise<void>;
  insertSignInLink(link: SignInLinkRecord, countMax: number): Promise<void>;
  deleteSignInLink(id: string): Promise<void>;
  /** Those that are over, or were not used since; and links that are over. */
  deleteEndedSignIns(ended: { readonly now: number; readonly usedBefore: number }): Promise<void>;
  insertJoinToken(token: JoinTokenRecord): Promise<void>;
  updateJoinToken(id: string, change: Partial<JoinTokenRecord>): Promise<void>;

  insertDevice(device: DeviceRecord): Promise<void>;
  updateDevice(id: string, change: Partial<DeviceRecord>, isOnline: boolean, at: number): Promise<void>;
  deleteDevice(id: string, at: number): Promise<void>;
  /** Without an event: the queue's own memory. */
  noteCompletion(deviceId: string, at: number): Promise<void>;
  /** In the place of what was known of the device; without an event. */
  saveReachability(result: Reachability): Promise<void>;
  insertCertificate(certificate: CertificateRecord): Promise<void>;
  revokeCertificates(deviceId: string, at: number): Promise<void>;
  /** Its first use: the device has it on disk, so those before it are done with. */
  noteCertificateUse(certificate: CertificateRecord, at: number): Promise<void>;
  /** Certificates whose answer the device never got. */
  deleteUnusedCertificates(deviceId: string): Promise<void>;

  /** As brought by this operator; others may have brought it before. */
  insertContent(content: ContentRecord, key: Uint8Array | undefined, operatorId: string): Promise<void>;
  updateContent(id: string, change: Partial<ContentRecord>): Promise<void>;
  /**
   * Its bytes are to go, and with this transaction its key (what was captured of them is never read again) and the record
   * of who uploaded it.
   */
  removeContent(id: string, at: number): Promise<void>;
  isContentUsed(id: string): Promise<boolean>;

  insertTask(task: TaskRecord, deliveries: readonly DeliveryRecord[], at: number): Promise<void>;
  updateTask(id: string, change: Partial<TaskRecord>, at: number): Promise<TaskRecord>;
  deleteTask(id: string): Promise<void>;

  changeDelivery(before: DeliveryRecord, after: DeliveryRecord, at: number): Promise<void>;
  /** Many of them, each at most once: it costs half, and timers and sockets have their turn meanwhile. */
  changeDeliveries(changes: readonly DeliveryChange[], at: number): Promise<void>;
  upsertAttempt(attempt: AttemptRecord): Promise<void>;

  insertSession(session: SessionRecord, at: number): Promise<void>;
  updateSession(id: string, change: Partial<SessionRecord>, at: number): Promise<void>;
  /** How far a session is, which is no event. */
  noteSent(sessionId: string, bytesSent: number, repairBytes: number): Promise<void>;

  insertSlot(slot: SlotRecord): Promise<void>;
  /** The lease is given back, with what was sent under it. */
  deleteSlot(taskId: string, deviceId: string, bytesSent: number): Promise<void>;
  deleteAllSlots(): Promise<void>;

  nextBatchSequence(channel: string): Promise<number>;
  /** Up to `limit` of the oldest, that are from before `time` or beyond the newest `count`. Gives how many it were. */
  deleteEvents(beyond: { readonly time: number; readonly count: number; readonly limit: number }): Promise<number>;
  /** Writes something, to see whether that can be done. */
  noteAlive(at: number): Promise<void>;

  /** In the place of one with the same id that is too old to count. */
  insertIdempotencyKey(key: IdempotencyKeyRecord): Promise<void>;
  answerIdempotencyKey(id: string, answer: Uint8Array): Promise<void>;
  deleteIdempotencyKeysBefore(time: number): Promise<void>;

  /** What this transaction has changed so far. */
  readonly touched: TouchedSubjects;
  /** The next entry of the audit log. There is no way to change one or to take it away. */
  appendAudit(note: AuditNote): Promise<void>;
}

export interface Store {
  readonly reader: StoreReader;
  /** All or nothing, one after the other; on disk when it resolves. */
  transact<Result>(work: (transactor: StoreTransactor) => Promise<Result>): Promise<Result>;
}

/** The content on disk, by its identity. */
export interface ContentRoom {
  /**
   * Makes content of a finished upload and forgets the upload: cut into leaves, encrypted if it is to be, hashed, on disk
   * when it resolves. Content that is there already is not stored again; `storedOfSize` names the encrypted contents that
   * the same bytes may be in. Throws `ContentError`.
   */
  ingest(
    uploadId: string,
    encoding: ContentEncoding,
    storedOfSize: (size: number) => Promise<readonly ContentDescription[]>,
  ): Promise<IngestedContent>;
  /** The bytes of these ranges back to back, in pieces. Throws `ContentError` `missing`. */
  read(contentId: string, ranges: readonly ContentRange[]): AsyncIterable<Uint8Array>;
  /** The entries of the leaves, in pieces. */
  readLeafTable(contentId: string): AsyncIterable<Uint8Array>;
  /** Where the files are, for the sender's thread. */
  locate(contentId: string): { readonly content: string; readonly leafTable: string };
  remove(contentId: string): Promise<void>;
  /** Removes files that no content claims: what a crash or an abandoned upload left. */
  sweep(knownContentIds: ReadonlySet<string>, now: number): Promise<void>;
}

export interface IngestedContent {
  readonly description: ContentDescription;
  /** Of a content that was encrypted just now. */
  readonly key: Uint8Array | undefined;
}

/** Bytes. */
export interface ContentRange {
  readonly offset: number;
  readonly length: number;
}

export class ContentError extends Error {
  override readonly name = 'ContentError';
  readonly code: 'upload_unknown' | 'upload_incomplete' | 'no_space' | 'too_large' | 'missing';

  constructor(code: ContentError['code'], message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** The multicast (or broadcast) sender. */
export interface MulticastRoom {
  /**
   * Opens the sender's socket, so that devices can be told what to listen to. Rejects with a `MulticastError` whose
   * message tells the operator why this machine or network cannot.
   */
  open(plan: MulticastPlan): Promise<MulticastSession>;
  /** Ends all sessions at once. */
  close(): Promise<void>;
}

export interface MulticastPlan {
  readonly taskId: string;
  readonly sessionId: string;
  readonly mode: 'multicast' | 'broadcast';
  /** No address: the directed broadcast address of the interface. */
  readonly group: { readonly address: string | undefined; readonly port: number };
  readonly isSourceSpecific: boolean;
  readonly interfaces: readonly string[];
  readonly ttl: number;
  readonly sender: { readonly nodeId: number; readonly instanceId: number };
  readonly groupSize: number;
  /** On the line; with an automatic rate the most. */
  readonly rateBytesPerSecond: number;
  readonly rateControl: RateControl;
  readonly objects: readonly MulticastObject[];
}

export interface MulticastObject {
  readonly toi: number;
  readonly role: 'leaf-table' | 'content';
  readonly contentId: string;
  /** Root of the content's hash tree, hex: repeated in NORM_INFO, so that a listener can match what it hears. */
  readonly root: string;
  readonly size: number;
  readonly path: string;
  /** What to send unasked, in bytes; absent: everything. */
  readonly ranges?: readonly ContentRange[];
}

export interface MulticastSession {
  /** As it was chosen: what devices are told. */
  readonly group: { readonly address: string; readonly port: number };
  /** The only address that packets come from; known when the session is source-specific. */
  readonly sourceAddress: string | undefined;
  readonly symbolSize: number;
  readonly fec: { readonly encodingId: number; readonly blockLength: number; readonly repairSymbolCount: number };
  /**
   * What one device needs to hear the session and to be heard, as of now. Keys of a session are made with it and are
   * nowhere but in its memory. `feedbackRollover`: another one each time the device begins to listen.
   */
  authenticationFor(nodeId: number, feedbackRollover: number): SessionAuthentication;
  /** Begins to send. `onProgress` is called a few times a second until `closed`. */
  start(onProgress: (progress: MulticastProgress) => void): void;
  setRate(bytesPerSecond: number): void;
  pause(): void;
  resume(): void;
  /** Announces the end of transmission at once; `closed` resolves soon after. */
  end(): void;
  /** Resolves when the session is over and its socket is closed; never rejects. */
  readonly closed: Promise<MulticastEnd>;
}

export interface MulticastProgress {
  /** UDP payload, all messages; and those of them that were repair. */
  readonly bytesSent: number;
  readonly repairBytes: number;
  /** Requests for repair that came, and datagrams that nobody with a key sent, or that had come before. */
  readonly nackCount: number;
  readonly unauthenticatedCount: number;
  readonly replayedCount: number;
  /** Content bytes sent for the first time, and how many there are to send. */
  readonly contentBytes: number;
  readonly contentSize: number;
  readonly rateBytesPerSecond: number;
  /** Everything that was to be sent unasked has been sent. */
  readonly isAllSent: boolean;
  /** All sent, nothing asked for, and a whole round of flushes brought no request. */
  readonly isFlushed: boolean;
  /** Milliseconds since each node was heard, and since it last asked for repair. */
  readonly receivers: readonly {
    readonly nodeId: number;
    readonly heardMsAgo: number;
    readonly askedMsAgo: number | undefined;
  }[];
  /** Of what the receivers lately lost, 0 to 1; null: none has said so lately. */
  readonly lossRatioMean: number | null;
  readonly lossRatioMax: number | null;
  /** Nodes that lose far more than the rest, or ask for more than they can lack: what they ask for is not sent. */
  readonly stragglers: readonly Straggler[];
}

export interface Straggler {
  readonly nodeId: number;
  readonly reason: Extract<HandedOver['reason'], 'loss' | 'demand'>;
  /** Of `loss`. */
  readonly lossRatio: number | null;
  readonly groupLossRatio: number | null;
}

export interface MulticastEnd {
  readonly progress: MulticastProgress | undefined;
  /** Why it ended otherwise than by `end()`: a sentence for operators. */
  readonly error: string | undefined;
}

export class MulticastError extends Error {
  override readonly name = 'MulticastError';
}

/** Leaves as bytes. */
export function bytesOfLeaves(
  ranges: readonly LeafRange[],
  content: { readonly size: number; readonly leafSize: number },
): ContentRange[] {
  return ranges.map(([first, count]) => {
    const offset = first * content.leafSize;
    return { offset, length: Math.min(content.size, (first + count) * content.leafSize) - offset };
  });
}
