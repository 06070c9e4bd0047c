/** Quantities as people read them. Nothing here depends on the reader's language: what is shown is the same everywhere. */
const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;
const RATE_UNITS = ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s'] as const;

export function formatBytes(bytes: number): string {
  return scaled(bytes, 1024, BYTE_UNITS);
}

export function formatRate(bitsPerSecond: number): string {
  return scaled(bitsPerSecond, 1000, RATE_UNITS);
}

/** A share of 1; null: nothing is known of it. */
export function formatRatio(ratio: number | null): string {
  if (ratio === null) return '–';
  return ratio === 0 ? '0%' : ratio < 0.001 ? '<0.1%' : `${(ratio * 100).toFixed(1)}%`;
}

function scaled(quantity: number, step: number, units: readonly string[]): string {
  let value = quantity;
  let unit = 0;
  for (; value >= step && unit < units.length - 1; unit += 1) value /= step;
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]!}`;
}
