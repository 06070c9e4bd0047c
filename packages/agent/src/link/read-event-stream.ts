import { DEVICE_EVENTS, type DeviceEventName } from '@rollcall/api';
import { createParser } from 'eventsource-parser';
import { EVENT_CHARACTERS_MAX } from '../limits.ts';

/** Reads Server-Sent Events to the stream's end. `onBytes` hears of any sign of life, `onEvent` of events whose names are known. */
export async function readEventStream(
  body: AsyncIterable<Uint8Array>,
  onBytes: () => void,
  onEvent: (name: DeviceEventName, data: string) => void,
): Promise<void> {
  const decode = eventDecoder(onEvent);
  for await (const chunk of body) {
    onBytes();
    decode(chunk);
  }
}

/** What to give a stream's pieces to, in order, wherever it was cut. Throws when an event is longer than any may be. */
export function eventDecoder(onEvent: (name: DeviceEventName, data: string) => void): (piece: Uint8Array) => void {
  const decoder = new TextDecoder();
  const parser = createParser({
    maxBufferSize: EVENT_CHARACTERS_MAX,
    onEvent: ({ event, data }) => {
      const name = DEVICE_EVENTS.find((known) => known === event);
      if (name !== undefined) onEvent(name, data);
    },
  });
  return (piece) => parser.feed(decoder.decode(piece, { stream: true }));
}
