/**
 * Hangs up on clients that take or give so slowly that they only hold a place: readers that leave what was written to
 * them lying, uploads that trickle. Looks at all connections of a door now and then; a request has no timer of its own.
 */
import type { Socket } from 'node:net';
import type { Server } from 'node:https';
import { UPLOAD_BYTES_PER_SECOND_MIN } from '../limits.ts';

interface Reader {
  completed: number;
  since: number;
}

interface Upload {
  bytesRead: number;
  since: number;
}

export class SlowClients {
  readonly #readers = new Map<Socket, Reader>();
  readonly #uploads = new Map<Socket, Upload>();
  readonly #stallMs: number;
  readonly #now: () => number;

  constructor(server: Server, { stallMs, now = () => performance.now() }: { stallMs: number; now?: () => number }) {
    this.#stallMs = stallMs;
    this.#now = now;
    server.on('secureConnection', (socket: Socket) => {
      this.#readers.set(socket, { completed: 0, since: this.#now() });
      socket.once('close', () => {
        this.#readers.delete(socket);
        this.#uploads.delete(socket);
      });
    });
    const timer = setInterval(() => this.look(), stallMs / LOOKS_PER_STALL);
    timer.unref();
    server.once('close', () => clearInterval(timer));
  }

  /** An upload has begun on this connection. The answer is called at its end. */
  noteUpload(socket: Socket): () => void {
    this.#uploads.set(socket, { bytesRead: socket.bytesRead, since: this.#now() });
    return () => void this.#uploads.delete(socket);
  }

  /** Whether an upload goes on there; that it does so fast enough is looked after here. */
  isUploading(socket: Socket): boolean {
    return this.#uploads.has(socket);
  }

  look(): void {
    const now = this.#now();
    for (const [socket, reader] of this.#readers) {
      // What was given to the system entirely: a large piece counts when its last byte is gone.
      const completed = socket.bytesWritten - socket.writableLength;
      if (socket.writableLength === 0 || completed !== reader.completed) {
        reader.completed = completed;
        reader.since = now;
      } else if (now - reader.since >= this.#stallMs) socket.destroy();
    }
    for (const [socket, upload] of this.#uploads) {
      const seconds = (now - upload.since) / 1000;
      if (seconds * 1000 < this.#stallMs) continue;
      if (socket.bytesRead - upload.bytesRead < seconds * UPLOAD_BYTES_PER_SECOND_MIN) socket.destroy();
      else this.#uploads.set(socket, { bytesRead: socket.bytesRead, since: now });
    }
  }
}

const LOOKS_PER_STALL = 6;
