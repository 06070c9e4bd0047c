import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { crc32, deflateRawSync } from 'node:zlib';
import { lstat, mkdir, mkdtemp, readFile, readdir, readlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { pack } from 'tar-stream';
import { fromBufferPromise } from 'yauzl';
import { removeTree } from '../storage/remove-tree.ts';
import type { Action, ActionContext, ActionPlan, ActionResult, DevicePolicy } from './action.ts';
import { OutputTail } from './output-tail.ts';
import type { ArchiveSource } from './archive/unpack-archive.ts';
import { performAction, planAction } from './perform-action.ts';

export type Content = string | Uint8Array;

function sha256Of(content: Content): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A device of its own in a temporary directory. */
export class TestDevice {
  readonly directory: string;
  readonly policy: DevicePolicy;
  readonly output = new OutputTail();

  private constructor(directory: string, policy: DevicePolicy) {
    this.directory = directory;
    this.policy = policy;
  }

  static async make(t: Pick<TestContext, 'after'>, policy: Partial<DevicePolicy> = {}): Promise<TestDevice> {
    const directory = await mkdtemp(join(tmpdir(), 'rollcall-actions-'));
    t.after(() => removeTree(directory));
    const dataDirectory = join(directory, 'data');
    await mkdir(dataDirectory);
    return new TestDevice(directory, { dataDirectory, allowedRoots: [], allow: [], channels: {}, ...policy });
  }

  path(...names: string[]): string {
    return join(this.policy.dataDirectory, ...names);
  }

  async context(action: Action, content: Content, overrides: Partial<ActionContext> = {}): Promise<ActionContext> {
    const taskId = overrides.taskId ?? 'task-1';
    const attempt = overrides.attempt ?? 1;
    const contentPath = join(this.directory, `${taskId}-${attempt}.content`);
    await writeFile(contentPath, content);
    return {
      taskId,
      attempt,
      action,
      policy: this.policy,
      contentPath,
      contentSize: Buffer.byteLength(content),
      contentSha256: sha256Of(content),
      stagingDirectory: this.path('staging', `${taskId}-${attempt}`),
      timeoutMs: 30_000,
      signal: new AbortController().signal,
      output: this.output.push,
      ...overrides,
    };
  }

  async plan(action: Action, contentSize = 10, attempt = 1, content: Content = 'content'): Promise<ActionPlan> {
    const { policy } = this;
    const contentSha256 = sha256Of(content);
    return planAction({ taskId: 'task-1', attempt, action, policy, contentSize, contentSha256 });
  }

  async perform(action: Action, content: Content, overrides: Partial<ActionContext> = {}): Promise<ActionResult> {
    const result = await performAction(await this.context(action, content, overrides));
    await this.assertTidy();
    return result;
  }

  outputText(): string {
    return Buffer.from(this.output.bytes()).toString('utf8');
  }

  /** Staging is gone, beside every target too. */
  async assertTidy(directory: string = this.directory): Promise<void> {
    const leftovers = (await namesBelow(directory)).filter((name) =>
      /(^|\/)(\.[^/]*(task-\d|new)[^/]*|staging\/.+)$/.test(name),
    );
    assert.deepEqual(leftovers, []);
  }
}

/** What an action that was cut off holds in memory stays alive, as nothing tidies up after a killed process. */
const frozen: unknown[] = [];

/**
 * Runs an attempt and stops it for ever at one of its checkpoints, told by index or name, as a kill would. Answers the
 * checkpoint's name, or `undefined` when the attempt ended before. The context's own checkpoint comes first.
 */
export async function performCutOff(context: ActionContext, checkpoint: number | string): Promise<string | undefined> {
  const cut = Promise.withResolvers<string>();
  let count = 0;
  const ended = performAction({
    ...context,
    checkpoint: async (point) => {
      await context.checkpoint?.(point);
      const isFatal = point === checkpoint || count === checkpoint;
      count += 1;
      if (!isFatal) return undefined;
      cut.resolve(point);
      return new Promise<void>((resolve) => frozen.push(resolve));
    },
  });
  return Promise.race([cut.promise, ended.then(() => undefined)]);
}

/** Does something with an attempt cut off at each of its checkpoints in turn; each time on a device of its own. */
export async function atEveryCheckpoint(
  prepare: () => Promise<{ device: TestDevice; context: ActionContext }>,
  judge: (device: TestDevice, context: ActionContext, point: string) => Promise<void>,
): Promise<number> {
  for (let index = 0; ; index += 1) {
    const { device, context } = await prepare();
    const point = await performCutOff(context, index);
    if (point === undefined) return index;
    await judge(device, context, point);
  }
}

export interface ArchiveEntry {
  readonly name: string;
  readonly content?: Content;
  readonly mode?: number;
  readonly mtimeMs?: number;
  readonly type?: 'file' | 'directory' | 'symlink' | 'link' | 'fifo' | 'character-device';
  readonly target?: string;
}

export async function tarOf(entries: readonly ArchiveEntry[]): Promise<Buffer> {
  const archive = pack();
  for (const { name, content, mode, mtimeMs, type, target } of entries) {
    archive.entry(
      {
        name,
        type: type ?? 'file',
        mtime: new Date(mtimeMs ?? 1_000_000_000_000),
        mode: mode ?? (type === 'directory' ? 0o755 : 0o644),
        ...(target === undefined ? {} : { linkname: target }),
      },
      Buffer.from(content ?? ''),
    );
  }
  archive.finalize();
  return buffer(archive as AsyncIterable<Uint8Array>);
}

/** A small zip writer: as much of the format as the reader is asked to understand (APPNOTE.TXT 4.3). */
export function zipOf(entries: readonly ArchiveEntry[], madeByUnix = true): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, mode, type, target } of entries) {
    const bytes = Buffer.from(type === 'symlink' ? (target ?? '') : (content ?? ''));
    const packed = deflateRawSync(bytes);
    const fileName = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x0800, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(0x5a21_0000, 6);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(fileName.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, fileName, packed]);

    const tail = Buffer.alloc(14);
    const typeBits = { symlink: 0o120000, directory: 0o040000, fifo: 0o010000 }[type as string] ?? 0o100000;
    tail.writeUInt32LE(madeByUnix ? ((typeBits | (mode ?? 0o644)) << 16) >>> 0 : 0, 6);
    tail.writeUInt32LE(offset, 10);
    const madeBy = Buffer.from([20, madeByUnix ? 3 : 0]);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), madeBy, common, tail, fileName]));
    parts.push(local);
    offset += local.length;
  }
  const directoryBytes = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directoryBytes.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, directoryBytes, end]);
}

/** An archive that lies in memory. */
export function archiveSource(bytes: Buffer): ArchiveSource {
  return { stream: () => Readable.from([bytes]), zip: async () => fromBufferPromise(bytes) };
}

/** Everything below a directory, by path: content of files, targets of symlinks, and permissions. */
export async function snapshot(directory: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of await namesBelow(directory)) {
    const path = join(directory, name);
    const stats = await lstat(path);
    const mode = (stats.mode & 0o777).toString(8);
    if (stats.isSymbolicLink()) found[name] = `-> ${await readlink(path)}`;
    else if (stats.isDirectory()) found[name] = `${mode}/`;
    else found[name] = `${mode} ${await readFile(path, 'utf8')}`;
  }
  return found;
}

/** Paths below a directory, sorted. The system's own recursive readdir follows symlinks. */
async function namesBelow(directory: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    found.push(entry.name);
    if (!entry.isDirectory()) continue;
    found.push(...(await namesBelow(join(directory, entry.name))).map((name) => `${entry.name}/${name}`));
  }
  return found.sort();
}
