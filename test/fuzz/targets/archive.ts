import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { Random } from '@rollcall/norm';
import { ActionError } from '../../../packages/agent/src/actions/action-error.ts';
import { archiveSource, tarOf, zipOf } from '../../../packages/agent/src/actions/action-fixture.ts';
import type { ArchiveEntry } from '../../../packages/agent/src/actions/action-fixture.ts';
import { TreeWriter } from '../../../packages/agent/src/actions/archive/tree-writer.ts';
import { formatOf, unpackArchive, unpackSource } from '../../../packages/agent/src/actions/archive/unpack-archive.ts';
import { DirectoryHandle } from '../../../packages/agent/src/storage/directory-handle.ts';
import { MemoryDirectory, MemorySymlink } from '../memory-directory.ts';
import { ByteMutator } from '../byte-mutator.ts';
import { ACCEPTED } from '../fuzz-target.ts';
import type { FuzzTarget, Outcome } from '../fuzz-target.ts';

const FORMATS = ['tar', 'tar.gz', 'tar.zst', 'zip'] as const;
const REFUSED_FORM: Outcome = {
  isAccepted: false,
  what: `the content is not an archive of a known form (${FORMATS.join(', ')})`,
};
const SIZE_MAX = 16 * 1024;
const ON_DISK_FIRST = 300;
const ON_DISK_EACH = 1000;
/** More than any path has names, and the kernel follows. */
const STEPS_MAX = 10_000;
const TAR_BLOCK = 512;
const NAMES = ['a', 'd/b', 'd/', 'l', 'l/x', '../evil', '/evil', 'd/../../evil', 'ünï', './a', 'a/', 'd\\b', '..'];
const TYPES = ['file', 'file', 'directory', 'symlink', 'link', 'fifo'] as const;

/** Archives of every form, unpacked in memory and some of them for real: whatever they hold, nothing is made outside of the tree's own directory. */
export async function openArchive(): Promise<FuzzTarget> {
  // In memory where that is a directory: each case writes, syncs and removes files.
  const outside = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'rollcall-fuzz-'));
  let playedCount = 0;
  const entries: ArchiveEntry[] = [
    { name: 'd/', type: 'directory' },
    { name: 'd/b', content: 'hello '.repeat(50) },
    { name: 'l', type: 'symlink', target: 'd' },
    { name: `d/${'x'.repeat(120)}`, content: 'by pax' },
  ];
  const tar = await tarOf([...entries, { name: 'hard', type: 'link', target: 'd/b' }]);
  const tars = [
    tar,
    await tarOf(entries.slice(0, 2)),
    await tarOf([{ name: 'ünï', content: 'x', mtimeMs: 1.5e12 + 1 }]),
  ];
  return {
    name: 'archive',
    sizeMax: SIZE_MAX,
    millisMax: 2000,
    shortCount: 600,
    corpus: [...tars, ...tars.map((one) => gzipSync(one)), ...tars.map((one) => zstdCompressSync(one)), zipOf(entries)],
    dictionary: ['ustar\x0000', '../', '/etc', 'PK\x03\x04', 'PK\x05\x06', '\x28\xb5\x2f\xfd', '\x1f\x8b\x08'].map(
      (text) => Buffer.from(text, 'latin1'),
    ),
    generate: (random) => (random.chance(0.3) ? zipOf(hostileEntries(random)) : hostileTar(random, tars)),
    check: (bytes) => {
      playedCount += 1;
      return unpack(outside, bytes, playedCount <= ON_DISK_FIRST || playedCount % ON_DISK_EACH === 0);
    },
    close: () => rmSync(outside, { recursive: true, force: true }),
  };
}

/** The first archives, and then each thousandth, are unpacked on the disk as well, and must come to the same there. */
async function unpack(outside: string, bytes: Uint8Array, isOnDisk: boolean): Promise<Outcome> {
  const outcome = await unpackInMemory(bytes);
  if (isOnDisk) assert.equal((await unpackOnDisk(outside, bytes)).isAccepted, outcome.isAccepted);
  return outcome;
}

async function unpackInMemory(bytes: Uint8Array): Promise<Outcome> {
  const content = Buffer.from(bytes);
  const format = formatOf(content);
  if (format === undefined) return REFUSED_FORM;
  const root = new MemoryDirectory();
  const options = { archiveSize: content.length, sizeMax: 2 ** 40, signal: new AbortController().signal };
  await using writer = new TreeWriter(root, options);
  try {
    await unpackSource(format, archiveSource(content), writer);
    return ACCEPTED;
  } catch (error) {
    return refusalOf(error);
  } finally {
    assertLinksInside(root, []);
  }
}

/** What a library adds to its reason after a colon: a signature in hexadecimal, a name, a size. */
const DETAIL = /^(the archive cannot be read: [^:]*):.*$/s;

