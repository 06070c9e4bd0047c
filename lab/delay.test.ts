import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LabNetwork, labUnavailable } from './network.ts';

const reason = labUnavailable();
const skip = reason === undefined ? false : reason;

const DELAY_MILLIS = 20;

/** Sends every datagram back to where it came from. */
const ECHO = `
const socket = require('node:dgram').createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
socket.on('message', (message, from) => socket.send(message, from.port, from.address));
socket.bind(7000, () => console.log('ready'));
`;
/** Sends numbered datagrams in bursts, and prints the round trip of each answer, or -1 where the order is broken. */
const ASK = `
const socket = require('node:dgram').createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
const [, address, count, burst, pauseMillis] = process.argv;
const sentAt = [], trips = [];
let last = -1, sent = 0;
const finish = () => { console.log(JSON.stringify(trips)); process.exit(0); };
socket.on('message', (message) => {
  const index = message.readUInt32BE(0);
  trips.push(index > last ? performance.now() - sentAt[index] : -1);
  last = index;
  if (trips.length === Number(count)) finish();
});
const next = () => {
  for (let i = 0; i < Number(burst) && sent < Number(count); i++, sent++) {
    const message = Buffer.alloc(1472);
    message.writeUInt32BE(sent);
    sentAt[sent] = performance.now();
    socket.send(message, 7000, address);
  }
  if (sent < Number(count)) setTimeout(next, Number(pauseMillis));
  else setTimeout(finish, 5000);
};
socket.bind(0, next);
`;

test('a lab with delay', { skip, timeout: 60_000 }, async (context) => {
  let lab: LabNetwork;
  before(() => {
    lab = LabNetwork.create({ devices: 2, delayMillis: DELAY_MILLIS });
  });
  after(() => lab.down());

  function ask(count: number, burst: number, pauseMillis: number): number[] {
    const figures = [lab.host('srv').ipv4, count, burst, pauseMillis].map(String);
    return JSON.parse(lab.run('d1', process.execPath, ['-e', ASK, ...figures])) as number[];
  }

  await context.test('the round trip to the server takes twice the delay, and between devices none', async () => {
    const onServer = lab.spawn('srv', process.execPath, ['-e', ECHO]);
    const onDevice = lab.spawn('d2', process.execPath, ['-e', ECHO]);
    for (const echo of [onServer, onDevice]) await new Promise((resolve) => echo.stdout?.once('data', resolve));
    const trips = ask(20, 1, 10);
    assert.equal(trips.length, 20);
    const best = Math.min(...trips);
    assert.ok(best >= 2 * DELAY_MILLIS && best < 2 * DELAY_MILLIS + 8, `${best} ms`);

    const figures = [lab.host('d2').ipv4, '5', '1', '10'];
    const near = JSON.parse(lab.run('d1', process.execPath, ['-e', ASK, ...figures])) as number[];
    assert.ok(Math.min(...near) < DELAY_MILLIS, `${Math.min(...near)} ms`);
    onDevice.kill('SIGKILL');

    // Bursts of full frames, more than the kernel's own queue of a socket would hold for the delay's time.
    const many = ask(3000, 200, 10);
    assert.equal(many.length, 3000);
    assert.equal(many.includes(-1), false, 'order is kept');
    assert.ok(Math.min(...many) >= 2 * DELAY_MILLIS);
    onServer.kill('SIGKILL');
  });
});

test('delay is refused where it cannot be had', { skip }, () => {
  assert.throws(() => LabNetwork.create({ devices: 1, delayMillis: 0 }), RangeError);
  assert.throws(() => LabNetwork.create({ devices: 1, delayMillis: 5000 }), RangeError);
  assert.throws(() => LabNetwork.create({ devices: 1, delayMillis: 20, offload: true }), RangeError);
});
