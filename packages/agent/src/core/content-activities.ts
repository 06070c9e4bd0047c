/** What is going on with one content. At most one at a time: a file has one writer, and is not hashed while it is written. */
export type ContentActivity =
  | { readonly type: 'session'; readonly taskId: string; readonly sessionId: string }
  | { readonly type: 'fetch' }
  | { readonly type: 'verify' };

interface Entry {
  activity: ContentActivity | undefined;
  isStopping: boolean;
  isVerified: boolean;
  isRetained: boolean;
}

/** Which contents are being received or hashed, which are verified as a whole, and which are kept for a retry. */
export class ContentActivities {
  readonly #entries = new Map<string, Entry>();

  of(contentId: string): ContentActivity | undefined {
    return this.#entries.get(contentId)?.activity;
  }

  begin(contentId: string, activity: ContentActivity): void {
    Object.assign(this.#entry(contentId), { activity, isStopping: false });
  }

  /** Whether it has to be told: not when nothing runs, nor a second time. */
  stop(contentId: string): boolean {
    const entry = this.#entries.get(contentId);
    if (entry?.activity === undefined || entry.isStopping) return false;
    entry.isStopping = true;
    return true;
  }

  /** Whether it had been told to stop. */
  end(contentId: string): boolean {
    const entry = this.#entry(contentId);
    const { isStopping } = entry;
    Object.assign(entry, { activity: undefined, isStopping: false });
    return isStopping;
  }

  isVerified(contentId: string): boolean {
    return this.#entries.get(contentId)?.isVerified === true;
  }

  setVerified(contentId: string): void {
    this.#entry(contentId).isVerified = true;
  }

  /** Its file is not the store's alone any more: who wants it next looks at it first. */
  setDoubtful(contentId: string): void {
    this.#entry(contentId).isVerified = false;
  }

  /** A task with this content ended; whether a retry of it would want the content. */
  retain(contentId: string, isRetained: boolean): void {
    const entry = this.#entry(contentId);
    entry.isRetained = entry.isRetained || isRetained;
  }

  /** Whether it is to be kept for a retry; undefined: it was not known. */
  forget(contentId: string): boolean | undefined {
    const entry = this.#entries.get(contentId);
    this.#entries.delete(contentId);
    return entry?.isRetained;
  }

  #entry(contentId: string): Entry {
    let entry = this.#entries.get(contentId);
    if (entry === undefined) {
      entry = { activity: undefined, isStopping: false, isVerified: false, isRetained: false };
      this.#entries.set(contentId, entry);
    }
    return entry;
  }
}
