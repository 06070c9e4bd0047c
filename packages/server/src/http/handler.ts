/** What answers an operation: one file each, called with what was validated against the operation's schema. */
import type { AnswerOf, BodyOf, Operation, ParamsOf, QueryOf } from '@rollcall/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DeviceRecord, OperatorRecord } from '../core/records.ts';

export interface Call<O> {
  readonly params: ParamsOf<O>;
  readonly query: QueryOf<O>;
  readonly body: BodyOf<O>;
  readonly request: FastifyRequest;
  /** For operations whose answer is a stream. */
  readonly reply: FastifyReply;
}

/** `Caller`: who asks, as the door found out. */
export type Handler<O, Caller> = (call: Call<O>, caller: Caller) => Promise<AnswerOf<O> | FastifyReply>;

export type OperatorHandler<O> = Handler<O, OperatorRecord>;
export type DeviceHandler<O> = Handler<O, DeviceRecord>;
export type OpenHandler<O> = Handler<O, undefined>;

/** An operation with its handler, and who may call it. */
export interface Route {
  readonly operation: Operation;
  readonly handle: (call: Call<never>, caller: never) => Promise<unknown>;
}

export function route<const O extends Operation, Caller>(operation: O, handle: Handler<O, Caller>): Route {
  return { operation, handle: handle };
}