/** Names as JSON has them, one that was cut short too; and numbers. */
const QUOTED = /"(?:[^"\\]|\\.)*(?:"|$)|\d+/gs;

/** Its words tell the reasons apart, without what they quote: else each archive's would be new, and kept. */
function refusalOf(error: unknown): Outcome {
  assert.ok(error instanceof ActionError, error instanceof Error ? (error.stack ?? error.message) : String(error));
  return { isAccepted: false, what: error.message.replace(DETAIL, '$1').replaceAll(QUOTED, '') };
}

/** Wherever a link of the tree is followed to, that is in the tree, or nowhere. */
function assertLinksInside(directory: MemoryDirectory, above: readonly MemoryDirectory[]): void {
  const here = [...above, directory];
  for (const [name, entry] of directory.entries) {
    if (entry instanceof MemoryDirectory) assertLinksInside(entry, here);
    else if (entry instanceof MemorySymlink) follow(here, entry.target, name);
  }
}

/** As the kernel would, over all that is there; the last of `place` is the directory that the link is in. */
function follow(place: readonly MemoryDirectory[], target: string, name: string): void {
  assert.ok(!target.startsWith('/'), `${name} leads out`);
  const at = [...place];
  const waiting = target.split('/').filter((part) => part !== '' && part !== '.');
  for (let steps = 0; waiting.length > 0 && steps < STEPS_MAX; steps += 1) {
    const part = waiting.shift()!;
    if (part === '..') {
      at.pop();
      assert.ok(at.length > 0, `${name} leads out`);
      continue;
    }
    const entry = at.at(-1)?.entries.get(part);
    if (entry instanceof MemoryDirectory) at.push(entry);
    else if (entry instanceof MemorySymlink) {
      assert.ok(!entry.target.startsWith('/'), `${name} leads out by way of ${part}`);
      waiting.unshift(...entry.target.split('/').filter((inner) => inner !== '' && inner !== '.'));
    } else return;
  }
}

async function unpackOnDisk(outside: string, bytes: Uint8Array): Promise<Outcome> {
  const root = join(outside, 'case');
  mkdirSync(root);
  const target = join(root, 'target');
  writeFileSync(join(root, 'archive'), bytes);
  try {
    await using parent = await DirectoryHandle.open(root);
    const place = { parent, name: 'target' };
    await unpackArchive(join(root, 'archive'), place, FORMATS, new AbortController().signal);
    return ACCEPTED;
  } catch (error) {
    return refusalOf(error);
  } finally {
    assert.deepEqual(readdirSync(outside), ['case'], 'something was made outside');
    assert.deepEqual(
      readdirSync(root).filter((name) => !['archive', 'target'].includes(name)),
      [],
    );
    assertHarmless(target);
    rmSync(root, { recursive: true });
  }
}

/** No link leads out, and nothing lends rights. */
function assertHarmless(target: string): void {
  if (!existsSync(target)) return;
  for (const name of readdirSync(target, { recursive: true, encoding: 'utf8' })) {
    const path = join(target, name);
    const stats = lstatSync(path);
    assert.ok(stats.isFile() || stats.isDirectory() || stats.isSymbolicLink(), `${name} is a device or the like`);
    if (!stats.isSymbolicLink()) assert.equal(stats.mode & 0o7000, 0, `${name} has special bits`);
    else if (existsSync(path)) assert.ok(`${realpathSync(path)}/`.startsWith(`${target}/`), `${name} leads out`);
  }
}

function hostileEntries(random: Random): ArchiveEntry[] {
  const name = (): string => NAMES[random.below(NAMES.length)]!;
  return Array.from({ length: 1 + random.below(5) }, () => ({
    name: name(),
    type: TYPES[random.below(TYPES.length)]!,
    content: 'content',
    mode: random.below(0o10000),
    target: name(),
  }));
}

/** A tar of which some blocks are changed, with the sums of its headers right, as it is or packed. */
function hostileTar(random: Random, tars: readonly Uint8Array[]): Uint8Array {
  const bytes = new ByteMutator(
    random,
    SIZE_MAX - 1024,
    ['../', '/', '\0', '77777777777'].map((word) => Buffer.from(word)),
  )
    .mutate(tars)
    .slice();
  for (let at = 0; at + TAR_BLOCK <= bytes.length; at += TAR_BLOCK) {
    const header = Buffer.from(bytes.buffer, at, TAR_BLOCK);
    if (header.toString('latin1', 257, 262) === 'ustar') signHeader(header);
  }
  const packing = random.below(4);
  return packing === 0 ? gzipSync(bytes) : packing === 1 ? zstdCompressSync(bytes) : bytes;
}

function signHeader(header: Buffer): void {
  header.fill(' ', 148, 156);
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}
