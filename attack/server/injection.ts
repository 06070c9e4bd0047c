import assert from 'node:assert/strict';
import { operations, pathOf, type Operation } from '@rollcall/api';
import { Random } from '@rollcall/norm';
import { sampleOf } from '../../test/fuzz/sample-of-schema.ts';
import type { Attack } from '../attack.ts';
import { AttackedServer } from '../support/attacked-server.ts';

/**
 * SQL, header and path injection in each text that an operator's operation takes: parameters, query and body come from the
 * table of operations, so that a new one is tried as well. Everything is asked as an admin, so that it gets as far as it can.
 */
export const attack: Attack = {
  name: 'SQL and header injection in every text of every operation',
  async run(scale) {
    await using server = await AttackedServer.start();
    const random = new Random(1);
    const before = await names(server);
    const payloads = scale === 'full' ? PAYLOADS : PAYLOADS.slice(0, 3);
    let count = 0;
    let refused = 0;
    for (const operation of Object.values<Operation>(operations)) {
      if (operation.door === 'device' || operation.id === operations.streamEvents.id) continue;
      for (const payload of payloads) {
        for (const { path, body } of requestsWith(operation, payload, random)) {
          const { status, headers, text } = await server.ask(operation.method, path, body);
          const what = `${operation.id} ${path} ${body ?? ''}: ${status} ${text.slice(0, 300)}`;
          assert.ok(status < 500, what);
          assert.ok(!headers.some((name) => name.toLowerCase() === INJECTED), what);
          assert.doesNotMatch(text, /sqlite|syntax error|node_modules|\n\s+at /i, what);
          count += 1;
          if (status >= 400) refused += 1;
        }
      }
    }
    assert.deepEqual(await names(server), before, 'nobody is there who was not, and nobody is gone');
    assert.ok(count > 50, `${count} requests`);
    return {
      count,
      stoppedBy: `schemas, bound parameters and encoded headers (${refused} refused, the rest found nothing)`,
    };
  },
};

const INJECTED = 'x-injected';
const PAYLOADS = [
  `' or 1=1; drop table operators; --`,
  `a\r\n${INJECTED}: yes\r\n\r\n`,
  `../../../../etc/passwd`,
  `"; delete from audit; select "`,
  `' union select secretHash from operators --`,
  `%' or '1'='1`,
  `a\u0000b`,
  `\u2028${INJECTED}: yes`,
  `$where=1`,
  `{{7*7}}`,
];

/** One request for each text of the operation, with the payload in that one. */
function* requestsWith(
  operation: Operation,
  payload: string,
  random: Random,
): Generator<{ readonly path: string; readonly body: string | undefined }> {
  const honestBody = operation.body === undefined ? undefined : sampleOf(operation.body, random);
  const text = honestBody === undefined ? undefined : JSON.stringify(honestBody);
  const params = propertiesOf(operation.params);
  const honest = Object.fromEntries(params.map((name) => [name, 'a']));
  for (const name of params) yield { path: pathOf(operation, { ...honest, [name]: payload }), body: text };
  for (const name of propertiesOf(operation.query)) {
    yield { path: `${pathOf(operation, honest)}?${name}=${encodeURIComponent(payload)}`, body: text };
  }
  for (const name of propertiesOf(operation.body)) {
    const body = JSON.stringify({ ...(honestBody as object), [name]: payload });
    yield { path: pathOf(operation, honest), body };
  }
  for (const place of placesIn(honestBody).filter(({ length }) => length > 1)) {
    yield { path: pathOf(operation, honest), body: JSON.stringify(withAt(honestBody, place, payload)) };
  }
}

type Place = readonly (string | number)[];

/** Where a value has values that are no objects, however deep. */
function placesIn(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [[]];
  return Object.entries(value).flatMap(([key, inner]) => placesIn(inner).map((place) => [key, ...place]));
}

function withAt(value: unknown, [key, ...rest]: Place, payload: string): unknown {
  if (key === undefined) return payload;
  if (Array.isArray(value)) return value.with(Number(key), withAt(value[Number(key)], rest, payload));
  const object = value as Readonly<Record<string, unknown>>;
  return { ...object, [key]: withAt(object[key], rest, payload) };
}

function propertiesOf(schema: unknown): string[] {
  return Object.keys((schema as { properties?: object } | undefined)?.properties ?? {});
}

async function names(server: AttackedServer): Promise<unknown> {
  const { status, text } = await server.ask('GET', operations.whoAmI.path);
  assert.equal(status, 200, text);
  return (JSON.parse(text) as { name: string }).name;
}
