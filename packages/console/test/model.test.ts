import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DELIVERY_PATHS, DELIVERY_STATES, parseSelector } from '@rollcall/api';
import fc from 'fast-check';
import { lookOf } from '@rollcall/client/task';
import { LOOKS } from '../src/model/appearance.ts';
import { describeBrowser } from '../src/model/describe-browser.ts';
import { forecast } from '../src/model/forecast.ts';
import { formatCount, formatDuration } from '../src/model/format.ts';
import { parseLabels } from '../src/model/parse-labels.ts';
import { pathTo, placeOf } from '../src/model/places.ts';
import { columnsOf } from '../src/model/progress-series.ts';
import { cellAt, layOutRoll, placeOfCell } from '../src/model/roll-layout.ts';
import { selectorText, TARGET_ALL } from '../src/model/selector-text.ts';
import { csvOf } from '../src/model/table-file.ts';
import { EMPTY_DRAFT, guessPackage, missingIn, requestOf } from '../src/model/task-draft.ts';
import { delivery } from '../../../test/support/task-samples.ts';

test('each state and path has a look, and no two looks are the same in colour and mark', () => {
  for (const state of DELIVERY_STATES) {
    for (const path of state === 'succeeded' ? DELIVERY_PATHS : [null]) {
      assert.ok(LOOKS[lookOf(delivery('d1', { state, path }))], `${state} ${path}`);
    }
  }
  const looks = Object.values(LOOKS).map(({ colour, mark }) => `${colour} ${mark}`);
  assert.equal(new Set(looks).size, looks.length);
});

test('a place and its path are the same', () => {
  const places = [
    { page: 'overview' },
    { page: 'new-task' },
    { page: 'task', id: 'a/b c' },
    { page: 'device', id: 'till-1.north' },
    { page: 'settings', section: 'audit' },
  ] as const;
  for (const place of places) assert.deepEqual(placeOf(pathTo(place)), place);
  for (const path of ['/x', '/tasks/a/b', '/settings/x', '/%E0%A4%A'])
    assert.equal(placeOf(path).page, 'unknown', path);
});

test('every cell of the roll is found where it is drawn', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 200, max: 2000 }), (count, width) => {
      const layout = layOutRoll(count, width, 300);
      for (const index of [0, count >> 1, count - 1]) {
        const { x, y } = placeOfCell(layout, index);
        assert.ok(x + layout.cell <= width + layout.pitch && y + layout.cell <= layout.height);
        assert.equal(cellAt(layout, count, x + 1, y + 1), index);
      }
      assert.equal(cellAt(layout, count, width * 3, 1), undefined);
    }),
  );
});

test('numbers are read at a glance', () => {
  assert.equal(formatCount(12_345), '12\u202f345');
  assert.equal(formatDuration(90 * 60_000), '2 h');
});

test('what is put together as a target is a selector that the server reads the same way', () => {
  const conditions = [
    { key: 'site', isEqual: true, value: 'north|south' },
    { key: 'role', isEqual: false, value: 'kiosk' },
    { key: '', isEqual: true, value: '' },
  ];
  const text = selectorText({ ...TARGET_ALL, kind: 'conditions', conditions });
  assert.equal(text, 'site=north|south,role!=kiosk');
  assert.ok(parseSelector(text).ok);
  assert.equal(selectorText({ ...TARGET_ALL, kind: 'chosen', chosen: ['d1', 'd2'] }), 'd1,d2');
  for (const kind of ['conditions', 'chosen', 'selector'] as const) {
    assert.equal(selectorText({ ...TARGET_ALL, kind }), undefined);
  }
});

