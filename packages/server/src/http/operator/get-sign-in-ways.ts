import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { OIDC_START_PATH } from '../../sign-in/oidc/register-oidc.ts';
import type { OpenHandler } from '../handler.ts';

export function getSignInWays({
  identityProvider,
}: Pick<ServerContext, 'identityProvider'>): OpenHandler<typeof operations.getSignInWays> {
  return async () => ({
    oidc: identityProvider === undefined ? null : { name: identityProvider.config.name, path: OIDC_START_PATH },
  });
}
