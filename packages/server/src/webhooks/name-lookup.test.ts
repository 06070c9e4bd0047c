import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { NameLookup } from './name-lookup.ts';

/** Long enough for an answer on loopback, short enough to wait for. */
const SERVER_MS = 250;

test('names whose servers are silent hold up nobody, and end', { timeout: 20_000 }, async () => {
  await using server = await NameServer.start();
  const { find } = new NameLookup({ servers: [server.address], serverMs: SERVER_MS, hostsFile: '/nowhere' });
  let endedCount = 0;
  const silent = Array.from({ length: 20 }, (_, index) =>
    assert.rejects(find(`silent-${index}.example`), /no name server has answered what address silent-/).then(() => {
      endedCount += 1;
    }),
  );
  assert.deepEqual(await find('good.example'), [
    { address: '192.0.2.1', family: 4 },
    { address: '2001:db8::1', family: 6 },
  ]);
  assert.equal(endedCount, 0, 'all the silent ones are still being asked for');
  await Promise.all(silent);
});

test('what name servers do not know is asked of the system, one name at a time and each once', async () => {
  await using server = await NameServer.start();
  const asked: string[] = [];
  const hanging = Promise.withResolvers<never[]>();
  const system = async (name: string) => {
    asked.push(name);
    return name === 'hangs' ? hanging.promise : [{ address: '192.0.2.2', family: 4 }];
  };
  const { find } = new NameLookup({ servers: [server.address], serverMs: SERVER_MS, hostsFile: '/nowhere', system });
  const waiting = [find('hangs'), find('hangs'), find('printer'), find('unknown.example')];
  assert.equal((await find('good.example')).length, 2, 'who needs no system does not wait for it');
  assert.deepEqual(asked, ['hangs']);
  hanging.resolve([]);
  const found = await Promise.all(waiting);
  assert.deepEqual(asked.toSorted(), ['hangs', 'printer', 'unknown.example']);
  assert.deepEqual(found[3], [{ address: '192.0.2.2', family: 4 }]);
});

test('what is written in the hosts file comes first', async () => {
  await using server = await NameServer.start();
  const folder = await mkdtemp(path.join(tmpdir(), 'rollcall-hosts-'));
  const hostsFile = path.join(folder, 'hosts');
  await writeFile(hostsFile, '127.0.0.1 localhost\n192.0.2.7\tchat Good.example # the new one\n::7 good.example\n');
  const { find } = new NameLookup({ servers: [server.address], hostsFile });
  assert.deepEqual(await find('good.example'), [
    { address: '192.0.2.7', family: 4 },
    { address: '::7', family: 6 },
  ]);
  await rm(folder, { recursive: true });
});

/** Answers for `good.example`, knows no `unknown.example`, and says nothing of any other name. */
class NameServer implements AsyncDisposable {
  readonly #socket = createSocket('udp4');

  static async start(): Promise<NameServer> {
    const server = new NameServer();
    server.#socket.on('message', (query, { port, address }) => {
      const answer = answerTo(query);
      if (answer !== undefined) server.#socket.send(answer, port, address);
    });
    server.#socket.bind(0, '127.0.0.1');
    await once(server.#socket, 'listening');
    return server;
  }

  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }
}

/** RFC 1035 §4.1: the header, the question again, and one record whose name is that of the question. */
function answerTo(query: Buffer): Buffer | undefined {
  const questionEnd = query.indexOf(0, 12) + 5;
  const question = query.subarray(12, questionEnd);
  const isUnknown = question.includes('unknown');
  if (!isUnknown && !question.includes('good')) return undefined;
  const isIpv6 = question.readUInt16BE(question.length - 4) === 28;
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(isUnknown ? 0x8183 : 0x8180, 2);
  header.writeUInt16BE(isUnknown ? 0 : 1, 6);
  header.fill(0, 8);
  if (isUnknown) return Buffer.concat([header, question]);
  const address = isIpv6 ? Buffer.from('20010db8000000000000000000000001', 'hex') : Buffer.from([192, 0, 2, 1]);
  const record = Buffer.from([0xc0, 12, 0, isIpv6 ? 28 : 1, 0, 1, 0, 0, 0, 0, 0, address.length]);
  return Buffer.concat([header, question, record, address]);
}
