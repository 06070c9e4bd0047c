import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { sharedKeyPem, signingRequest } from '../../test/test-server.ts';
import { CertificateAuthority } from '../certificates/certificate-authority.ts';
import { admitDevices } from './client-certificate.ts';
import { ConnectionGuard } from './connection-guard.ts';

const YEAR_MS = 365 * 86_400_000;

test('a device with an expired certificate, which may renew it, has places of its own and none of its source', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'rollcall-guard-'));
  const authority = await CertificateAuthority.open(folder, Date.now() - 2 * YEAR_MS);
  const { pem } = await authority.issueDevice('d1', await signingRequest(), Date.now() - YEAR_MS);
  const tls = await authority.issueServer(['localhost'], Date.now());
  const server = createServer({ ...tls, ca: authority.pem, requestCert: true, rejectUnauthorized: false });
  const guard = new ConnectionGuard(server, { perSource: 1, perCertificate: 2, perDevice: 3 });
  const admitted: boolean[] = [];
  admitDevices(server, authority.pem, (certificate, socket) => admitted.push(guard.admit(socket, certificate)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sockets: TLSSocket[] = [];
  const open = async (credentials: object) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...credentials });
    socket.on('error', () => undefined).resume();
    sockets.push(socket);
    // The server's word on it: its session ticket behind the handshake, or the end.
    await Promise.race([once(socket, 'session'), once(socket, 'close')]);
    return socket;
  };
  const device = { cert: pem, key: sharedKeyPem };
  const known = [await open(device), await open(device), await open(device)];
  assert.deepEqual(admitted, [true, true, false]);
  if (!known[2]!.closed) await once(known[2]!, 'close');
  known[0]!.destroy();
  // Its place is given back when the server has seen it go.
  for (let tries = 0; admitted.length < 4 || !admitted.at(-1); tries += 1) {
    assert.ok(tries < 100, 'a place is given back');
    await open(device);
  }
  assert.ok(!known[1]!.closed);
  // Another certificate has places of its own, of which the device as a whole has no end of.
  const another = await authority.issueDevice('d1', await signingRequest(), Date.now());
  const count = admitted.length;
  await open({ cert: another.pem, key: sharedKeyPem });
  await open({ cert: another.pem, key: sharedKeyPem });
  assert.deepEqual(admitted.slice(count), [true, false]);
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});
