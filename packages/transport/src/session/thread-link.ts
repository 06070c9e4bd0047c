/** A worker's end of the line to the main thread. Nothing here waits. */
export interface ThreadLink<Message> {
  post(message: Message): void;
  /** The next command, or undefined. */
  take(): unknown;
}
