import type { Micros } from '../time.ts';

/** All that had been sent when a probe had been. */
export interface ProbeRecord {
  readonly sequence: number;
  readonly sentAt: Micros;
  readonly datagramCount: number;
  readonly byteCount: number;
}

/** At 100 probes a second more than any round trip that is reckoned with. */
const RECORD_COUNT = 256;

/** What answers to probes are compared with: remembers the last probes. */
export class ProbeLog {
  readonly #records: (ProbeRecord | undefined)[] = Array.from({ length: RECORD_COUNT }, () => undefined);

  add(record: ProbeRecord): void {
    this.#records[record.sequence % RECORD_COUNT] = record;
  }

  get(sequence: number): ProbeRecord | undefined {
    const record = this.#records[sequence % RECORD_COUNT];
    return record?.sequence === sequence ? record : undefined;
  }
}
