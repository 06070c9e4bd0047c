import assert from 'node:assert/strict';
import { createWriteStream } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, createZstdCompress } from 'node:zlib';
import { tarOf } from '../../packages/agent/src/actions/action-fixture.ts';
import { performAction } from '../../packages/agent/src/actions/perform-action.ts';
import type { Attack } from '../attack.ts';
import { makeVictim } from '../support/victim-device.ts';

/** Small archives of much: zeros in a file, padding and headers without a file, and very many entries. */
export const attack: Attack = {
  name: 'decompression bombs',
  async run(scale) {
    await using victim = await makeVictim();
    const { device } = victim;
    const megabytes = scale === 'full' ? 4096 : 160;
    const free = (await statfs(device.directory)).bavail;
    const codes: string[] = [];
    for (const compress of [createZstdCompress, createGzip]) {
      for (const kind of ['file', 'padding', 'header'] as const) {
        const path = join(device.directory, 'bomb');
        await pipeline(Readable.from(bomb(await begin(kind), megabytes)), compress(), createWriteStream(path));
        const action = {
          kind: 'install',
          app: 'bomb',
          version: '1.0.0',
          packageKind: 'app',
          packageName: 'p',
        } as const;
        const context = await device.context(action, '', { taskId: `task-${codes.length}` });
        const { size } = await stat(path);
        const result = await performAction({ ...context, contentPath: path, contentSize: size });
        assert.equal(result.outcome, 'failed', kind);
        codes.push('code' in result ? result.code : '');
        assert.match(codes.at(-1) ?? '', /^(archive_too_large|bad_archive)$/);
      }
    }
    const { bavail, bsize } = await statfs(device.directory);
    assert.ok((free - bavail) * bsize < LEFT_BEHIND_MAX_BYTES, 'nothing of them is left on the disk');
    return {
      count: codes.length,
      stoppedBy: 'bounds of the ratio, of the size and of the headers; what was written is removed',
    };
  },
};

/** A header that makes of the zeros behind it what is to be tried. */
async function begin(kind: 'file' | 'padding' | 'header'): Promise<Buffer> {
  const entry = await tarOf([{ name: kind, type: kind === 'padding' ? 'directory' : 'file' }]);
  const header = entry.subarray(0, 512);
  if (kind === 'padding') return header;
  // Says 8 GiB; of type x, a pax header that would have to be held in memory.
  header.write('77777777777', 124);
  if (kind === 'header') header.write('x', 156);
  header.fill(' ', 148, 156);
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

function* bomb(header: Buffer, megabytes: number): Generator<Buffer> {
  yield header;
  const zeros = Buffer.alloc(1024 * 1024);
  for (let sent = 0; sent < megabytes; sent += 1) yield zeros;
}

const LEFT_BEHIND_MAX_BYTES = 32 * 1024 ** 2;
