import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { Problem } from '../../core/problem.ts';
import type { OperatorHandler } from '../handler.ts';
import { findDevice } from './find-device.ts';

export function getAttempts({ store }: Pick<ServerContext, 'store'>): OperatorHandler<typeof operations.getAttempts> {
  return async ({ params }) => {
    const { reader } = store;
    const device = await findDevice(reader, params.device);
    if ((await reader.delivery(params.id, device.id)) === undefined) {
      throw new Problem(
        'not_found',
        `task ${params.id} is not for the device ${device.name}, or there is no such task`,
      );
    }
    const attempts = await reader.attempts(params.id, device.id);
    return {
      attempts: attempts.map(({ attempt, state, exitCode, output, error, finishedAt }) => ({
        attempt,
        state,
        exitCode,
        output: Buffer.from(output).toString('base64'),
        error,
        finishedAt,
      })),
    };
  };
}
