/**
 * `npm run bench:console`: the page of a task with 10,000 devices, and ten minutes' worth of events at 500 a second replayed in
 * 60 s. Measured in Chromium: the longest task on the page's main thread, and what the heap has grown by after a collection.
 *
 *   npm run bench:console -- --devices 10000 --events 300000 --seconds 60
 *
 * The server is a stub that says what a real one would, for ten thousand agents do not fit on the machine that measures.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { browserUnavailable, ConsoleBrowser, screenshot } from '../test/support/console-browser.ts';
import { StubServer } from './console-stub.ts';
import { scriptFlags } from '../scripts/script-flags.ts';

const LONG_TASK_MILLIS_MAX = 100;
const HEAP_GROWTH_MAX = 0.05;
/** Events of each device before it is measured: twice through all states. */
const ROUNDS_BEFORE = 10;
/** In the page: durations of whatever kept its main thread for more than 50 ms. */
const WATCH_LONG_TASKS = `
  globalThis.longTasks = [];
  new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: 'longtask' });
`;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = scriptFlags(import.meta.url, {
    options: {
      devices: { type: 'string', default: '10000' },
      events: { type: 'string', default: '300000' },
      seconds: { type: 'string', default: '60' },
    },
  });
  const unavailable = browserUnavailable();
  if (unavailable !== undefined) {
    process.stderr.write(`${unavailable}\n`);
    return 1;
  }
  const [deviceCount, eventCount, seconds] = [Number(values.devices), Number(values.events), Number(values.seconds)];
  const stub = new StubServer(deviceCount);
  await using browser = await ConsoleBrowser.start(await stub.listen());
  const page = await browser.open();
  await page.addInitScript({ content: WATCH_LONG_TASKS });
  await page.goto('/tasks/t1');
  await page.getByRole('group', { name: 'Show in the table only' }).waitFor();
  const session = await page.context().newCDPSession(page);
  const heap = async (): Promise<number> => {
    await session.send('HeapProfiler.collectGarbage');
    return (await session.send('Runtime.getHeapUsage')).usedSize;
  };
  // What is made once (rows in sight, sprites, compiled code) is made before it is measured.
  await stub.replay(ROUNDS_BEFORE * deviceCount, (seconds / eventCount) * ROUNDS_BEFORE * deviceCount);
  await sleep(1_000);
  await page.evaluate('longTasks.length = 0');
  const before = await heap();
  await stub.replay(eventCount, seconds);
  await sleep(1_000);
  const after = await heap();
  const tasks = await page.evaluate<number[]>('longTasks');
  await screenshot(page, 'bench-ten-thousand');
  stub.close();
  const longest = Math.max(0, ...tasks);
  const growth = after / before - 1;
  process.stdout.write(
    `${deviceCount} devices, ${eventCount} events in ${seconds} s: ` +
      `longest task ${Math.round(longest)} ms (${tasks.length} over 50 ms); ` +
      `heap ${(before / 2 ** 20).toFixed(1)} → ${(after / 2 ** 20).toFixed(1)} MiB, ${(growth * 100).toFixed(1)}%\n`,
  );
  return longest <= LONG_TASK_MILLIS_MAX && growth <= HEAP_GROWTH_MAX ? 0 : 1;
}
