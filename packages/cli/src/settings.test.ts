import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CommandError } from './exit-code.ts';
import { configFilePath, requireServerUrl, saveConfig, serverSettings } from './settings.ts';

const directory = mkdtempSync(join(tmpdir(), 'rollcall-settings-'));
after(() => rmSync(directory, { recursive: true }));

const nothing = { XDG_CONFIG_HOME: join(directory, 'none') };

test('a flag goes before the environment, the environment before the file', () => {
  const environment = { XDG_CONFIG_HOME: join(directory, 'config') };
  saveConfig({ url: 'https://file', token: 'file-token' }, configFilePath(environment));
  assert.deepEqual(serverSettings({}, environment), { url: 'https://file', token: 'file-token' });
  const set = { ...environment, ROLLCALL_SERVER: 'https://environment' };
  assert.deepEqual(serverSettings({}, set), { url: 'https://environment', token: 'file-token' });
  assert.deepEqual(serverSettings({ server: 'https://flag', token: 't' }, set), { url: 'https://flag', token: 't' });
});

test('the settings file can be read by its owner alone', () => {
  const path = join(directory, 'mode', 'config.json');
  saveConfig({ url: 'u', token: 't' }, path);
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test("on the server's own machine the data directory is enough", () => {
  const data = join(directory, 'data');
  mkdirSync(data);
  writeFileSync(join(data, 'local-operator.json'), JSON.stringify({ url: 'https://local', token: 'local-token' }));
  assert.deepEqual(serverSettings({ data }, nothing), { url: 'https://local', token: 'local-token' });
});

test('a data directory that a flag names goes before the environment, and a variable set to nothing is not set', () => {
  const data = join(directory, 'named');
  mkdirSync(data);
  writeFileSync(join(data, 'local-operator.json'), JSON.stringify({ url: 'https://local', token: 'local-token' }));
  const set = { ...nothing, ROLLCALL_SERVER: 'https://environment', ROLLCALL_TOKEN: 'environment-token' };
  assert.deepEqual(serverSettings({ data }, set), { url: 'https://local', token: 'local-token' });
  const empty = { ...nothing, ROLLCALL_DATA: data, ROLLCALL_SERVER: '', ROLLCALL_TOKEN: '' };
  assert.deepEqual(serverSettings({}, empty), { url: 'https://local', token: 'local-token' });
  assert.throws(() => serverSettings({ server: 'https://flag' }, nothing), /there is no token for https:\/\/flag/);
});

test('without settings, with a foreign folder or a broken file, the message says what to do', () => {
  assert.throws(
    () => serverSettings({}, nothing),
    (error) => error instanceof CommandError && error.exitCode === 2 && /rollcall login/.test(error.message),
  );
  assert.throws(() => serverSettings({ data: join(directory, 'none') }, nothing), /data directory of a server/);
  const broken = { XDG_CONFIG_HOME: join(directory, 'broken') };
  mkdirSync(join(directory, 'broken', 'rollcall'), { recursive: true });
  writeFileSync(configFilePath(broken), '[not json');
  assert.throws(() => serverSettings({}, broken), /log in again/);
});

test('the address of a server is one of https', () => {
  requireServerUrl('https://rollcall.example:7443');
  for (const url of ['127.0.0.1:7443', 'rollcall.example:7443', 'http://rollcall.example', ''])
    assert.throws(() => requireServerUrl(url), /https:\/\/HOST:PORT/, url);
});
