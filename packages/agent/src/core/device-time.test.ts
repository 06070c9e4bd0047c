import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DeviceTime, isTimeToBeKept, type ClockReading } from './device-time.ts';

const DAY = 86_400_000;
const FLOOR = Date.UTC(2026, 0, 1);
const bounds = { floor: FLOOR, ceiling: FLOOR + 40 * 365 * DAY };
const at = (clock: number, monotonic = 0): ClockReading => ({ clock, monotonic });

test('a clock that is right is the time', () => {
  const time = new DeviceTime(bounds, at(FLOOR + DAY));
  assert.equal(time.now(at(FLOOR + DAY)), FLOOR + DAY);
  assert.ok(time.isClockPlausible(at(FLOOR + DAY)));
});

test('a clock at 1970 does not count: the last signed time is the time, and goes on', () => {
  const time = new DeviceTime(bounds, at(0, 500));
  assert.ok(!time.isClockPlausible(at(0, 500)));
  assert.equal(time.now(at(7000, 7500)), FLOOR + 7000);
});

test('a clock after the end of the authority does not count either', () => {
  const time = new DeviceTime(bounds, at(Date.UTC(2100, 0)));
  assert.equal(time.now(at(Date.UTC(2100, 0))), FLOOR);
});

test('a clock that a fresh answer contradicts does not count, on either side, until an answer agrees', () => {
  for (const wrong of [Date.UTC(1970, 0), Date.UTC(2050, 0), FLOOR + 2 * DAY]) {
    const time = new DeviceTime(bounds, at(wrong));
    const verdict = time.handleTold(FLOOR + DAY, at(wrong, 10));
    assert.deepEqual(verdict, { isClockRight: false, aheadMilliseconds: wrong - FLOOR - DAY });
    assert.equal(time.now(at(wrong + 1000, 1010)), FLOOR + DAY + 1000);
    assert.ok(!time.isDoubtful(at(wrong + 1000, 1010)), 'it is known');
    // Somebody sets the clock: only the next answer can say whether rightly.
    assert.equal(time.now(at(FLOOR + DAY + 2000, 2010)), FLOOR + DAY + 2000);
    assert.ok(time.handleTold(FLOOR + DAY + 3000, at(FLOOR + DAY + 3001, 3010)).isClockRight);
    assert.equal(time.now(at(FLOOR + DAY + 3500, 3010)), FLOOR + DAY + 3500);
  }
});

test('what passed while the machine slept is known from a clock that was right, and doubtful until asked', () => {
  const time = new DeviceTime(bounds, at(FLOOR));
  time.handleTold(FLOOR, at(FLOOR));
  const awake = at(FLOOR + 3 * DAY, 1000);
  assert.equal(time.now(awake), FLOOR + 3 * DAY);
  assert.ok(time.isDoubtful(awake));
  assert.equal(time.certain(awake), FLOOR + 1000);
  time.handleTold(FLOOR + 3 * DAY, awake);
  assert.ok(!time.isDoubtful(awake));
});

test('a clock that is set to 2100 moves nothing once the server has answered, and one that is set back never does', () => {
  const time = new DeviceTime(bounds, at(FLOOR));
  time.handleTold(FLOOR, at(FLOOR));
  assert.equal(time.now(at(0, 5000)), FLOOR + 5000);
  const jumped = at(Date.UTC(2060, 0), 6000);
  assert.ok(time.isDoubtful(jumped));
  time.handleTold(FLOOR + 6000, jumped);
  assert.equal(time.now(jumped), FLOOR + 6000);
});

test('a server whose clock went ahead and was set right is followed back', () => {
  const time = new DeviceTime(bounds, at(FLOOR));
  time.handleTold(Date.UTC(2060, 0), at(FLOOR));
  assert.equal(time.now(at(FLOOR)), Date.UTC(2060, 0));
  time.handleTold(FLOOR + 1000, at(FLOOR + 1000, 1000));
  assert.equal(time.now(at(FLOOR + 1000, 1000)), FLOOR + 1000);
  assert.ok(isTimeToBeKept(FLOOR + 1000, Date.UTC(2060, 0)));
});

test('a time is written down first, hourly, and when it went back', () => {
  assert.ok(isTimeToBeKept(FLOOR, undefined));
  assert.ok(!isTimeToBeKept(FLOOR + 3_599_999, FLOOR));
  assert.ok(isTimeToBeKept(FLOOR + 3_600_000, FLOOR));
  assert.ok(isTimeToBeKept(FLOOR - 1, FLOOR));
});

test('whatever the clock says, the time is never before what was signed, and stays with the server once told', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: Date.UTC(2200, 0) }),
      fc.array(fc.record({ pause: fc.nat(10 * DAY), clock: fc.integer({ min: 0, max: Date.UTC(2200, 0) }) })),
      fc.nat(1000 * DAY),
      (clock, readings, age) => {
        const time = new DeviceTime(bounds, at(clock));
        let monotonic = 0;
        for (const reading of readings) {
          monotonic += reading.pause;
          const now = time.now(at(reading.clock, monotonic));
          assert.ok(now >= FLOOR + monotonic && now <= bounds.ceiling + monotonic);
        }
        const told = FLOOR + age;
        const { isClockRight } = time.handleTold(told, at(clock, monotonic));
        const after = time.now(at(clock, monotonic));
        assert.ok(isClockRight ? Math.abs(after - told) <= 300_000 : after === told);
      },
    ),
  );
});
