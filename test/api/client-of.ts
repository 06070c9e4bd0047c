import { fetch } from 'undici';
import { RollcallClient } from '@rollcall/client';
import type { TestClient } from '../../packages/server/test/test-server.ts';

/** The API's own client, over a test's connection (which checks no certificate). */
export function clientOf({ url, token, dispatcher }: Pick<TestClient, 'url' | 'token' | 'dispatcher'>): RollcallClient {
  return new RollcallClient({
    url,
    headers: () => (token === undefined ? {} : { authorization: `Bearer ${token}` }),
    fetch: (target, init) => fetch(target, { ...init, dispatcher }),
  });
}
