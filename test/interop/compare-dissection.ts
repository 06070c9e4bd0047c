import assert from 'node:assert/strict';
import type { Message } from '../../packages/norm/src/wire/message.ts';
import { MESSAGES } from '../../packages/norm/src/wire/message.ts';
import type { ObjectPosition } from '../../packages/norm/src/wire/object-position.ts';
import type { RepairRequest } from '../../packages/norm/src/wire/repair-request.ts';
import type { Dissection } from './tshark.ts';

const FORM_NUMBERS = { items: 1, ranges: 2, erasures: 3 } as const;

/** Asserts that Wireshark read from a datagram what our decoder did. */
export function assertSameAsDissection(message: Message, dissection: Dissection): void {
  assert.match(dissection.protocols, /:norm(?::|$)/);
  const { type, flavor } = MESSAGES[message.type];
  assert.equal(dissection.type, type);
  assert.equal(dissection.flavor, flavor);
  assert.equal(dissection.sequence, message.sequence);
  assert.equal(dissection.sourceId, message.sourceId);
  assert.equal(dissection.instanceId, 'instanceId' in message ? message.instanceId : undefined);
  assert.equal(dissection.isMalformed, isReadAsMalformed(message));

  if ('repairRequests' in message) {
    assert.deepEqual(
      dissection.repairForms,
      message.repairRequests.map((request) => FORM_NUMBERS[request.form]),
    );
    assert.deepEqual(
      dissection.repairFlags,
      message.repairRequests.map((request) => request.flags),
    );
  }
  const positions = positionsOf(message);
  assert.deepEqual(
    dissection.fecEncodingIds,
    positions.map((position) => position.fecEncodingId),
  );
  assert.deepEqual(
    dissection.tois,
    positions.map((position) => position.toi),
  );
  // The dissector knows no payload id of id 5, and INFO has none.
  const symbols = message.type === 'info' ? [] : positions.filter((position) => position.fecEncodingId === 0);
  assert.deepEqual(
    dissection.sourceBlockNumbers,
    symbols.map((position) => position.sourceBlockNumber),
  );
  assert.deepEqual(
    dissection.encodingSymbolIds,
    symbols.map((position) => position.encodingSymbolId),
  );

  // Behind a payload id of id 5 it takes everything for data, and of id 5 it knows no more than the transfer length.
  const oti = 'oti' in message ? message.oti : undefined;
  const noCode = 'fecEncodingId' in message && message.fecEncodingId === 0 ? oti : undefined;
  assert.equal(dissection.transferLength, message.type === 'info' ? oti?.transferLength : noCode?.transferLength);
  assert.equal(dissection.encodingSymbolLength, noCode?.encodingSymbolLength);
  assert.equal(dissection.maximumSourceBlockLength, noCode?.maximumSourceBlockLength);
}

/**
 * The dissector steps through the list of a SQUELCH by two bytes and reads four, so it falls over the end. Under id 5 it
 * does not come so far.
 */
function isReadAsMalformed(message: Message): boolean {
  return message.type === 'squelch' && message.position.fecEncodingId === 0 && message.invalidTois.length > 0;
}

/** The places that the dissector shows: of a repair request only the first. */
function positionsOf(message: Message): readonly ObjectPosition[] {
  switch (message.type) {
    case 'info': {
      const { fecEncodingId, toi } = message;
      return [{ fecEncodingId, toi, sourceBlockNumber: 0, encodingSymbolId: 0 }];
    }
    case 'data':
      return [message];
    case 'flush':
    case 'squelch':
      return [message.position];
    case 'nack':
    case 'repairAdv':
      return message.repairRequests.flatMap(firstPosition);
    default:
      // It does not look into the content of an ACK.
      return [];
  }
}

function firstPosition(request: RepairRequest): readonly ObjectPosition[] {
  const { form } = request;
  if (form === 'items') return request.items.slice(0, 1);
  if (form === 'erasures') return request.erasures.slice(0, 1);
  return request.ranges.slice(0, 1).map(({ first }) => first);
}
