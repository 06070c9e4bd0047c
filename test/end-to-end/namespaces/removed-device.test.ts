import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { arenaOf, decodeMessage } from '@rollcall/norm';
import { LabNetwork } from '../../../lab/network.ts';
import { DatagramMac, DIRECTION } from '../../../packages/norm/src/authentication/datagram-mac.ts';
import { findMac } from '../../../packages/norm/src/wire/ext-auth.ts';
import { Capture } from '../../support/capture.ts';
import { Deployment } from '../../support/deployment.ts';
import type { DeployedDevice } from '../../support/deployment.ts';
import { writeRandomFile } from '../../support/scratch.ts';
import { skip } from './lab-available.ts';

const SIZE = 4 * 1024 ** 2;
const PLACES = 1024;
const BLOCK_SIZE = 16;
const AES_KEY_SIZE = 32;
const MAC_KEY_SIZE = 16;
/** Files of a data directory that may hold keys among other things; the contents themselves are larger. */
const KEY_FILE_SIZE_MAX = 1024 ** 2;
/** Keys that lie bare in a file of bytes are looked for at each of its first places. */
const BARE_SIZE_MAX = 64 * 1024;

test('a removed device that keeps its keys reads nothing of the next task', { skip, timeout: 300_000 }, async () => {
  using network = LabNetwork.create({ devices: 2 });
  await using deployment = await Deployment.start({ network, serve: ['--rate', '200mbit'] });
  const [, removed] = await deployment.addDevices(2);
  assert.ok(removed !== undefined);
  const { scratch } = deployment;

  const listen = async (name: string, further: readonly string[] = []): Promise<Heard> => {
    const path = writeRandomFile(scratch.join(name), SIZE);
    const capture = await Capture.start(network, 'd2', scratch.join(`${name}.pcap`));
    const task = await deployment.createTask(['copy', path, '--to', name, '--target', 'all', ...further]);
    const view = await deployment.ended(task);
    assert.equal(view.deliveries.find(({ device }) => device.name === 'd1')?.path, 'multicast');
    return {
      datagrams: await capture.stop(),
      plaintext: readFileSync(path),
      key: contentKeyOf(deployment, view.content.id),
    };
  };

  const first = await listen('first.bin');
  assert.ok(existsSync(join(removed.files, 'first.bin')), 'it takes part in the first task');
  await deployment.run(['device', 'remove', 'd2']);
  await removed.agent.exited;
  // Everything that it has: what lies in its folder, and what it was told for the first task.
  const keys = [...keysIn(removed, AES_KEY_SIZE), ...(first.key === undefined ? [] : [first.key])];
  const packetKeys = keysIn(removed, MAC_KEY_SIZE);
  assert.equal(keysThatOpen(keys, first).length, 1, 'with these keys the first task can be read');

  const second = await listen('second.bin');
  assert.ok(payloadBytesOf(second) >= SIZE, 'the whole content came by its interface');
  assert.equal(placesHeard(second), 0, 'and none of it is plain');
  assert.deepEqual(keysThatOpen(keys, second), [], 'no key that it has opens the content');
  assert.ok(second.key !== undefined);
  assert.equal(keysThatOpen([second.key], second).length, 1, 'the right one would');
  assert.equal(authenticUnder(packetKeys, second), 0, 'no key that it has makes a datagram authentic');

  const open = await listen('public.bin', ['--no-encrypt']);
  assert.ok(placesHeard(open) > PLACES / 2, 'where encryption is off, the same look finds what there is');
});

interface Heard {
  readonly datagrams: readonly Uint8Array[];
  /** What was sent, and under which key. */
  readonly plaintext: Uint8Array;
  readonly key: Uint8Array | undefined;
}

/** As the server keeps it. */
function contentKeyOf(deployment: Deployment, contentId: string): Uint8Array | undefined {
  using database = new DatabaseSync(join(deployment.serverData, 'rollcall.db'), { readOnly: true });
  const row = database.prepare('select key from "contentKeys" where "contentId" = ?').get(contentId);
  return row?.['key'] as Uint8Array | undefined;
}

/** Everything of this size that could be a key: written as hexadecimal or base64 digits, or bare. */
function keysIn(device: DeployedDevice, size: number): readonly Uint8Array[] {
  const found = new Map<string, Uint8Array>();
  const take = (key: Uint8Array): void => {
    if (key.length === size) found.set(hexOf(key), key);
  };
  for (const name of globSync('**/*', { cwd: device.data })) {
    const path = join(device.data, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isFile() !== true || stats.size > KEY_FILE_SIZE_MAX) continue;
    const bytes = readFileSync(path);
    const text = bytes.toString('latin1');
    for (const [digits] of text.matchAll(/[A-Za-z0-9_+/-]{20,}/g)) {
      take(Buffer.from(digits, 'hex'));
      take(Buffer.from(digits, 'base64'));
    }
    for (let at = 0; at + size <= Math.min(bytes.length, BARE_SIZE_MAX); at += 1) take(bytes.subarray(at, at + size));
  }
  return [...found.values()];
}

function payloadBytesOf({ datagrams }: Heard): number {
  return datagrams.reduce((sum, datagram) => sum + (symbolOf(datagram)?.length ?? 0), 0);
}

/** How many of so many places of the plaintext occur in what was heard. */
function placesHeard({ datagrams, plaintext }: Heard): number {
  const heard = Buffer.concat(datagrams);
  return Array.from({ length: PLACES }, (_, index) => (index * plaintext.length) / PLACES).filter((at) =>
    heard.includes(plaintext.subarray(at, at + BLOCK_SIZE)),
  ).length;
}

/**
 * Those of the keys under which some symbol is the beginning of the content. In GCM the first block of leaf 0 is the
 * plaintext and the block cipher's word for its nonce (zeros) with the count 2.
 */
function keysThatOpen(keys: readonly Uint8Array[], { datagrams, plaintext }: Heard): readonly Uint8Array[] {
  const beginnings = new Set(datagrams.map((datagram) => hexOf(symbolOf(datagram)?.subarray(0, BLOCK_SIZE))));
  const counter = Buffer.alloc(BLOCK_SIZE);
  counter[BLOCK_SIZE - 1] = 2;
  const block = plaintext.subarray(0, BLOCK_SIZE);
  return keys.filter((key) => beginnings.has(hexOf(createCipheriv('aes-256-ctr', key, counter).update(block))));
}

function hexOf(bytes: Uint8Array = new Uint8Array()): string {
  return Buffer.from(bytes).toString('hex');
}

function authenticUnder(keys: readonly Uint8Array[], { datagrams }: Heard): number {
  const mac = new DatagramMac();
  // One after the other was made under the same key: a few of them tell.
  return datagrams.slice(0, 3).filter((datagram) => {
    const { view } = arenaOf(datagram);
    const macAt = findMac(view, 0, datagram.length);
    assert.notEqual(macAt, -1, 'each datagram has a MAC');
    mac.put(datagram, macAt);
    return keys.some((key) => mac.matches(key, DIRECTION.senderToGroup, view.getUint16(2), view, macAt));
  }).length;
}

function symbolOf(datagram: Uint8Array): Uint8Array | undefined {
  const decoded = decodeMessage(arenaOf(datagram), 0, datagram.length);
  if (!decoded.ok || decoded.message.type !== 'data') return undefined;
  const { payloadOffset, payloadLength } = decoded.message;
  return datagram.subarray(payloadOffset, payloadOffset + payloadLength);
}
