/**
 * Who is signed in: that is in a cookie which no script can read. Here is only how one comes to have it, and how one is
 * rid of it.
 */
import { eventFeed } from '../live/event-feed.ts';
import { me, queryClient } from '../live/queries.ts';
import { client } from './client.ts';

/** By an operator's token, or by what a one-time link has behind its `#`. @throws when the server does not take it */
export async function signIn(proof: { readonly token: string } | { readonly link: string }): Promise<void> {
  const { operator } = await client.call('signIn', { body: proof });
  queryClient.setQueryData(me.queryKey, operator);
}

/** Nothing of what the operator has seen stays in the page. */
export async function signOut(): Promise<void> {
  eventFeed.stop();
  await client.call('signOut');
  await queryClient.resetQueries({ queryKey: me.queryKey });
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'me' });
}

/** The secret of the link that this page was opened by; taken out of the address, so that it stays in no history. */
export function takeLinkSecret(): string | undefined {
  const secret = /^#link=(.+)$/.exec(location.hash)?.[1];
  if (secret !== undefined) history.replaceState(null, '', '/');
  return secret;
}
