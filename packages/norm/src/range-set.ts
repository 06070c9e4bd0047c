/** A run of bytes. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/**
 * A set of integers kept as sorted, disjoint, non-adjacent half-open runs. Takes room for its runs, not for its members.
 */
export class RangeSet {
  /** start, end, start, end, … ascending. */
  readonly #bounds: number[] = [];
  #size = 0;

  /** How many members. */
  get size(): number {
    return this.#size;
  }

  /** How many runs. */
  get runCount(): number {
    return this.#bounds.length / 2;
  }

  /** How many members there are from 0 on without a gap. */
  get prefixLength(): number {
    return this.#bounds[0] === 0 ? this.#bounds[1]! : 0;
  }

  /** Adds start ≤ member < end. */
  add(start: number, end: number): void {
    if (end <= start) return;
    const bounds = this.#bounds;
    // First run whose end is not before `start`: it touches or follows the new one.
    const first = this.#firstRunEndingAtOrAfter(start);
    let last = first;
    let low = start;
    let high = end;
    while (last < bounds.length && bounds[last]! <= end) {
      low = Math.min(low, bounds[last]!);
      high = Math.max(high, bounds[last + 1]!);
      this.#size -= bounds[last + 1]! - bounds[last]!;
      last += 2;
    }
    this.#size += high - low;
    if (first === bounds.length) {
      bounds.push(low, high);
      return;
    }
    if (first === last) {
      bounds.splice(first, 0, low, high);
      return;
    }
    // The usual case, a run that grows, moves nothing: this is asked for each run of symbols that is received.
    bounds[first] = low;
    bounds[first + 1] = high;
    if (last - first > 2) bounds.splice(first + 2, last - first - 2);
  }

  /** Removes start ≤ member < end. */
  delete(start: number, end: number): void {
    if (end <= start) return;
    const bounds = this.#bounds;
    const first = this.#firstRunEndingAtOrAfter(start + 1);
    let last = first;
    const kept: number[] = [];
    while (last < bounds.length && bounds[last]! < end) {
      const runStart = bounds[last]!;
      const runEnd = bounds[last + 1]!;
      this.#size -= runEnd - runStart;
      if (runStart < start) {
        kept.push(runStart, start);
        this.#size += start - runStart;
      }
      if (runEnd > end) {
        kept.push(end, runEnd);
        this.#size += runEnd - end;
      }
      last += 2;
    }
    bounds.splice(first, last - first, ...kept);
  }

  /** Whether every member of start ≤ member < end is in the set; true for an empty run. */
  covers(start: number, end: number): boolean {
    if (end <= start) return true;
    const run = this.#firstRunEndingAtOrAfter(start + 1);
    return run < this.#bounds.length && this.#bounds[run]! <= start && this.#bounds[run + 1]! >= end;
  }

  /** What of start ≤ member < end is not in the set. */
  gaps(start: number, end: number): ByteRange[] {
    const gaps: ByteRange[] = [];
    let at = start;
    for (let run = this.#firstRunEndingAtOrAfter(start + 1); run < this.#bounds.length && at < end; run += 2) {
      const runStart = this.#bounds[run]!;
      if (runStart >= end) break;
      if (runStart > at) gaps.push({ offset: at, length: runStart - at });
      at = Math.max(at, this.#bounds[run + 1]!);
    }
    if (at < end) gaps.push({ offset: at, length: end - at });
    return gaps;
  }

  /** The runs, ascending. */
  ranges(): ByteRange[] {
    const ranges: ByteRange[] = [];
    for (let run = 0; run < this.#bounds.length; run += 2) {
      ranges.push({ offset: this.#bounds[run]!, length: this.#bounds[run + 1]! - this.#bounds[run]! });
    }
    return ranges;
  }

  /** Index of the first run with end ≥ `position`. */
  #firstRunEndingAtOrAfter(position: number): number {
    let low = 0;
    let high = this.#bounds.length / 2;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#bounds[2 * middle + 1]! < position) low = middle + 1;
      else high = middle;
    }
    return 2 * low;
  }
}
