/** Progress for people: bars on a terminal (on standard error, so that results stay clean), plain lines of events elsewhere. */
import { MultiBar, Presets, SingleBar } from 'cli-progress';
import type { StreamedEvent } from '@rollcall/client';
import { formatBytes, formatRate } from '@rollcall/client/format';
import type { TaskHead } from '@rollcall/client/task';
import { formatSeconds } from './format.ts';
import type { Output } from './output.ts';
import { formatCounts, standingOf, stateOf } from './roll.ts';
import { printable } from './table.ts';

/** Bars of single devices shown at once; the rest is in the counts. */
const DEVICE_BARS_MAX = 12;

export interface UploadProgress {
  readonly update: (sent: number, total: number | undefined) => void;
  readonly stop: () => void;
}

export function uploadProgress(output: Output, name: string): UploadProgress {
  if (output.isJson) return { update: () => undefined, stop: () => undefined };
  if (!output.isLive) return uploadLines(output, name);
  const bar = new SingleBar(
    {
      format: `upload {bar} {percentage}% {sent} of {size}, {rate}, {left} left  ${printable(name)}`,
      hideCursor: true,
      stream: process.stderr,
    },
    Presets.shades_classic,
  );
  const startedAt = Date.now();
  let isStarted = false;
  return {
    update: (sent, total) => {
      const seconds = (Date.now() - startedAt) / 1000;
      const payload = {
        sent: formatBytes(sent),
        size: total === undefined ? '?' : formatBytes(total),
        rate: formatRate((sent * 8) / Math.max(seconds, 0.001)),
        left: total === undefined || sent === 0 ? '?' : formatSeconds((seconds * (total - sent)) / sent),
      };
      if (!isStarted) bar.start(Math.max(total ?? sent, 1), sent, payload);
      isStarted = true;
      if (total === undefined) bar.setTotal(Math.max(sent, 1));
      bar.update(sent, payload);
    },
    stop: () => bar.stop(),
  };
}

/** A line at every tenth, for logs. */
function uploadLines(output: Output, name: string): UploadProgress {
  let tenths = 0;
  return {
    update: (sent, total) => {
      const now = total === undefined || total === 0 ? 0 : Math.floor((10 * sent) / total);
      if (now <= tenths) return;
      tenths = now;
      output.note(`upload ${now * 10}% of ${printable(name)} (${formatBytes(sent)})`);
    },
    stop: () => undefined,
  };
}

export interface TaskProgress {
  show(event: StreamedEvent, task: TaskHead | undefined): void;
  stop(): void;
}

export function taskProgress(output: Output): TaskProgress {
  if (output.isLive) return new TaskBars();
  return output.isJson ? { show: () => undefined, stop: () => undefined } : new TaskLines(output);
}

/** One line per event, on standard error. */
class TaskLines implements TaskProgress {
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  show(event: StreamedEvent): void {
    const text = describeEvent(event);
    if (text !== undefined) this.#output.note(text);
  }

  stop(): void {
    // Every line is whole already.
  }
}

/** One bar for the multicast, one for the roll, one for each device that receives just now. */
class TaskBars implements TaskProgress {
  readonly #bars = new MultiBar(
    {
      format: '{label} {bar} {percentage}%  {detail}',
      hideCursor: true,
      stream: process.stderr,
      clearOnComplete: false,
    },
    Presets.shades_classic,
  );
  readonly #names = new Map<string, string>();
  readonly #devices = new Map<string, SingleBar>();
  #session: SingleBar | undefined;
  #roll: SingleBar | undefined;
  #isStopped = false;

  show(event: StreamedEvent, task: TaskHead | undefined): void {
    if (this.#isStopped) return;
    if (task !== undefined) this.#showRoll(task);
    if (event.type === 'delivery') {
      const { device, state } = event.delivery;
      this.#names.set(device.id, device.name);
      if (state !== 'receiving' && state !== 'queued') this.#drop(device.id);
    }
    if (event.type !== 'progress') return;
    if (event.session !== null) this.#showSession(event.session);
    for (const device of event.devices) this.#showDevice(device.id, device.bytesHeld, device.size);
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#bars.stop();
  }

  #showRoll(task: TaskHead): void {
    const total = Object.values(task.counts).reduce((sum, count) => sum + count, 0);
    const payload = { label: 'roll     ', detail: `${standingOf(task)}: ${formatCounts(task.counts)}` };
    this.#roll ??= this.#bars.create(Math.max(total, 1), 0, payload);
    this.#roll.update(task.counts.succeeded, payload);
  }

  #showSession(session: NonNullable<Extract<StreamedEvent, { type: 'progress' }>['session']>): void {
    const left = ((session.contentSize - session.contentBytes) * 8) / Math.max(session.rateBitsPerSecond, 1);
    const payload = {
      label: 'multicast',
      detail: `${formatRate(session.rateBitsPerSecond)}, ${formatSeconds(left)} left, ${formatBytes(session.repairBytes)} repair`,
    };
    this.#session ??= this.#bars.create(Math.max(session.contentSize, 1), 0, payload);
    this.#session.update(session.contentBytes, payload);
  }

  #showDevice(id: string, bytesHeld: number, size: number): void {
    const label = `  ${printable(this.#names.get(id) ?? id.slice(0, 8))}`.padEnd(9);
    const payload = { label, detail: `${formatBytes(bytesHeld)} of ${formatBytes(size)}` };
    let bar = this.#devices.get(id);
    if (bar === undefined) {
      if (this.#devices.size >= DEVICE_BARS_MAX) return;
      bar = this.#bars.create(Math.max(size, 1), 0, payload);
      this.#devices.set(id, bar);
    }
    bar.update(bytesHeld, payload);
  }

  #drop(id: string): void {
    const bar = this.#devices.get(id);
    if (bar === undefined) return;
    this.#bars.remove(bar);
    this.#devices.delete(id);
  }
}

/** An event as one line of text; undefined: nothing to say. */
function describeEvent(event: StreamedEvent): string | undefined {
  switch (event.type) {
    case 'open':
    case 'reset':
    case 'device':
      return undefined;
    case 'task':
      return `${stamp(event.at)} task ${standingOf(event)}: ${formatCounts(event.counts)}`;
    case 'delivery': {
      const { device, path, error } = event.delivery;
      const how = path === null ? '' : ` by ${path}`;
      const why = error === null ? '' : `: ${error.code}: ${printable(error.message)}`;
      return `${stamp(event.at)} ${device.name} ${stateOf(event.delivery)}${how}${why}`;
    }
    case 'session':
      return `${stamp(event.at)} ${event.session.mode} session ${event.session.state}: ${formatBytes(event.session.bytesSent)} sent${event.session.error === null ? '' : `: ${printable(event.session.error)}`}`;
    case 'progress': {
      const { session, devices } = event;
      const percent = (part: number, whole: number): string => `${Math.floor((100 * part) / Math.max(whole, 1))}%`;
      const sent =
        session === null
          ? ''
          : ` multicast ${percent(session.contentBytes, session.contentSize)} at ${formatRate(session.rateBitsPerSecond)}`;
      const held =
        devices.length === 0
          ? ''
          : ` ${devices.length} devices hold ${percent(Math.min(...devices.map((entry) => entry.bytesHeld)), devices[0]!.size)} or more`;
      return sent === '' && held === '' ? undefined : `${stamp(event.at)}${sent}${held}`;
    }
  }
}

function stamp(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}
