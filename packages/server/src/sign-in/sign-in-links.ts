/**
 * Links that sign a browser in without a token being typed or pasted: one use, soon. The secret is behind the `#`, so that no
 * server, proxy or log on the way sees it, and the page gives it back by POST: whoever only fetches the link (a mail scanner,
 * a preview) does not use it up.
 */
import { limits, type SignInLink } from '@rollcall/api';
import { isSecret, newSecret, newTokenId } from '../certificates/tokens.ts';
import type { ServerContext } from '../context.ts';
import type { StoreTransactor } from '../core/ports.ts';
import { Problem } from '../core/problem.ts';
import type { OperatorRecord } from '../core/records.ts';
import { SIGN_IN_LINKS_PER_OPERATOR_MAX } from '../limits.ts';

export async function makeSignInLink(
  { store, now, addresses }: Pick<ServerContext, 'store' | 'now' | 'addresses'>,
  operator: Pick<OperatorRecord, 'id' | 'name'>,
): Promise<SignInLink> {
  const { secret, secretHash } = newSecret();
  const link = {
    id: newTokenId(),
    secretHash,
    operatorId: operator.id,
    expiresAt: now() + limits.SIGN_IN_LINK_MINUTES * 60_000,
  };
  await store.transact((transactor) => transactor.insertSignInLink(link, SIGN_IN_LINKS_PER_OPERATOR_MAX));
  const url = `${addresses.consoleUrl}/sign-in#link=${link.id}.${secret}`;
  return { operator: operator.name, url, expiresAt: link.expiresAt };
}

/** Uses a link up, within the transaction of the sign-in. Throws `link_void`. */
export async function takeSignInLink(transactor: StoreTransactor, text: string, now: number): Promise<OperatorRecord> {
  const [id = '', secret = ''] = text.split('.');
  const link = await transactor.signInLink(id);
  const operator = link === undefined ? undefined : await transactor.operatorById(link.operatorId);
  const isGood = isSecret(secret, link?.secretHash) && link !== undefined && link.expiresAt > now;
  if (!isGood || operator === undefined) {
    const detail = `it was used already, or is older than ${limits.SIGN_IN_LINK_MINUTES} minutes: "rollcall sign-in" prints another one`;
    throw new Problem('link_void', detail);
  }
  await transactor.deleteSignInLink(id);
  return operator;
}
