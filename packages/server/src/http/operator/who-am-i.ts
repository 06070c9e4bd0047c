import type { operations } from '@rollcall/api';
import { operatorView } from '../../core/views.ts';
import type { OperatorHandler } from '../handler.ts';

export function whoAmI(): OperatorHandler<typeof operations.whoAmI> {
  return async (_call, operator) => operatorView(operator);
}
