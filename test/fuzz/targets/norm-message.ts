import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { arenaOf } from '../../../packages/norm/src/wire/arena.ts';
import type { Arena } from '../../../packages/norm/src/wire/arena.ts';
import { DataMessage, decodeData } from '../../../packages/norm/src/wire/data.ts';
import { DECODE_FAILURES } from '../../../packages/norm/src/wire/decoded.ts';
import { MESSAGES, decodeMessage, encodeMessage } from '../../../packages/norm/src/wire/message.ts';
import type { Message, MessageName } from '../../../packages/norm/src/wire/message.ts';
import { arbitraryMessage, bytesOf } from '../../../packages/norm/test/wire/arbitrary-message.ts';
import { jsonOfMessage } from '../../../packages/norm/test/wire/vectors.ts';
import type { FuzzTarget, Outcome } from '../fuzz-target.ts';

const SIZE_MAX = 1600;
const VECTORS = join(import.meta.dirname, '../../../packages/norm/vectors');
const NAMES = Object.keys(MESSAGES) as MessageName[];
const REFUSALS = new Map<string, Outcome>(
  Object.keys(DECODE_FAILURES).map((reason) => [reason, { isAccepted: false, what: reason }]),
);

/** Every message of the wire, with every extension: decoded or refused, and what is decoded means the same when sent again. */
export function openNormMessage(seed: number): FuzzTarget {
  const again = arenaOf(new Uint8Array(2 * SIZE_MAX));
  const reused = new DataMessage();
  return {
    name: 'norm-message',
    sizeMax: SIZE_MAX,
    millisMax: 20,
    shortCount: 60_000,
    corpus: [...vectors(), ...fc.sample(arbitraryMessage, { numRuns: 500, seed }).map((one) => bytesOf(one))],
    check: (bytes) => {
      // A view that ends with the datagram: a read beyond it throws.
      const arena = arenaOf(bytes);
      const decoded = decodeMessage(arena, 0, bytes.length);
      const type = decoded.ok ? decoded.message.type : undefined;
      for (const name of NAMES) assert.equal(MESSAGES[name].decode(arena, 0, bytes.length).ok, name === type);
      if (!decoded.ok) {
        const refusal = REFUSALS.get(decoded.reason);
        assert.ok(refusal !== undefined, `an unnamed reason: ${decoded.reason}`);
        return refusal;
      }
      const { message } = decoded;
      if (message.type === 'data') checkData(arena, bytes.length, message, reused);
      checkSentAgain(arena, message, again);
      return { isAccepted: true, what: shapeOf(message) };
    },
  };
}

function checkData(arena: Arena, length: number, message: DataMessage, reused: DataMessage): void {
  assert.ok(message.payloadLength >= 0 && message.payloadOffset + message.payloadLength === length);
  assert.ok(decodeData(arena, 0, length, reused).ok);
  assert.deepEqual(jsonOfMessage(reused, arena), jsonOfMessage(message, arena), 'it keeps nothing of the one before');
}

function checkSentAgain(arena: Arena, message: Message, again: Arena): void {
  let end = encodeMessage(again, 0, message);
  if (message.type === 'data') {
    again.bytes.set(arena.bytes.subarray(message.payloadOffset, message.payloadOffset + message.payloadLength), end);
    end += message.payloadLength;
  }
  const decoded = decodeMessage(again, 0, end);
  assert.ok(decoded.ok, decoded.ok ? '' : `its own encoding is refused: ${decoded.reason}`);
  const isSame =
    message.type === 'data'
      ? isDeepStrictEqual(jsonOfMessage(decoded.message, again), jsonOfMessage(message, arena))
      : isDeepStrictEqual(decoded.message, message);
  assert.ok(isSame, `${message.type} means something else when it is sent again`);
}

/** Which fields are there, and how many of what is a list. */
function shapeOf(message: Message): string {
  const fields = Object.entries(message).map(([name, value]) => {
    if (Array.isArray(value)) return `${name}*${Math.min(value.length, 4)}`;
    return value === undefined ? '' : typeof value === 'object' && !(value instanceof Uint8Array) ? name : '';
  });
  return `${message.type} ${fields.join('')}`;
}

function vectors(): Uint8Array[] {
  return globSync('*.json', { cwd: VECTORS }).flatMap((file) => {
    const list = JSON.parse(readFileSync(join(VECTORS, file), 'utf8')) as readonly { readonly hex?: string }[];
    if (!Array.isArray(list)) return [];
    return list.flatMap(({ hex }) => (hex === undefined ? [] : [Uint8Array.from(Buffer.from(hex, 'hex'))]));
  });
}
