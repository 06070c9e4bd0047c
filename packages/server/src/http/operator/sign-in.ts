import type { operations } from '@rollcall/api';
import type { ServerContext } from '../../context.ts';
import { operatorView, signInView } from '../../core/views.ts';
import { operatorOfToken } from '../../sign-in/operator-of-token.ts';
import { requireOwnPage } from '../../sign-in/require-own-page.ts';
import { takeSignInLink } from '../../sign-in/sign-in-links.ts';
import type { OpenHandler } from '../handler.ts';

export function signIn({
  store,
  now,
  signIns,
}: Pick<ServerContext, 'store' | 'now' | 'signIns'>): OpenHandler<typeof operations.signIn> {
  return async ({ body, request, reply }) => {
    // Else another site could sign somebody's browser in as somebody else.
    requireOwnPage(request);
    const { operator, begun } = await store.transact(async (transactor) => {
      const isLink = 'link' in body;
      const operator = isLink
        ? await takeSignInLink(transactor, body.link, now())
        : await operatorOfToken(transactor, body.token, now());
      const method = isLink ? 'link' : 'token';
      return { operator, begun: await signIns.begin(transactor, { operator, method, request }) };
    });
    void reply.header('set-cookie', begun.cookie).header('cache-control', 'no-store');
    const { signIn } = begun;
    return { operator: operatorView(operator), signIn: signInView(signIn, operator.name, signIn.id) };
  };
}
