import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { TestAuthority } from '../../test/certificates.ts';
import { renewalDueAt } from '../core/renewal.ts';
import { certificateRequest } from './certificate-request.ts';
import { readCredential, writeCredential } from './credential.ts';
import { DataDirectory } from './data-directory.ts';

/** What the killed process runs: one renewal of the folder that it is given, until the step that kills it. */
const program = `
import { syncBuiltinESMExports } from 'node:module';
import files from 'node:fs/promises';
import { text } from 'node:stream/consumers';
const { folder, fatalStep } = JSON.parse(await text(process.stdin));
const die = (step) => step === fatalStep && process.kill(process.pid, 'SIGKILL');
const { open, rename } = files;
files.open = async (path, ...rest) => {
  const handle = await open(path, ...rest);
  if (String(path).endsWith('.new') && fatalStep === 'half written') {
    await handle.writeFile('-----BEGIN CERT');
    die('half written');
  }
  return handle;
};
files.rename = async (...paths) => {
  die('written');
  await rename(...paths);
  die('renamed');
};
syncBuiltinESMExports();
const { TestAuthority } = await import(${JSON.stringify(new URL('../../test/certificates.ts', import.meta.url).href)});
const { CertificateRenewal } = await import(${JSON.stringify(new URL('certificate-renewal.ts', import.meta.url).href)});
const { readCredential } = await import(${JSON.stringify(new URL('credential.ts', import.meta.url).href)});
const { DataDirectory } = await import(${JSON.stringify(new URL('data-directory.ts', import.meta.url).href)});
const directory = new DataDirectory(folder);
const authority = new TestAuthority();
const connection = {
  call: async (_operation, { body }) => {
    die('asked');
    const certificate = authority.device(body.certificateSigningRequest, 'renewed');
    setImmediate(() => die('answered'));
    return { certificate };
  },
  use: () => die('used'),
};
const log = { info: () => undefined };
const credential = await readCredential(directory);
const options = { directory, connection, certificateAuthority: authority.pem, credential, now: Date.now, log };
await new CertificateRenewal(options).renew(new AbortController().signal);
`;

test('an agent killed at any step of a renewal has a key and certificate that belong together, the old or the new ones', async () => {
  const steps = {
    asked: 'old',
    answered: 'old',
    'half written': 'old',
    written: 'old',
    renamed: 'renewed',
    used: 'renewed',
  };
  for (const [fatalStep, expected] of Object.entries(steps)) {
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-renewal-'));
    const directory = new DataDirectory(folder);
    const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = keys.privateKey.export({ type: 'pkcs8', format: 'pem' });
    await writeCredential(directory, { key, certificate: new TestAuthority().device(certificateRequest(keys), 'old') });
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    child.stdin.end(JSON.stringify({ folder, fatalStep }));
    assert.deepEqual(await once(child, 'exit'), [null, 'SIGKILL'], fatalStep);
    // Reading checks that the two are a pair.
    const { certificate } = await readCredential(directory);
    assert.equal(new X509Certificate(certificate).subject, `CN=${expected}`, fatalStep);
    await rm(folder, { recursive: true });
  }
});

test('a certificate of ninety days is due after sixty', () => {
  assert.equal(renewalDueAt({ notBefore: 10, notAfter: 100 }), 70);
});
