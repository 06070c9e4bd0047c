/**
 * A repair request: what is asked for. A NACK carries a row of them, and REPAIR_ADV repeats what others asked.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |     form      |     flags     |      length of the items      |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |    fec id     |   reserved    |     object transport id       |   one item
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                        fec payload id                         |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * form 1, ITEMS: each item stands for itself. form 2, RANGES: items in pairs, from the first of a pair to the second,
 * both included. form 3, ERASURES: the symbol id of an item is the number of symbols that the block lacks.
 * The flags say how much an item means: SEGMENT the symbol, BLOCK the whole block, OBJECT the whole object; INFO asks
 * for the object's INFO, alone or beside the others. RFC 5740 §4.3.1.
 */
import type { DecodeFailure } from './decoded.ts';
import type { ObjectPosition } from './object-position.ts';
import { OBJECT_POSITION_SIZE, readObjectPosition, writeObjectPosition } from './object-position.ts';

const REPAIR_FORM = { items: 1, ranges: 2, erasures: 3 } as const;

export const REPAIR_FLAG = { segment: 0x01, block: 0x02, info: 0x04, object: 0x08 } as const;

export const REPAIR_REQUEST_HEADER_SIZE = 4;
export const REPAIR_ITEM_SIZE = OBJECT_POSITION_SIZE;
export const REPAIR_RANGE_SIZE = 2 * OBJECT_POSITION_SIZE;

export interface RepairRange {
  readonly first: ObjectPosition;
  /** Included. */
  readonly last: ObjectPosition;
}

export type RepairRequest =
  | { readonly form: 'items'; readonly flags: number; readonly items: readonly ObjectPosition[] }
  | { readonly form: 'ranges'; readonly flags: number; readonly ranges: readonly RepairRange[] }
  /** `encodingSymbolId` of each is the count of symbols that the block lacks. */
  | { readonly form: 'erasures'; readonly flags: number; readonly erasures: readonly ObjectPosition[] };

/** Reads the requests in [offset, end), each at least its header long, so it ends. */
export function readRepairRequests(
  view: DataView,
  offset: number,
  end: number,
): readonly RepairRequest[] | DecodeFailure {
  const requests: RepairRequest[] = [];
  let at = offset;
  while (at < end) {
    if (at + REPAIR_REQUEST_HEADER_SIZE > end) return 'repairLength';
    const size = view.getUint16(at + 2);
    const itemsOffset = at + REPAIR_REQUEST_HEADER_SIZE;
    if (itemsOffset + size > end) return 'repairLength';
    const request = readRepairRequest(view, view.getUint8(at), view.getUint8(at + 1), itemsOffset, size);
    if (typeof request === 'string') return request;
    requests.push(request);
    at = itemsOffset + size;
  }
  return requests;
}

/** Writes the requests and returns their end. */
export function writeRepairRequests(view: DataView, offset: number, requests: readonly RepairRequest[]): number {
  let at = offset;
  for (const request of requests) {
    const positions = positionsOf(request);
    view.setUint8(at, REPAIR_FORM[request.form]);
    view.setUint8(at + 1, request.flags);
    view.setUint16(at + 2, positions.length * REPAIR_ITEM_SIZE);
    at += REPAIR_REQUEST_HEADER_SIZE;
    for (const position of positions) at = writeObjectPosition(view, at, position);
  }
  return at;
}

function readRepairRequest(
  view: DataView,
  form: number,
  flags: number,
  offset: number,
  size: number,
): RepairRequest | DecodeFailure {
  if (form < REPAIR_FORM.items || form > REPAIR_FORM.erasures) return 'repairForm';
  if (size % (form === REPAIR_FORM.ranges ? REPAIR_RANGE_SIZE : REPAIR_ITEM_SIZE) !== 0) return 'repairLength';
  const positions: ObjectPosition[] = [];
  for (let at = offset; at < offset + size; at += REPAIR_ITEM_SIZE) {
    const position = readObjectPosition(view, at);
    if (position === undefined) return 'unsupportedFec';
    positions.push(position);
  }
  if (form === REPAIR_FORM.items) return { form: 'items', flags, items: positions };
  if (form === REPAIR_FORM.erasures) return { form: 'erasures', flags, erasures: positions };
  return { form: 'ranges', flags, ranges: pairs(positions) };
}

function pairs(positions: readonly ObjectPosition[]): readonly RepairRange[] {
  const ranges: RepairRange[] = [];
  let first: ObjectPosition | undefined;
  for (const position of positions) {
    if (first === undefined) {
      first = position;
    } else {
      ranges.push({ first, last: position });
      first = undefined;
    }
  }
  return ranges;
}

function positionsOf(request: RepairRequest): readonly ObjectPosition[] {
  if (request.form === 'items') return request.items;
  if (request.form === 'erasures') return request.erasures;
  return request.ranges.flatMap(({ first, last }) => [first, last]);
}
