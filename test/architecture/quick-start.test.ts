/** What `cast` loads before its first datagram: nothing that belongs to a server, a device or the API, and little else. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { resolveImport, sourceFiles } from './source-files.ts';

const NEEDED_PACKAGES = ['commander'];

const LIST_WHAT_LOADS = `
import { registerHooks } from 'node:module';
const loaded = [];
registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
const { run } = await import('../../packages/cli/src/main.ts');
process.stdout.write = () => true;
await run(['cast', 'send', '--help']);
process.stderr.write(JSON.stringify(loaded));
`;

describe('the start of a cast', () => {
  const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', LIST_WHAT_LOADS], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  const loaded = JSON.parse(stderr) as string[];

  it('loads the command', () => {
    assert.ok(loaded.some((url) => url.endsWith('packages/cli/src/commands/cast.ts')));
  });

  it('loads the one package that it needs', () => {
    const packages = loaded.flatMap((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
    assert.deepEqual([...new Set(packages)], NEEDED_PACKAGES);
  });

  it('loads nothing of a server or a device, and of the client only how quantities are written', () => {
    assert.deepEqual(
      loaded.filter((url) => /packages\/(?:server|agent|client\/src\/(?!format\.ts)|console)\//.test(url)),
      [],
    );
  });
});

describe('the thread of a sender', () => {
  it('loads nothing of Node.js that takes long', () => {
    const files = new Map(sourceFiles().map((file) => [file.path, file]));
    const loaded = new Set<string>();
    const load = (path: string): void => {
      if (loaded.has(path)) return;
      loaded.add(path);
      for (const { specifier, kind } of files.get(path)?.imports ?? []) {
        if (kind === 'static') load(resolveImport(path, specifier) ?? specifier);
      }
    };
    load('packages/transport/src/session/serve-session.ts');
    load('packages/transport/src/session/run-sender.ts');
    assert.ok(loaded.has('packages/norm/src/sender/sender-session.ts'));
    assert.deepEqual(
      ['node:crypto', 'node:dgram', 'node:http', 'node:tls'].filter((name) => loaded.has(name)),
      [],
    );
  });
});
