import type { operations, ProblemCode } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { ContentError } from '../../core/ports.ts';
import { Problem } from '../../core/problem.ts';
import { IDLE_TIMEOUT_MS } from '../../limits.ts';
import type { OperatorHandler } from '../handler.ts';

export function createContent({
  contentKeeper,
}: Pick<ServerContext, 'contentKeeper'>): OperatorHandler<typeof operations.createContent> {
  return async ({ body, request }, operator) => {
    // Nothing moves on the connection while a large upload is hashed.
    request.raw.socket.setTimeout(0);
    try {
      return await contentKeeper.ingest(body.uploadId, body.encoding ?? 'aes-256-gcm', operator.id);
    } catch (error) {
      if (error instanceof ContentError) throw new Problem(CODES[error.code], error.message, { cause: error });
      throw error;
    } finally {
      request.raw.socket.setTimeout(IDLE_TIMEOUT_MS);
    }
  };
}

const CODES = {
  upload_unknown: 'not_found',
  upload_incomplete: 'upload_incomplete',
  no_space: 'no_space',
  too_large: 'too_large',
  missing: 'not_found',
} as const satisfies Record<ContentError['code'], ProblemCode>;
