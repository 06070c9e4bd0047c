import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeProbePath, isAnswerHeard, type ProbedPath, type Reachability, type ServerNetwork } from '@rollcall/api';
import { RECEIVE_BUFFER_BYTES, SEND_BUFFER_BYTES } from '@rollcall/transport';
import { formatFindings } from '../output/findings.ts';
import { exitCodeOf, gather, worstOf, type Finding } from './finding.ts';
import { judgeBuffers, judgeDisk, judgeMtu, judgeRoute } from './judge-host.ts';
import { judgeReachability } from './judge-reachability.ts';
import { judgeCertificate, judgeClock, judgePort } from './judge-trust.ts';

const DAY_MS = 86_400_000;
const MIB = 1024 ** 2;
const network: ServerNetwork = {
  mode: 'multicast',
  group: { address: '239.255.77.1', port: 6003 },
  isSourceSpecific: false,
  interfaces: [{ name: 'eth0', address: '10.0.0.1', mtu: 1500 }],
  datagramBytes: 1472,
  url: 'https://10.0.0.1:7443',
  deviceUrl: 'https://10.0.0.1:7444',
};

/** A path that is heard well, unless told otherwise. */
function pathOf(path: 'multicast' | 'broadcast', change: Partial<ProbedPath> = {}): ProbedPath {
  const counted = {
    path,
    sent: [60, 60, 60],
    received: [60, 60, 60],
    answersSent: 7,
    answersHeard: 7,
    heardForMs: 3000,
    silentForMs: 500,
    isJoined: path === 'multicast' ? true : null,
    error: null,
    ...change,
  };
  return { ...counted, verdict: judgeProbePath(counted, true), isAnswerHeard: isAnswerHeard(counted), ...change };
}

function probed(paths: readonly ProbedPath[], change: Partial<Reachability> = {}): Reachability {
  return {
    device: { id: 'a', name: 'till-7' },
    siteId: 'default',
    probedAt: 0,
    sizes: [64, 1200, 1472],
    durationSeconds: 3,
    isReported: true,
    interface: { name: 'eth0', address: '10.0.0.7', mtu: 1500 },
    serverInterface: 'eth0',
    receiveBufferBytes: RECEIVE_BUFFER_BYTES,
    serverAddress: '10.0.0.1',
    paths: [...paths],
    ...change,
  };
}

function severitiesOf(findings: readonly Finding[]): string[] {
  return findings.filter(({ severity }) => severity !== 'ok').map(({ check, severity }) => `${check} ${severity}`);
}

const lost = { received: [0, 0, 0], answersSent: 0, answersHeard: 0, heardForMs: 0, silentForMs: 3500 };

