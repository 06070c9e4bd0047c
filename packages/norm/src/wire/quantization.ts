/**
 * Small numbers for wide ranges: round-trip time in 8 bits, group size in 4, rate in 16, loss in 16 or 32.
 *
 * RFC 5740 §4.2.1 (grtt, gsize) and §4.2.3.4 (rate, loss). Times here are integer microseconds.
 */

const RTT_MAX_SECONDS = 1000;
/** Below this the scale is linear, one step a microsecond; above it is logarithmic. */
const RTT_LINEAR_STEP_COUNT = 32;
const RTT_STEPS_PER_E_FOLD = 13;

const RTT_MICROS: readonly number[] = Array.from({ length: 256 }, (_, quantized) =>
  quantized < RTT_LINEAR_STEP_COUNT
    ? quantized + 1
    : Math.round(1e6 * RTT_MAX_SECONDS * Math.exp((quantized - 255) / RTT_STEPS_PER_E_FOLD)),
);

/** The round-trip time that a byte stands for: 1 µs to 1000 s. */
export function unquantizeRtt(quantized: number): number {
  return RTT_MICROS[quantized & 0xff] ?? 1;
}

/** The smallest byte that stands for at least `micros`, so that a timer is never too short. */
export function quantizeRtt(micros: number): number {
  let low = 0;
  let high = 255;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (unquantizeRtt(middle) >= micros) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The group size that four bits stand for: mantissa 1 or 5, exponent 1 to 8. */
export function unquantizeGroupSize(quantized: number): number {
  return (quantized & 0x8 ? 5 : 1) * 10 ** ((quantized & 0x7) + 1);
}

/** The smallest four bits that stand for at least `groupSize`; what is larger than all gets the largest. */
export function quantizeGroupSize(groupSize: number): number {
  for (let exponent = 0; exponent < 8; exponent += 1) {
    if (unquantizeGroupSize(exponent) >= groupSize) return exponent;
    if (unquantizeGroupSize(exponent | 0x8) >= groupSize) return exponent | 0x8;
  }
  return 0xf;
}

/** Twelve bits of mantissa (× 10 / 4096) and four of exponent; bytes per second. */
export function unquantizeRate(quantized: number): number {
  return (quantized >> 4) * (10 / 4096) * 10 ** (quantized & 0xf);
}

export function quantizeRate(bytesPerSecond: number): number {
  if (!(bytesPerSecond > 0)) return 0x1;
  let exponent = Math.min(15, Math.max(0, Math.floor(Math.log10(bytesPerSecond))));
  let mantissa = Math.round((4096 / 10) * (bytesPerSecond / 10 ** exponent));
  if (mantissa > 4095 && exponent < 15) {
    // Rounding carried into the next decade: 9.9999 has no mantissa of its own.
    exponent += 1;
    mantissa = Math.round((4096 / 10) * (bytesPerSecond / 10 ** exponent));
  }
  return (Math.min(4095, mantissa) << 4) | exponent;
}

/** A loss fraction in 32 bits; the upper 16 are RFC 5740's field, the lower 16 NRL's finer grain. */
export function quantizeLoss(fraction: number): number {
  return Math.round(Math.min(1, Math.max(0, fraction)) * 0xffffffff);
}

export function unquantizeLoss(quantized: number): number {
  return quantized / 0xffffffff;
}
