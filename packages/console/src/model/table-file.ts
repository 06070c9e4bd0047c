/** A task's rows as a file to keep: CSV for a spreadsheet, JSON for a program. */
import type { Delivery } from '@rollcall/api';

const COLUMNS: readonly (readonly [string, (delivery: Delivery) => string | number | null])[] = [
  ['device', ({ device }) => device.name],
  ['device_id', ({ device }) => device.id],
  ['state', ({ state }) => state],
  ['reason', ({ reason }) => reason],
  ['path', ({ path }) => path],
  ['attempt', ({ attempt }) => attempt],
  ['bytes_multicast', ({ bytesMulticast }) => bytesMulticast],
  ['bytes_unicast', ({ bytesUnicast }) => bytesUnicast],
  ['loss_ratio', ({ lossRatio }) => lossRatio],
  ['version', ({ version }) => version],
  ['started_at', ({ startedAt }) => utc(startedAt)],
  ['finished_at', ({ finishedAt }) => utc(finishedAt)],
  ['error_code', ({ error }) => error?.code ?? null],
  ['error_message', ({ error }) => error?.message ?? null],
];

/** RFC 4180. */
export function csvOf(deliveries: readonly Delivery[]): string {
  const lines = deliveries.map((delivery) => COLUMNS.map(([, value]) => field(value(delivery))).join(','));
  return `${[COLUMNS.map(([name]) => name).join(','), ...lines].join('\r\n')}\r\n`;
}

export function jsonOf(deliveries: readonly Delivery[]): string {
  return `${JSON.stringify(deliveries, undefined, 2)}\n`;
}

function field(value: string | number | null): string {
  if (value === null) return '';
  // A spreadsheet takes what begins like this for a formula, and a device chooses its own error messages.
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function utc(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