test('what a probe found out becomes findings', async (t) => {
  const cases: readonly (readonly [string, Reachability, readonly string[], RegExp?])[] = [
    ['all is heard', probed([pathOf('multicast'), pathOf('broadcast')]), []],
    [
      'multicast is blocked',
      probed([pathOf('multicast', lost), pathOf('broadcast')]),
      ['multicast error'],
      /drops multicast/,
    ],
    [
      'all is blocked',
      probed([pathOf('multicast', lost), pathOf('broadcast', lost)]),
      ['multicast error', 'broadcast note'],
      /firewall/,
    ],
    [
      'broadcast is blocked',
      probed([pathOf('multicast'), pathOf('broadcast', lost)]),
      ['broadcast note'],
      /nothing, unless/,
    ],
    ['the largest are lost', probed([pathOf('multicast', { received: [60, 60, 0] })]), ['mtu error'], /same MTU/],
    [
      'some are lost',
      probed([pathOf('multicast', { received: [50, 52, 49] })]),
      ['multicast warning'],
      /repair makes up/,
    ],
    ['a few are lost', probed([pathOf('multicast', { received: [60, 59, 60] })]), []],
    [
      'it stops',
      probed([pathOf('multicast', { received: [20, 20, 20], heardForMs: 262_000, silentForMs: 90_000 })]),
      ['multicast error'],
      /querier/,
    ],
    ['no answer comes back', probed([pathOf('multicast', { answersHeard: 0 })]), ['back-channel error'], /allow UDP/],
    ['too few answers to tell', probed([pathOf('multicast', { answersSent: 2, answersHeard: 0 })]), []],
    [
      'no member of the group',
      probed([pathOf('multicast', { isJoined: false })]),
      ['membership error'],
      /igmp_max_memberships/,
    ],
    [
      'it cannot listen',
      probed([pathOf('multicast', { ...lost, error: 'port 6011 is taken' })]),
      ['multicast error'],
      /put that right/,
    ],
    [
      'it listens elsewhere',
      probed([pathOf('multicast', lost)], { serverInterface: 'eth1' }),
      ['interface error', 'multicast error'],
      /--interface eth1/,
    ],
    ['it listens elsewhere and hears', probed([pathOf('multicast')], { serverInterface: 'eth1' }), []],
    [
      'its interface is gone',
      probed([pathOf('multicast', lost)], { interface: null }),
      ['interface error', 'multicast error'],
      /another --interface/,
    ],
    [
      'the server sends elsewhere',
      probed([pathOf('multicast', lost)], { serverAddress: '192.168.1.1' }),
      ['interface error', 'multicast error'],
      /--interface 192.168.1.1/,
    ],
    ['it said nothing', probed([], { isReported: false }), ['probe warning'], /older than probes/],
    ['hardly anything was sent', probed([pathOf('multicast', { sent: [2, 2, 2], ...lost })]), ['multicast note']],
  ];
  for (const [name, reachability, expected, advice] of cases) {
    await t.test(name, () => {
      const findings = judgeReachability(reachability, network);
      assert.deepEqual(severitiesOf(findings), expected);
      for (const { severity, advice: given, subjects } of findings) {
        assert.deepEqual(subjects, ['till-7']);
        if (severity === 'error' || severity === 'warning') assert.ok(given !== null && given.length > 10);
      }
      if (advice !== undefined) assert.match(findings.map((finding) => finding.advice).join('\n'), advice);
    });
  }
});

test('where tasks go by broadcast, that counts and multicast does not', () => {
  const findings = judgeReachability(probed([pathOf('multicast', lost), pathOf('broadcast', lost)]), {
    ...network,
    mode: 'broadcast',
  });
  assert.deepEqual(severitiesOf(findings), ['multicast note', 'broadcast error']);
});

test('a path of which nothing was reported is not called blocked', () => {
  const nothing = { sent: [60], received: [0], heardForMs: 0, silentForMs: 0 };
  assert.equal(judgeProbePath(nothing, false), 'unknown');
  assert.equal(judgeProbePath(nothing, true), 'unreached');
  assert.equal(judgeProbePath({ ...nothing, sent: [], received: [] }, true), 'unknown');
});

test('buffers', () => {
  const wanted = {
    rmemMaxBytes: RECEIVE_BUFFER_BYTES,
    wmemMaxBytes: SEND_BUFFER_BYTES,
    grantedBytes: RECEIVE_BUFFER_BYTES,
  };
  const judged = (change: Partial<typeof wanted>) => severitiesOf(judgeBuffers('d1', { ...wanted, ...change }));
  assert.deepEqual(judged({}), []);
  assert.deepEqual(judged({ rmemMaxBytes: RECEIVE_BUFFER_BYTES - 1 }), ['buffers warning']);
  assert.deepEqual(judged({ grantedBytes: 212_992 }), ['buffers warning']);
  assert.deepEqual(judged({ wmemMaxBytes: 212_992 }), ['buffers note']);
  const unknown = { rmemMaxBytes: undefined, wmemMaxBytes: undefined, grantedBytes: undefined };
  assert.match(judgeBuffers('d1', unknown)[0]?.seen ?? '', /does not tell/);
});

test('disk', () => {
  const judged = (freeBytes: number, sizeBytes: number) =>
    judgeDisk('d1', { path: '/data', freeBytes, sizeBytes }).severity;
  assert.equal(judged(0, 24 * MIB), 'error');
  assert.equal(judged(15 * MIB, 1e12), 'error');
  assert.equal(judged(100 * MIB, 1000 * MIB), 'warning');
  assert.equal(judged(1024 * MIB, 100_000 * MIB), 'warning');
  assert.equal(judged(10_000 * MIB, 100_000 * MIB), 'ok');
});

