import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import type { OpenHandler } from '../handler.ts';

export function getTrust({ trust }: Pick<ServerContext, 'trust'>): OpenHandler<typeof operations.getTrust> {
  return async () => trust;
}
