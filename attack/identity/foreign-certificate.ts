import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CertificateAuthority } from '../../packages/server/src/certificates/certificate-authority.ts';
import { x509 } from '../../packages/server/src/certificates/x509.ts';
import { sharedKeyPem, signingRequest } from '../../packages/server/test/test-server.ts';
import type { Attack } from '../attack.ts';
import { joinDevice, knockAs, ofDevices, startServerOnLoopback, tryOut } from '../support/identities.ts';

/** Who names a device that exists, by a certificate that somebody else signed. */
export const attack: Attack = {
  name: "another authority's certificate, a self-signed one and none, on every route of devices",
  async run() {
    await using server = await startServerOnLoopback();
    const device = await joinDevice(server, 'till-1');
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-attack-'));
    try {
      const other = await CertificateAuthority.open(join(folder, 'ca'), Date.now());
      const { pem } = await other.issueDevice(device.id, await signingRequest(), Date.now());
      const shown: Readonly<Record<string, object>> = {
        "another authority's": { cert: pem, key: sharedKeyPem },
        'a self-signed one': await selfSigned(device.id),
        none: {},
      };
      let count = 0;
      for (const [what, tls] of Object.entries(shown)) {
        const client = knockAs(tls, device.client.url);
        for (const attempt of ofDevices('a')) {
          const { status, text } = await tryOut(client, attempt);
          assert.equal(status, 0, `${what}: ${attempt.operation.id}: ${status} ${text}`);
          count += 1;
        }
        await client.close();
      }
      await device.checkIn();
      return {
        count,
        stoppedBy: 'the connection ends before a request is read: its certificate is not of the authority',
      };
    } finally {
      await device.close();
      await rm(folder, { recursive: true });
    }
  },
};

async function selfSigned(deviceId: string): Promise<object> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [deviceId] }],
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(),
    notAfter: new Date(Date.now() + 86_400_000),
    extensions: [new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.2'])],
  });
  const key = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  const lines = key.toString('base64').replace(/(.{64})(?=.)/g, '$1\n');
  return {
    cert: certificate.toString('pem'),
    key: `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`,
  };
}
