import { DEVICE_EVENTS, type DeviceEventName } from '@rollcall/api';
import { createParser } from 'eventsource-parser';
import { EVENT_CHARACTERS_MAX } from '../limits.ts';

/** Reads Server-Sent Events to the stream's end. `onBytes` hears of any sign of life, `onEvent` of events whose names are known. */
export async function readEventStream(
  body: AsyncIterable<Uint8Array>,
  onBytes: () => void,
  onEvent: (name: DeviceEventName, data: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  const parser = createParser({
    maxBufferSize: EVENT_CHARACTERS_MAX,
    onEvent: ({ event, data }) => {
      const name = DEVICE_EVENTS.find((known) => known === event);
      if (name !== undefined) onEvent(name, data);
    },
  });
  for await (const chunk of body) {
    onBytes();
    parser.feed(decoder.decode(chunk, { stream: true }));
  }
}
