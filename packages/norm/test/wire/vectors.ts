import { readFileSync } from 'node:fs';
import type { Arena } from '../../src/wire/arena.ts';
import type { DecodeFailure } from '../../src/wire/decoded.ts';
import type { Message } from '../../src/wire/message.ts';

/** One datagram, and what a decoder must make of it: the fields, or the reason to refuse it. */
export type Vector = { readonly hex: string; readonly note: string } & (
  { readonly decoded: unknown } | { readonly reason: DecodeFailure }
);

export function readVectors(name: string): readonly Vector[] {
  return JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8')) as Vector[];
}

export function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

/** The message as the vectors write it: fields by name, bytes in hex, what is absent left out. */
export function jsonOfMessage(message: Message, arena: Arena): Record<string, unknown> {
  if (message.type !== 'data') return plain(message) as Record<string, unknown>;
  const { extensions: _, payloadOffset, payloadLength, ...fields } = message;
  const payload = arena.bytes.subarray(payloadOffset, payloadOffset + payloadLength);
  const { oti, rateQuantized } = message;
  return plain({ ...fields, oti, rateQuantized, payload }) as Record<string, unknown>;
}

function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, field: unknown) =>
      field instanceof Uint8Array ? Buffer.from(field).toString('hex') : field,
    ),
  );
}