test('MTU: a receiver must take what the sender chose', () => {
  const judged = (mtuBytes: number | undefined, isSender: boolean, datagramBytes = 1472, isIpv6 = false) =>
    judgeMtu('d1', { interfaceName: 'eth0', mtuBytes, datagramBytes, isIpv6 }, isSender).severity;
  assert.equal(judged(1500, false), 'ok');
  assert.equal(judged(9000, false), 'ok');
  assert.equal(judged(1499, false), 'error');
  assert.equal(judged(1500, false, 1472, true), 'error', 'IPv6 has 20 bytes more of headers');
  assert.equal(judged(1500, false, 1452, true), 'ok');
  assert.equal(judged(1400, true, 1372), 'note');
  assert.equal(judged(1400, false, 1372), 'ok');
  assert.equal(judged(undefined, false), 'note');
});

test('route: another one is told, and no mistake', () => {
  const judged = (system: string | undefined) =>
    judgeRoute('d1', { group: '239.1.1.1', chosen: 'eth0', system }).severity;
  assert.deepEqual([judged('eth0'), judged('eth1'), judged(undefined)], ['ok', 'note', 'note']);
});

test('clock', () => {
  assert.equal(judgeClock('d1', undefined).severity, 'note');
  assert.equal(judgeClock('d1', 300_000).severity, 'ok');
  assert.match(judgeClock('d1', DAY_MS).seen, /24 h 0 min ahead of/);
  assert.match(judgeClock('d1', -301_000).seen, /5 min 1 s behind/);
  assert.equal(judgeClock('d1', -301_000).severity, 'warning');
});

test('certificates', () => {
  const judged = (notBefore: number, notAfter: number) =>
    judgeCertificate('d1', { what: 'it', notBefore, notAfter, isRenewed: true }, 100 * DAY_MS);
  assert.equal(judged(0, 99 * DAY_MS).severity, 'error');
  assert.equal(judged(101 * DAY_MS, 200 * DAY_MS).severity, 'error');
  assert.equal(judged(0, 113 * DAY_MS).severity, 'warning');
  assert.equal(judged(0, 130 * DAY_MS).severity, 'ok');
});

test('ports', () => {
  const judged = (code: string | undefined, check: 'device-port' | 'operator-port' = 'device-port') =>
    judgePort(check, 'd1', { url: 'https://x:1', failure: code === undefined ? undefined : { code, message: 'no' } });
  assert.equal(judged(undefined).severity, 'ok');
  assert.equal(judged('ECONNREFUSED', 'operator-port').severity, 'warning');
  const advice: readonly (readonly [string, RegExp])[] = [
    ['ECONNREFUSED', /nothing listens/],
    ['UND_ERR_CONNECT_TIMEOUT', /firewall/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /another server/],
    ['untrusted', /another server/],
    ['CERT_HAS_EXPIRED', /clocks/],
    ['ENOTFOUND', /DNS/],
    ['device_removed', /join again/],
    ['device_pending', /device approve/],
    ['certificate_expired', /renews/],
    ['not_found', /older/],
    ['device_pending', /device approve/],
    ['certificate_expired', /by itself/],
    ['certificate_void', /--replace/],
  ];
  for (const [code, expected] of advice) {
    assert.equal(judged(code).severity, 'error');
    assert.match(judged(code).advice ?? '', expected, code);
  }
});

test('what many devices have in common is said once, the worst last, and decides the exit code', () => {
  const note = { check: 'broadcast', severity: 'note', seen: 'nothing arrives', advice: null } as const;
  const names = ['d1', 'd2', 'd3', 'd4', 'd5', 'd6', 'd7'];
  const error: Finding = { check: 'disk', severity: 'error', subjects: ['d9'], seen: 'full', advice: 'make room' };
  const gathered = gather([error, ...names.map((name) => ({ ...note, subjects: [name] }))]);
  assert.deepEqual(
    gathered.map(({ subjects }) => subjects),
    [names, ['d9']],
  );
  assert.match(
    formatFindings(gathered),
    /d1, d2, d3, d4, d5 and 2 more: nothing arrives[^]*→ make room[^]*1 error, 1 note$/,
  );
  assert.equal(worstOf([]), 'ok');
  assert.deepEqual(
    [
      exitCodeOf([]),
      exitCodeOf([{ ...note, subjects: [] }]),
      exitCodeOf([{ ...error, severity: 'warning' }]),
      exitCodeOf(gathered),
    ],
    [0, 0, 7, 8],
  );
  assert.match(formatFindings([]), /all is well/);
});
