import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContentDescription, DeliveryState, Manifest, Report } from '@rollcall/api';
import fc from 'fast-check';
import type { OpenedDecision } from './task-handler.ts';
import { TaskFinisher } from './task-finisher.ts';
import { TaskHandler } from './task-handler.ts';
import type { TaskCommand } from './task-command.ts';
import type { TaskRecord } from './task-record.ts';

const TERMINAL: readonly DeliveryState[] = ['succeeded', 'failed', 'rejected', 'cancelled'];

interface Row {
  attempt: number;
  state: DeliveryState;
  sequence: number;
  readonly manifest: Manifest;
}

/** Numbers from a list, again and again: what fast-check shrinks is what decides. */
class Choices {
  readonly #values: readonly number[];
  #next = 0;

  constructor(values: readonly number[]) {
    this.#values = values;
  }

  below(limit: number): number {
    const value = this.#values[this.#next % this.#values.length]!;
    this.#next += 1;
    return (value + this.#next) % limit;
  }
}

/** A server that decides at random, and a device whose process, network and receptions fail at random. Virtual time. */
class World {
  readonly #choices: Choices;
  readonly #rows = new Map<string, Row>();
  /** On disk. */
  readonly #records = new Map<string, TaskRecord>();
  readonly #held = new Map<string, number>();
  /** The highest sequence on disk, ever. */
  readonly #lastMade = new Map<string, number>();
  #handler: TaskHandler;
  #finisher: TaskFinisher;
  /** What is going on and will end; a restart forgets it. */
  #going: TaskCommand[] = [];
  #executing = 0;
  #isConnected = false;
  #isHostile = true;
  now = 0;

