import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ContentDescription, leafLength, type LeafRange, missingLeafRanges } from '@rollcall/api';
import { type LeafEncryption, PrefixHasher } from '@rollcall/transport';
import { HASH_PIECE_BYTES, JOURNAL_UNSAVED_MILLISECONDS_MAX } from '../limits.ts';
import { copyContent, isMissing, renameDurably, syncDirectory, writeFileDurably } from '../storage/durable.ts';
import { removeTree } from '../storage/remove-tree.ts';
import { LeafBits } from './leaf-bits.ts';
import { LeafChecker } from './leaf-checker.ts';

export type ReceptionPath = 'multicast' | 'unicast';

/**
 * One content on this device's disk: its bytes at their place, and the journal of the leaves that are there, verified
 * and durable. Keyed by what the content is, so that it stays valid whatever task, session or path brings it.
 *
 * The leaves of an encrypted content are plaintext here: each is decrypted once it is verified, before it counts. Whatever
 * else is in the file, the ciphertext of leaves on their way or what a kill left of them, no bit speaks for.
 *
 * The journal is one bit a leaf, and a second one for those that came by unicast. A bit is written after its leaf is
 * durable and by itself, so a write that was cut off leaves a true journal; one that the disk has damaged is found out
 * when the whole content is verified.
 */
