import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Attack } from '../attack.ts';
import { AttackedServer } from '../support/attacked-server.ts';

/**
 * The id of an upload is the name of a file on the server. An operator looks at, writes on, removes and makes contents of files
 * beside the uploads, by every way to write such a name.
 */
export const attack: Attack = {
  name: 'path traversal in the id of an upload, by each method that takes one',
  async run() {
    await using server = await AttackedServer.start();
    const tus = { 'tus-resumable': '1.0.0' };
    const made = await server.ask('POST', '/v1/uploads', undefined, { headers: { ...tus, 'upload-length': '4' } });
    const own = /\/v1\/uploads\/(\w+)/.exec(made.headers.join(' '))?.[1] ?? assert.fail('no upload was made');
    assert.equal(
      (await server.ask('HEAD', `/v1/uploads/${own}`, undefined, { headers: tus })).status,
      200,
      'an id that is one',
    );
    const before = filesOf(server);
    assert.ok(before.size > 3, 'there is something to get at');
    let count = 0;
    for (const id of ids(own)) {
      for (const method of ['HEAD', 'PATCH', 'DELETE']) {
        const isWriting = method === 'PATCH';
        const headers = {
          ...tus,
          ...(isWriting ? { 'content-type': 'application/offset+octet-stream', 'upload-offset': '0' } : {}),
          ...(isWriting ? { 'content-length': '4' } : {}),
        };
        const { status } = await server.ask(method, `/v1/uploads/${id}`, isWriting ? 'evil' : undefined, { headers });
        assert.ok(status >= 400 && status < 500, `${method} ${id}: ${status}`);
        count += 1;
      }
      const body = JSON.stringify({ uploadId: decodeURIComponent(id) });
      const { status } = await server.ask('POST', '/v1/contents', body);
      assert.ok(status >= 400 && status < 500, `a content of ${id}: ${status}`);
      count += 1;
    }
    assert.deepEqual(filesOf(server), before, 'nothing was written or removed');
    return { count, stoppedBy: 'an id is one name within the folder of the uploads, and one that an upload has' };
  },
};

function ids(own: string): string[] {
  const names = ['../local-operator', '../local-operator.json', '../ca/ca.pem', '../rollcall.db', `../uploads/${own}`];
  const doubled = names.map((name) => encodeURIComponent(encodeURIComponent(name)));
  const plain = names.map(encodeURIComponent);
  const mixed = [
    '..%5clocal-operator',
    '%2e%2e%2flocal-operator',
    `${own}.json`,
    `${own}%00`,
    `${own}%2f..%2f${own}`,
    `.%2f${own}`,
  ];
  return [...plain, ...doubled, ...mixed, '..', '.', '%2e%2e', '%2e', `${own}.json.json`];
}

/** Files and their content, but for what the server itself goes on writing. */
function filesOf({ directory }: AttackedServer): ReadonlyMap<string, string> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('rollcall.db'))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  return new Map(files.map((file) => [file, readFileSync(file, 'latin1')]));
}