test('a draft says what it lacks, and becomes the request that the command line would send', () => {
  const file = { name: 'menu-2.1.0.tar.gz', modifiedAt: 5, form: 'file' } as const;
  assert.equal(missingIn(EMPTY_DRAFT, undefined, 'all'), 'a file or folder');
  assert.equal(missingIn(EMPTY_DRAFT, 'file', undefined), 'the devices');
  assert.equal(missingIn(EMPTY_DRAFT, 'tree', 'all'), undefined);
  assert.match(missingIn({ ...EMPTY_DRAFT, kind: 'batch' }, 'tree', 'all') ?? '', /pack it/);
  assert.equal(missingIn({ ...EMPTY_DRAFT, kind: 'install' }, 'file', 'all'), 'the name of the application');
  assert.deepEqual(guessPackage(file.name), { app: 'menu', version: '2.1.0' });
  assert.deepEqual(guessPackage('rollcall-agent_0.3.1_amd64.deb'), { app: 'rollcall-agent', version: '0.3.1' });
  assert.equal(guessPackage('photo.jpg'), undefined);
  const copy = requestOf({ ...EMPTY_DRAFT, to: 'menus/' }, file, 'c', 'all', 0);
  assert.deepEqual(copy.action, {
    kind: 'copy',
    to: 'menus/menu-2.1.0.tar.gz',
    form: 'file',
    name: file.name,
    mtimeMs: 5,
  });
  assert.equal(copy.policy, undefined);
  const folder = requestOf({ ...EMPTY_DRAFT, to: 'menus/' }, { ...file, name: 'summer', form: 'tree' }, 'c', 'all', 0);
  assert.deepEqual(folder.action, { kind: 'copy', to: 'menus/summer', form: 'tree', name: 'summer' });
  const draft = {
    ...EMPTY_DRAFT,
    kind: 'update',
    app: 'menu',
    version: '2',
    mode: 'unicast',
    expiryDays: '2',
  } as const;
  const update = requestOf(draft, { ...file, name: 'menu.deb' }, 'c', 'all', 1000);
  assert.deepEqual(update.policy, { mode: 'unicast', expiresAt: 1000 + 2 * 86_400_000 });
  assert.equal(update.action.kind === 'update' && update.action.packageKind, 'deb');
});

test('the forecast counts who hears it and who gets it later', () => {
  const base = { draft: EMPTY_DRAFT, file: { name: 'a', size: 1e6 }, sending: null };
  assert.match(
    forecast({ ...base, count: 5, onlineCount: 4 }).join(' '),
    /once, by multicast, for the 4 .* One device is offline/,
  );
  assert.match(forecast({ ...base, count: 0, onlineCount: 0 }).join(' '), /nothing can be sent/);
  const unicast = { ...EMPTY_DRAFT, mode: 'unicast' } as const;
  assert.match(forecast({ ...base, draft: unicast, count: 2, onlineCount: 1 }).join(' '), /to each of 2 devices/);
});

test('a spreadsheet takes no formula from a device', () => {
  const error = { code: 'x', message: '=HYPERLINK("http://x","a,b")' };
  const csv = csvOf([delivery('d1', { state: 'failed', error })]);
  assert.match(csv, /"'=HYPERLINK\(""http:\/\/x"",""a,b""\)"/);
  assert.equal(csv.split('\r\n').length, 3);
});

test('rates come from counters, and none from one session to the next', () => {
  const loss = { lossRatioMean: 0.01, lossRatioMax: null };
  const at = (second: number, bytesSent: number) => ({
    at: second * 1000,
    bytesSent,
    repairBytes: bytesSent / 10,
    ...loss,
  });
  const { times, rates, repairRates, lossMeans, lossMaxima } = columnsOf([
    at(0, 0),
    at(1, 1000),
    at(1.05, 1050),
    at(2, 3000),
    at(3, 100),
  ]);
  assert.deepEqual(times, [0, 1, 2, 3]);
  assert.deepEqual(rates, [null, 8000, 16_000, null]);
  assert.deepEqual(repairRates, [null, 800, 1600, null]);
  assert.deepEqual([lossMeans, lossMaxima], [times.map(() => 0.01), times.map(() => null)]);
});

test('a browser is named as its user would, and one that nobody knows as it names itself', () => {
  const chrome =
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/142.0.0.0 Safari/537.36';
  assert.equal(describeBrowser(chrome), 'Chrome 142 on Linux');
  assert.equal(describeBrowser(chrome.replace('Safari/537.36', 'Safari/537.36 Edg/142.0')), 'Edge 142 on Linux');
  const phone =
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';
  assert.equal(describeBrowser(phone), 'Safari 18 on iOS');
  assert.equal(describeBrowser('curl/8.14'), 'curl/8.14');
  assert.equal(describeBrowser('x'.repeat(99)).length, 61);
  assert.match(describeBrowser(null), /without a name/);
});

test('labels are read as people write them', () => {
  assert.deepEqual(parseLabels(' site=north, role = kiosk ,'), { site: 'north', role: 'kiosk' });
  assert.throws(() => parseLabels('north'), /key=value/);
});