  constructor(choices: Choices, tasks: readonly { weight: number; content: number }[]) {
    this.#choices = choices;
    for (const [index, { weight, content }] of tasks.entries()) {
      const taskId = `task${index}`;
      this.#rows.set(taskId, {
        attempt: 1,
        state: 'queued',
        sequence: 0,
        manifest: manifestOf(taskId, weight, content),
      });
    }
    this.#handler = this.#makeHandler();
    this.#finisher = this.#makeFinisher();
  }

  get rows(): readonly Row[] {
    return [...this.#rows.values()];
  }

  get openTasks(): number {
    return this.#handler.openTasks().length;
  }

  heal(): void {
    this.#isHostile = false;
  }

  step(): void {
    const choice = this.#choices.below(this.#isHostile ? 17 : 4);
    if (choice === 16) this.#reinstall();
    else if (choice < 4) this.#advanceTime();
    else if (choice === 4) this.#restart();
    else if (choice === 5) this.#disconnect();
    else if (choice === 6) this.#finisher.handleWake(this.now);
    else if (choice === 7) this.#cancelOrRetry();
    else this.#endSomething();
    if (!this.#isHostile) this.#endSomething();
    if (!this.#isConnected && (!this.#isHostile || this.#choices.below(3) === 0)) {
      this.#isConnected = true;
      this.#finisher.handleConnected(this.now);
    }
    this.#drive();
  }

  #makeHandler(): TaskHandler {
    return new TaskHandler({
      isComplete: ({ id, leafCount }: ContentDescription) => (this.#held.get(id) ?? 0) >= leafCount,
      figures: (id) => ({ bytesMulticast: this.#held.get(id) ?? 0, bytesUnicast: 0 }),
    });
  }

  #makeFinisher(): TaskFinisher {
    return new TaskFinisher(() => this.#choices.below(1000) / 1000);
  }

  #advanceTime(): void {
    this.now = Math.max(this.now, this.#finisher.pollTimeout() ?? this.now + 1000) + this.#choices.below(100);
  }

  #disconnect(): void {
    this.#isConnected = false;
    this.#finisher.handleDisconnected();
  }

  /** The process is killed: what was not on disk is gone. */
  #restart(): void {
    this.#disconnect();
    this.#going = [];
    this.#executing = 0;
    this.#handler = this.#makeHandler();
    this.#finisher = this.#makeFinisher();
    this.#handler.restore([...this.#records.values()]);
  }

  /** The machine gets a new disk and its old identity. */
  #reinstall(): void {
    this.#records.clear();
    this.#held.clear();
    this.#lastMade.clear();
    this.#restart();
  }

  #cancelOrRetry(): void {
    const row = this.rows[this.#choices.below(this.#rows.size)]!;
    if (TERMINAL.includes(row.state)) {
      if (row.attempt >= 3 || row.state === 'succeeded') return;
      this.#rows.set(row.manifest.taskId, {
        attempt: row.attempt + 1,
        state: 'queued',
        sequence: 0,
        manifest: { ...row.manifest, attempt: row.attempt + 1 },
      });
    } else if (row.state !== 'executing') {
      row.state = 'cancelled';
    }
  }

  #drive(): void {
    for (;;) {
      const command = this.#handler.pollCommand(0);
      for (const record of this.#handler.takeChanged()) {
        // Killed while it wrote: neither the record nor what follows from it.
        if (this.#isHostile && this.#choices.below(40) === 0) return this.#restart();
        this.#save(record);
      }
      if (command === undefined) break;
      this.#begin(command);
    }
    if (!this.#isConnected) return;
    const reports = this.#handler.reportsToSend(this.#choices.below(5) + 1);
    if (reports.length > 0) this.#receive(reports);
    if (this.#finisher.pollAsk(this.now)) this.#ask();
  }

  #save(record: TaskRecord): void {
    const key = keyOf(record.manifest);
    this.#records.set(key, record);
    this.#handler.handleSaved(record);
    assert.ok(record.sequence >= (this.#lastMade.get(key) ?? 0), 'sequences never go back on disk');
    this.#lastMade.set(key, record.sequence);
    for (const [index, report] of record.reports.entries()) {
      const previous = record.reports[index - 1];
      assert.ok(previous === undefined || report.sequence > previous.sequence, 'sequences strictly ascend');
    }
  }

  #receive(reports: readonly Report[]): void {
    for (const report of reports) {
      const key = keyOf(report);
      const record = this.#records.get(key);
      assert.ok(record !== undefined && record.sequence >= report.sequence, 'only what is on disk is sent');
      assert.ok(
        record.reports.some(({ sequence }) => sequence === report.sequence),
        'a report whose acknowledgement is on disk is never sent again',
      );
      const row = this.#rows.get(report.taskId)!;
      if (row.attempt !== report.attempt || report.sequence <= row.sequence) continue;
      row.sequence = report.sequence;
      if (!TERMINAL.includes(row.state)) row.state = report.state;
    }
    // The answer may get lost after the server has taken them.
    if (this.#isHostile && this.#choices.below(5) === 0) return this.#disconnect();
    this.#handler.handleAcknowledged(reports);
    return undefined;
  }

  #ask(): void {
    if (this.#isHostile && this.#choices.below(4) === 0) return this.#finisher.handleFailed(this.now);
    this.#handler.handleAsking();
    const known = new Map(this.#handler.openTasks().map((task) => [task.taskId, task]));
    for (const row of this.rows) {
      const { manifest, attempt } = row;
      const { taskId } = manifest;
      const isHeld = (this.#held.get(manifest.content.id) ?? 0) >= manifest.content.leafCount;
      if (!known.has(taskId) && TERMINAL.includes(row.state)) continue;
      const decision = this.#decide(row, isHeld);
      this.#handler.handleDecision({ ...decision, taskId, attempt } as OpenedDecision);
    }
    this.#finisher.handleAnswered(this.now, this.#choices.below(2) === 0 ? 5000 : undefined);
    return undefined;
  }

  #decide(row: Row, isHeld: boolean): object {
    const { manifest, sequence } = row;
    if (row.state === 'cancelled') return { decision: 'cancelled' };
    if (TERMINAL.includes(row.state)) return { decision: 'done' };
    if (isHeld) return { decision: 'execute', opened: manifest, sequence };
    const choice = this.#choices.below(this.#isHostile ? 3 : 2);
    if (choice === 0) return { decision: 'fetch', sources: [], opened: manifest, sequence };
    if (choice === 1)
      return { decision: 'join', session: { sessionId: `s${this.#choices.below(3)}` }, opened: manifest, sequence };
    return { decision: 'wait', opened: manifest, sequence };
  }

  #begin(command: TaskCommand): void {
    switch (command.type) {
      case 'execute':
        assert.equal(this.#executing, 0, 'never two executions at once');
        this.#executing += 1;
        this.#going.push(command);
        break;
      case 'listen':
      case 'fetch': {
        const { id } = command.manifest.content;
        const writers = this.#going.filter((going) => contentIdOf(going) === id);
        assert.deepEqual(writers, [], 'a content has one writer, and is not hashed meanwhile');
        this.#going.push(command);
        break;
      }
      case 'plan':
      case 'verify':
        this.#going.push(command);
        break;
      case 'stopReception': {
        const index = this.#going.findIndex(
          (going) => contentIdOf(going) === command.contentId && going.type !== 'verify',
        );
        // It may have ended by itself before it was told to.
        if (index < 0) break;
        this.#going.splice(index, 1);
        this.#handler.handleReceptionEnded(command.contentId, { outcome: 'short' });
        break;
      }
      case 'forget':
        this.#records.delete(keyOf(command));
        break;
      case 'releaseContent':
        assert.ok(
          !this.#going.some((going) => contentIdOf(going) === command.contentId),
          'nothing uses what is released',
        );
        if (!command.isRetained) this.#held.delete(command.contentId);
        break;
      case 'ask':
        this.#finisher.handleShort(this.now, command.waitMilliseconds);
        break;
      default:
    }
  }

  #endSomething(): void {
    const going = this.#going.splice(this.#choices.below(Math.max(1, this.#going.length)), 1)[0];
    if (going === undefined) return;
    const luck = this.#isHostile ? this.#choices.below(4) : 3;
    if (going.type === 'plan') {
      const { taskId, attempt } = going.manifest;
      if (luck === 0) this.#handler.handlePlanned(taskId, attempt, { decision: 'rejected', code: 'x', message: '' });
      else this.#handler.handlePlanned(taskId, attempt, { decision: 'perform' });
    } else if (going.type === 'listen' || going.type === 'fetch') {
      const { id, leafCount } = going.manifest.content;
      const held = Math.min(leafCount, (this.#held.get(id) ?? 0) + luck);
      this.#held.set(id, held);
      this.#handler.handleReceptionEnded(id, { outcome: held === leafCount ? 'complete' : 'short' });
    } else if (going.type === 'verify') {
      const { id } = going.content;
      if (luck === 0) this.#held.set(id, 1);
      this.#handler.handleVerified(id, { outcome: luck === 0 ? 'short' : 'verified' });
    } else if (going.type === 'execute') {
      const { taskId, attempt } = going.manifest;
      this.#executing -= 1;
      if (luck === 0) this.#handler.handleExecuted(taskId, attempt, { outcome: 'failed', code: 'x', message: '' });
      else this.#handler.handleExecuted(taskId, attempt, { outcome: 'succeeded' });
    }
  }
}

function manifestOf(taskId: string, weight: number, content: number): Manifest {
  const id = String(content).repeat(64);
  return {
    taskId,
    attempt: 1,
    action: { kind: 'copy', to: 'x', form: 'file', name: 'x' },
    content: { id, encoding: 'identity', size: 7, leafSize: 1, leafCount: 7, root: id, sha256: id },
    audience: ['device'],
    weight,
    createdAt: 0,
    notBefore: 0,
    expiresAt: 1,
    timeoutSeconds: 60,
  };
}

function contentIdOf(command: TaskCommand): string | undefined {
  if (command.type === 'verify') return command.content.id;
  return command.type === 'listen' || command.type === 'fetch' ? command.manifest.content.id : undefined;
}

function keyOf({ taskId, attempt }: { readonly taskId: string; readonly attempt: number }): string {
  return `${taskId}#${attempt}`;
}

test('after any schedule of wakes, lost connections, cancels, retries, kills and lost disks every task ends, in order and one at a time', () => {
  const tasks = fc.array(fc.record({ weight: fc.nat(3), content: fc.nat(2) }), { minLength: 1, maxLength: 5 });
  const choices = fc.array(fc.nat(10_000), { minLength: 50, maxLength: 400 });
  fc.assert(
    fc.property(tasks, choices, (tasks, values) => {
      const world = new World(new Choices(values), tasks);
      for (let step = 0; step < values.length; step += 1) world.step();
      world.heal();
      for (let step = 0; step < 2000 && !isOver(world); step += 1) world.step();
      assert.deepEqual(
        world.rows.map(({ state }) => TERMINAL.includes(state)),
        world.rows.map(() => true),
      );
      assert.equal(world.openTasks, 0);
    }),
    { numRuns: 300 },
  );
});

function isOver(world: World): boolean {
  return world.openTasks === 0 && world.rows.every(({ state }) => TERMINAL.includes(state));
}
