import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { ownCacheFolder } from './compile-cache.ts';

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'rollcall-cache-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

test('the cache lies below the home of the user, for nobody else', (t) => {
  const home = folder(t);
  const cache = join(home, '.cache/rollcall/compiled');
  assert.equal(ownCacheFolder({ HOME: home }), cache);
  assert.equal(statSync(cache).mode & 0o777, 0o700);
  assert.equal(ownCacheFolder({ HOME: home }), cache, 'and is found again');
});

test('a folder for caches that the system names goes before the home', (t) => {
  const [home, cache, service] = [folder(t), folder(t), folder(t)];
  assert.equal(ownCacheFolder({ HOME: home, XDG_CACHE_HOME: cache }), join(cache, 'rollcall/compiled'));
  const all = { HOME: home, XDG_CACHE_HOME: cache, CACHE_DIRECTORY: `${service}:/elsewhere` };
  assert.equal(ownCacheFolder(all), join(service, 'rollcall/compiled'));
  assert.deepEqual(readdirSync(home), []);
});

test('a folder for caches that is empty or relative is as good as none', (t) => {
  const home = folder(t);
  for (const XDG_CACHE_HOME of ['', 'cache']) {
    assert.equal(ownCacheFolder({ HOME: home, XDG_CACHE_HOME }), join(home, '.cache/rollcall/compiled'));
  }
});

test('where others may write there is no cache, at whichever level', (t) => {
  for (const level of ['', '.cache', '.cache/rollcall', '.cache/rollcall/compiled']) {
    for (const mode of [0o720, 0o702, 0o1777]) {
      const home = folder(t);
      mkdirSync(join(home, level), { recursive: true });
      chmodSync(join(home, level), mode);
      assert.equal(ownCacheFolder({ HOME: home }), undefined, `${level} ${mode.toString(8)}`);
    }
  }
});

test('without a home, with one that is no folder, and with one that is not the user’s there is no cache', (t) => {
  assert.equal(ownCacheFolder({}), undefined);
  assert.equal(ownCacheFolder({ HOME: join(folder(t), 'missing') }), undefined);
  assert.equal(ownCacheFolder({ HOME: '/dev/null' }), undefined);
  assert.equal(ownCacheFolder({ HOME: '' }), undefined);
  if (process.geteuid?.() === 0) {
    const home = folder(t);
    // A process of root with the environment of somebody else, as sudo can be told to start it.
    process.seteuid?.(65534);
    try {
      assert.equal(ownCacheFolder({ HOME: home }), undefined);
    } finally {
      process.seteuid?.(0);
    }
    assert.equal(existsSync(join(home, '.cache')), false);
  }
});
