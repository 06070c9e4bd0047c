/** The devices' event streams: one a device, by which it is woken, and beats that show that the server lives. */
import { limits, type DeviceEventName, type ProbeInstruction } from '@rollcall/api';
import type { ServerSentEvents } from './server-sent-events.ts';

export class DeviceStreams {
  readonly #streams = new Map<string, ServerSentEvents>();
  readonly #beat: NodeJS.Timeout;

  constructor() {
    this.#beat = setInterval(() => {
      for (const stream of this.#streams.values()) sendTo(stream, 'beat');
    }, limits.HEARTBEAT_SECONDS * 1000);
    this.#beat.unref();
  }

  /** A later stream of the same process takes the place of the earlier one. */
  add(deviceId: string, stream: ServerSentEvents, onClosed: () => void): void {
    const before = this.#streams.get(deviceId);
    this.#streams.set(deviceId, stream);
    void before?.close();
    stream.onClose(() => {
      if (this.#streams.get(deviceId) !== stream) return;
      this.#streams.delete(deviceId);
      onClosed();
    });
    sendTo(stream, 'beat');
  }

  get size(): number {
    return this.#streams.size;
  }

  has(deviceId: string): boolean {
    return this.#streams.has(deviceId);
  }

  wake(deviceIds: Iterable<string>): void {
    for (const deviceId of deviceIds) {
      const stream = this.#streams.get(deviceId);
      if (stream !== undefined) sendTo(stream, 'wake');
    }
  }

  instruct(deviceId: string, instruction: ProbeInstruction): void {
    this.#streams.get(deviceId)?.send('probe' satisfies DeviceEventName, instruction);
  }

  /** Tells a device that it was removed, and hangs up. */
  async dismiss(deviceId: string): Promise<void> {
    const stream = this.#streams.get(deviceId);
    if (stream === undefined) return;
    sendTo(stream, 'removed');
    this.#streams.delete(deviceId);
    await stream.close();
  }

  close(): void {
    clearInterval(this.#beat);
    for (const stream of this.#streams.values()) void stream.close();
    this.#streams.clear();
  }
}

function sendTo(stream: ServerSentEvents, name: DeviceEventName): void {
  stream.send(name, {});
}
