/** Numbers as people read them. Nothing here depends on the reader's language: an operator's screenshots are the same everywhere. */
const NONE = '–';

export function formatCount(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(\d{3})+$)/g, '\u202f');
}

export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

export function formatAgo(time: number | null, now: number): string {
  if (time === null) return 'never';
  const elapsed = Math.round((now - time) / 1000) * 1000;
  return elapsed < 5000 ? 'just now' : elapsed < 10_000 ? `${elapsed / 1000} s ago` : `${formatDuration(elapsed)} ago`;
}

export function formatTime(time: number | null): string {
  if (time === null) return NONE;
  const date = new Date(time);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
