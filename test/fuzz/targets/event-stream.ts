import assert from 'node:assert/strict';
import { DEVICE_EVENTS } from '@rollcall/api';
import { EVENT_CHARACTERS_MAX } from '../../../packages/agent/src/limits.ts';
import { eventDecoder } from '../../../packages/agent/src/link/read-event-stream.ts';
import { REFUSED } from '../fuzz-target.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

/** The server's event stream as a device reads it, in pieces of any size. The first byte of a case is the size of a piece. */
export function openEventStream(): FuzzTarget {
  const example = (text: string): Uint8Array => Buffer.concat([Uint8Array.of(7), Buffer.from(text)]);
  return {
    name: 'event-stream',
    sizeMax: 4096,
    millisMax: 100,
    shortCount: 10_000,
    corpus: [
      'event: wake\ndata:\n\n',
      'event: beat\r\ndata: {}\r\n\r\n',
      ': hello\nid: 5\nretry: 3\ndata: a\ndata: b\n\n',
    ].map(example),
    dictionary: ['event:', 'data:', '\n\n', '\r', 'removed', 'wake', '\ufeff', 'x'.repeat(400)].map((text) =>
      Buffer.from(text),
    ),
    check: (bytes) => {
      const size = 1 + ((bytes[0] ?? 0) & 63);
      const names: string[] = [];
      const decode = eventDecoder((name, data) => {
        assert.ok(data.length <= EVENT_CHARACTERS_MAX);
        names.push(name);
      });
      try {
        for (let at = 1; at < bytes.length; at += size) decode(bytes.subarray(at, at + size));
      } catch (error) {
        assert.ok(error instanceof Error && error.name !== 'AssertionError', String(error));
        return { isAccepted: false, what: error.message.slice(0, 40) };
      }
      assert.ok(names.every((name) => DEVICE_EVENTS.some((known) => known === name)));
      return names.length === 0 ? REFUSED : { isAccepted: true, what: names.slice(0, 3).join(' ') };
    },
  };
}
