/** What the attacks on identities share: a server, devices that joined it, and each operation as a request. */
import assert from 'node:assert/strict';
import { operations, pathOf, type BodyOf, type Operation } from '@rollcall/api';
import { Random } from '@rollcall/norm';
import { TestClient, startTestServer, type TestServer } from '../../packages/server/test/test-server.ts';
import { TestDevice } from '../../packages/server/test/test-device.ts';
import type { ServerParts } from '../../packages/server/src/server.ts';
import { sampleOf } from '../../test/fuzz/sample-of-schema.ts';

export interface Attempt {
  readonly operation: Operation;
  readonly path: string;
  readonly body: unknown;
}

export interface Reply {
  readonly status: number;
  /** Of the problem, or what became of a connection that was not answered. */
  readonly code: string;
  readonly text: string;
}

export function startServerOnLoopback(parts: ServerParts = {}): Promise<TestServer> {
  return startTestServer({ mode: 'unicast', interfaces: ['lo'] }, parts);
}

export async function makeJoinToken(
  { admin }: Pick<TestServer, 'admin'>,
  body: BodyOf<typeof operations.createJoinToken> = {},
): Promise<string> {
  return (await admin.call(operations.createJoinToken, { body })).token;
}

export async function joinDevice(
  server: TestServer,
  name: string,
  body: BodyOf<typeof operations.createJoinToken> = {},
): Promise<TestDevice> {
  return TestDevice.join(server, await makeJoinToken(server, body), name);
}

/** By a connection of its own, which checks nothing of the server: that is attacked elsewhere. */
export function knockAs(tls: object, url: string): TestClient {
  return new TestClient(url, undefined, { ...tls, rejectUnauthorized: false });
}

/** Each operation that `isWanted`, with an honest body and the same value for each of its parameters. */
export function attemptsOf(
  isWanted: (operation: Operation) => boolean,
  parameter: string,
  random = new Random(1),
): readonly Attempt[] {
  const wanted = Object.values<Operation>(operations).filter(isWanted);
  assert.ok(wanted.length > 0, 'there is something to try');
  return wanted.map((operation) => {
    const names = namesIn(operation.params);
    const path = pathOf(operation, Object.fromEntries(names.map((name) => [name, parameter])));
    return { operation, path, body: operation.body === undefined ? undefined : sampleOf(operation.body, random) };
  });
}

function namesIn(schema: unknown): readonly string[] {
  return Object.keys((schema as { readonly properties?: object } | undefined)?.properties ?? {});
}

export const ofDevices = (parameter: string, random?: Random): readonly Attempt[] =>
  attemptsOf(({ door }) => door === 'device', parameter, random);

export async function tryOut(client: TestClient, { operation, path, body }: Attempt): Promise<Reply> {
  try {
    const answer = await client.send(operation.method, path, { body });
    const text = await answer.body.text();
    return { status: answer.statusCode, code: codeIn(text), text };
  } catch (error) {
    return { status: 0, code: (error as { readonly code?: string }).code ?? 'no answer', text: '' };
  }
}

function codeIn(text: string): string {
  try {
    return (JSON.parse(text) as { readonly code?: string } | null)?.code ?? '';
  } catch {
    return '';
  }
}
