import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cell } from './cells.ts';
import { idealSeconds, parseCell } from './cells.ts';
import { CONTENDERS } from './contenders.ts';
import type { Run } from './measure.ts';
import { markdown, summarize } from './report.ts';

const MACHINE = {
  processor: 'a processor',
  processors: 2,
  areProcessorsKeptAwake: false,
  memoryBytes: 8 * 1024 ** 3,
  kernel: 'Linux 6',
  system: 'Debian',
  node: '26.0.0',
  receiveBufferMaxBytes: 212_992,
  packages: [],
};

function run(cell: Cell, timesIdeal: number, further: Partial<Run> = {}): Run {
  return {
    isComplete: true,
    seconds: (idealSeconds(cell) ?? 1) * timesIdeal,
    egressRatio: 1.1,
    senderCpuSeconds: 1,
    receiversCpuSeconds: 4,
    senderPeakMemoryBytes: 1024 ** 2,
    receiverPeakMemoryBytes: 1024 ** 2,
    disturbanceShare: 0,
    ...further,
  };
}

const verdictOf = (text: string, cell: string): string | undefined =>
  text
    .split('\n')
    .find((line) => line.startsWith(`| ${cell}`))
    ?.split(' | ')
    .at(-1);

test('the median counts, and only complete runs', () => {
  const cell = parseCell('100m-8-1');
  const runs = [run(cell, 9, { isComplete: false }), run(cell, 1.3), run(cell, 1.1), run(cell, 1.2)];
  const summary = summarize({ cell, contender: 'uftp', runs });
  assert.equal(summary?.timesIdeal?.toFixed(3), '1.200');
  assert.equal(summary?.complete, 3);
  assert.equal(summary?.deviceCpuSeconds, 0.5);
  assert.equal(summarize({ cell, contender: 'uftp', runs: runs.slice(0, 1) }), undefined);
});

test('the table says what was reached, what was missed and by how much, and who did not finish', () => {
  const cell = parseCell('100m-8-10');
  const of = (ours: readonly Run[]): string =>
    markdown(
      MACHINE,
      [
        { cell, contender: 'udpcast', runs: [run(cell, 1, { isComplete: false })] },
        { cell, contender: 'rollcall', runs: ours },
      ],
      CONTENDERS,
    );
  const place = '100 Mbit/s, 8, 10%';
  assert.match(of([run(cell, 1.05)]), /\| does not finish \| 1\.050 \(1\.10\) \| ≤ 1\.1 \(≤ 1\.23\) \| reached \|/);
  assert.match(verdictOf(of([run(cell, 1.2)]), place) ?? '', /× ideal 1\.200 > 1\.1/);
  assert.match(verdictOf(of([run(cell, 1.05, { egressRatio: 1.3 })]), place) ?? '', /wire ÷ file 1\.300 > 1\.23/);
  assert.match(verdictOf(of([run(cell, 1, { isComplete: false })]), place) ?? '', /never complete/);
});

test('a disturbed run is marked', () => {
  const cell = parseCell('1g-1-0');
  const text = markdown(
    MACHINE,
    [{ cell, contender: 'rollcall', runs: [run(cell, 1.02, { disturbanceShare: 0.2 })] }],
    CONTENDERS,
  );
  assert.match(text, /1\.020 \(1\.10\)\\\*/);
});

test('a copy is compared with the cast of its cell', () => {
  const cell = parseCell('100m-8-0');
  const of = (copySeconds: number): string =>
    markdown(
      MACHINE,
      [
        { cell, contender: 'rollcall', runs: [run(cell, 1.02, { secondsFromFirstDatagram: 20 })] },
        { cell, contender: 'rollcall-copy', runs: [run(cell, 1.03, { secondsFromFirstDatagram: copySeconds })] },
      ],
      CONTENDERS,
    );
  assert.match(of(20.4), /\| 100m-8-0 \| 20\.00 \| 20\.40 \| 1\.020 \| reached \|/);
  assert.match(of(21), /\| 1\.050, missed \| reached \|/);
});

test('a copy has 1.03 of the time that its cell allows, and none of its processor time or of more bytes', () => {
  const of = (id: string, further: Partial<Run>): string => {
    const cell = parseCell(id);
    const timed = { secondsFromFirstDatagram: 1, ...further };
    const copy = run(cell, 1, timed);
    const cast = run(cell, 1, { secondsFromFirstDatagram: 1 });
    const measurements = [
      { cell, contender: 'rollcall', runs: [cast] },
      { cell, contender: 'rollcall-copy', runs: [copy] },
    ];
    const text = markdown(MACHINE, measurements, CONTENDERS);
    return (verdictOf(text, `${id} | 1.00 |`) ?? '').replace(/ \|$/, '');
  };
  const secondsOf = (megabitsPerSecond: number): number => (parseCell('max-1-0').size * 8) / megabitsPerSecond / 1e6;
  assert.equal(of('max-1-0', { seconds: secondsOf(2040) }), 'reached');
  assert.equal(of('max-1-0', { seconds: secondsOf(2037) }), '2037 Mbit/s < 2038.835');
  const ideal = idealSeconds(parseCell('100m-8-10'))!;
  assert.equal(of('100m-8-10', { seconds: ideal * 1.13 }), 'reached');
  assert.equal(of('100m-8-10', { seconds: ideal * 1.14 }), '× ideal 1.140 > 1.133');
  assert.equal(of('100m-8-10', { seconds: ideal, egressRatio: 1.25 }), 'bytes on the wire ÷ file 1.250 > 1.23');
  assert.equal(of('max-1-0', { isComplete: false }), 'never complete');
  assert.equal(of('1g-1-0@256MiB', { seconds: ideal }), '', 'a bar of processor time alone is none for it');
});