export class StoredContent {
  readonly description: ContentDescription;
  readonly folder: string;
  readonly path: string;
  /** Share of the session's packets that did not arrive, as last heard. */
  lossRatio: number | undefined;
  /** Leaves that had counted as right were not: from now on the tag of one is not enough. */
  wasForged = false;
  readonly #held: LeafBits;
  readonly #unicast: LeafBits;
  /**
   * Of these this process has itself seen the hash, or the tag if they are encrypted, and nobody else can have changed them
   * since. A tag can be forged: of an encrypted content only the digest of the whole says that it is right.
   */
  #proven: LeafBits;
  /** Hashes the plaintext of an encrypted content while the rest of it is on its way: no pass over it is left for the end. */
  #prefix: Prefix | undefined;
  readonly #checker: LeafChecker;
  readonly #bytes = { multicast: 0, unicast: 0 };
  readonly #journal: FileHandle;
  #isUnsaved = false;
  #saving: Promise<void> | undefined;
  #saveTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  private constructor(
    description: ContentDescription,
    folder: string,
    journal: FileHandle,
    bits: Uint8Array,
    checker: LeafChecker,
    plaintext: FileHandle | undefined,
  ) {
    const { leafCount } = description;
    this.description = description;
    this.folder = folder;
    this.path = contentPath(folder);
    this.#journal = journal;
    this.#checker = checker;
    if (plaintext !== undefined) this.#prefix = { file: plaintext, hasher: new PrefixHasher(plaintext), leaves: 0 };
    const half = Math.ceil(leafCount / 8);
    this.#held = new LeafBits(leafCount, bits.subarray(0, half));
    this.#unicast = new LeafBits(leafCount, bits.subarray(half));
    this.#proven = new LeafBits(leafCount, new Uint8Array());
    for (let leaf = 0; leaf < leafCount; leaf += 1) if (this.#held.has(leaf)) this.#count(leaf, 1);
  }

  /**
   * Opens what an earlier process left, or begins anew when that is nothing, or not to be believed.
   * @param contentKey of an encrypted content, base64url; it is never written here
   */
  static async open(folder: string, description: ContentDescription, contentKey?: string): Promise<StoredContent> {
    const checker = new LeafChecker(description, contentKey);
    const known = await readDescription(folder);
    const size = await stat(contentPath(folder)).then(
      (stats) => stats.size,
      (error: unknown) => {
        // What cannot be looked at at the moment is not gone.
        if (isMissing(error)) return undefined;
        throw error;
      },
    );
    if (known !== descriptionText(description) || size !== description.size) {
      await removeTree(folder);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const file = await open(contentPath(folder), 'w', 0o600);
      try {
        await file.truncate(description.size);
        await file.sync();
      } finally {
        await file.close();
      }
      await writeFileDurably(join(folder, 'content.json'), descriptionText(description));
      await syncDirectory(join(folder, '..'));
    } else await unshareFile(contentPath(folder));
    const journal = await open(join(folder, 'held'), constants.O_RDWR | constants.O_CREAT, 0o600);
    const bits = await journal.readFile();
    const table = await readFile(join(folder, 'leaf-table')).catch(() => undefined);
    if (table !== undefined) checker.takeLeafTable(table);
    const plaintext = checker.encryption === undefined ? undefined : await open(contentPath(folder), 'r');
    return new StoredContent(description, folder, journal, bits, checker, plaintext);
  }

  get bytesMulticast(): number {
    return this.#bytes.multicast;
  }

  get bytesUnicast(): number {
    return this.#bytes.unicast;
  }

  get bytesHeld(): number {
    return this.#bytes.multicast + this.#bytes.unicast;
  }

  get isComplete(): boolean {
    return this.bytesHeld === this.description.size;
  }

  /** Every leaf is held, and not just because a journal of an earlier process says so. */
  get isProven(): boolean {
    const { leafCount } = this.description;
    return this.leafTable !== undefined && missingLeafRanges(this.#proven.bytes, leafCount).length === 0;
  }

  get leafTable(): Uint8Array | undefined {
    return this.#checker.leafTable;
  }

  /** What opens its leaves; undefined: they travel as they are. */
  get encryption(): LeafEncryption | undefined {
    return this.#checker.encryption;
  }

  missing(): LeafRange[] {
    return missingLeafRanges(this.#held.bytes, this.description.leafCount);
  }

  heldRanges(): LeafRange[] {
    return this.#held.ranges();
  }

  /** Checks a leaf table against the content's root, and keeps it when it is the right one. */
  takeLeafTable(table: Uint8Array): boolean {
    const known = this.leafTable;
    if (!this.#checker.takeLeafTable(table)) return false;
    const { leafTable } = this;
    if (known === undefined && leafTable !== undefined) {
      // Lost or cut off, it is received again: its own hash is checked whenever it is read.
      void writeFile(join(this.folder, 'leaf-table'), leafTable).catch(() => undefined);
    }
    return true;
  }

  /** See `LeafChecker.decodeLeaf`. */
  decodeLeaf(leaf: number, travelled: Uint8Array): Uint8Array | undefined {
    return this.#checker.decodeLeaf(leaf, travelled);
  }

  /** These leaves are in the file, verified and durable. Their bits follow within half a second, or with `flush`. */
  markHeld(ranges: readonly LeafRange[], path: ReceptionPath): void {
    for (const [first, count] of ranges) {
      for (let leaf = first; leaf < Math.min(first + count, this.description.leafCount); leaf += 1) {
        if (this.#held.has(leaf)) continue;
        this.#held.set(leaf);
        this.#proven.set(leaf);
        if (path === 'unicast') this.#unicast.set(leaf);
        this.#count(leaf, 1);
      }
    }
    this.#hashPrefix();
    this.#scheduleSave();
  }

  /** Writes the bits and makes them durable. */
  async flush(): Promise<void> {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = undefined;
    while (this.#isUnsaved || this.#saving !== undefined) await (this.#saving ??= this.#save());
  }

  /** SHA-256 of the whole object. */
  async digest(signal: AbortSignal): Promise<string> {
    if (this.#prefix !== undefined && this.isProven) {
      const { hasher } = this.#prefix;
      return hasher.digest(this.description.size).finally(() => this.#endPrefix());
    }
    const hash = createHash('sha256');
    const file = await open(this.path, 'r');
    try {
      const piece = new Uint8Array(HASH_PIECE_BYTES);
      for (;;) {
        signal.throwIfAborted();
        const { bytesRead } = await file.read(piece, 0, piece.length, null);
        if (bytesRead === 0) return hash.digest('hex');
        hash.update(piece.subarray(0, bytesRead));
      }
    } finally {
      await file.close();
    }
  }

  /** Hashes every leaf that counts as held once more, and drops those that are not right. Without a leaf table, all. */
  async rescan(signal: AbortSignal): Promise<void> {
    // It may have hashed what is dropped now.
    await this.#endPrefix();
    const { size, leafSize, leafCount } = this.description;
    const file = await open(this.path, 'r');
    try {
      const bytes = new Uint8Array(Math.min(leafSize, size));
      for (let leaf = 0; leaf < leafCount; leaf += 1) {
        signal.throwIfAborted();
        if (!this.#held.has(leaf)) continue;
        const target = bytes.subarray(0, leafLength(size, leafSize, leaf));
        const { bytesRead } = await file.read(target, 0, target.length, leaf * leafSize);
        if (bytesRead === target.length && this.#checker.isStoredRight(leaf, target)) continue;
        this.wasForged = true;
        this.#count(leaf, -1);
        this.#held.delete(leaf);
        this.#unicast.delete(leaf);
        this.#proven.delete(leaf);
      }
    } finally {
      await file.close();
    }
    this.#isUnsaved = true;
    await this.flush();
  }

  /** Takes a file of its own if the present one has got another name as well: what happens to that must not happen to it. */
  async unshare(): Promise<void> {
    this.#proven = new LeafBits(this.description.leafCount, new Uint8Array());
    await this.#endPrefix();
    await unshareFile(this.path);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.flush().catch(() => undefined);
    await this.#endPrefix();
    await this.#journal.close();
  }

  /** Only what is proven: it is not read again before the digest is compared. */
  #hashPrefix(): void {
    const prefix = this.#prefix;
    if (prefix === undefined) return;
    const { size, leafSize, leafCount } = this.description;
    while (prefix.leaves < leafCount && this.#proven.has(prefix.leaves)) prefix.leaves += 1;
    prefix.hasher.advance(Math.min(prefix.leaves * leafSize, size));
  }

  async #endPrefix(): Promise<void> {
    const prefix = this.#prefix;
    this.#prefix = undefined;
    await prefix?.file.close();
  }

  #count(leaf: number, sign: 1 | -1): void {
    const { size, leafSize } = this.description;
    this.#bytes[this.#unicast.has(leaf) ? 'unicast' : 'multicast'] += sign * leafLength(size, leafSize, leaf);
  }

  #scheduleSave(): void {
    this.#isUnsaved = true;
    this.#saveTimer ??= setTimeout(() => {
      this.#saveTimer = undefined;
      // What could not be written is asked for again after a restart; a full disk shows itself in the content first.
      this.flush().catch(() => undefined);
    }, JOURNAL_UNSAVED_MILLISECONDS_MAX);
    // Written at once, though not yet durable: a killed process loses nothing that was verified.
    if (this.#saving === undefined) void (this.#saving = this.#write()).catch(() => undefined);
  }

  async #write(): Promise<void> {
    try {
      const bits = Buffer.concat([this.#held.bytes, this.#unicast.bytes]);
      await this.#journal.write(bits, 0, bits.length, 0);
    } finally {
      this.#saving = undefined;
    }
  }

  async #save(): Promise<void> {
    try {
      this.#isUnsaved = false;
      const bits = Buffer.concat([this.#held.bytes, this.#unicast.bytes]);
      await this.#journal.write(bits, 0, bits.length, 0);
      await this.#journal.datasync();
    } catch (error) {
      this.#isUnsaved = true;
      throw error;
    } finally {
      this.#saving = undefined;
    }
  }
}

interface Prefix {
  readonly file: FileHandle;
  readonly hasher: PrefixHasher;
  /** So many from the beginning on are right. */
  leaves: number;
}

async function unshareFile(path: string): Promise<void> {
  const { nlink } = await stat(path);
  if (nlink === 1) return;
  await copyContent(path, `${path}.own`);
  await renameDurably(`${path}.own`, path);
}

/** Only what identifies the bytes and how they are cut: a newer server may describe the same content in more words. */
function descriptionText({ id, encoding, size, leafSize, leafCount, root, sha256 }: ContentDescription): string {
  return `${JSON.stringify({ id, encoding, size, leafSize, leafCount, root, sha256 })}\n`;
}

async function readDescription(folder: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, 'content.json'), 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function contentPath(folder: string): string {
  return join(folder, 'content');
}
