import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabNetwork } from '../../lab/network.ts';
import type { Cell } from './cells.ts';

const READY_TIMEOUT_MILLIS = 30_000;
const POLL_MILLIS = 10;

/** The lab of one cell, with a resident in each host through whom its counters and sockets are read. */
export class BenchLab implements Disposable {
  readonly network: LabNetwork;
  readonly #residents: ReadonlyMap<string, ChildProcess>;

  constructor(cell: Cell) {
    this.network = LabNetwork.create({
      devices: cell.devices,
      ...(cell.rateBitsPerSecond === undefined ? {} : { rateBitsPerSecond: cell.rateBitsPerSecond }),
      ...(cell.lossPercent === 0 ? {} : { lossPercent: cell.lossPercent }),
      ...(cell.delayMillis === 0 ? {} : { delayMillis: cell.delayMillis }),
    });
    this.#residents = new Map(
      this.network.hosts.map(({ name }) => [
        name,
        this.network.spawn(name, 'sleep', ['infinity'], { stdio: 'ignore' }),
      ]),
    );
  }

  /** Bytes that the server's interface has sent. */
  get egressBytes(): number {
    return this.network.counters('srv').transmittedBytes;
  }

  /** UDP datagrams that programs of the server have sent. */
  get datagramsSent(): number {
    const lines = this.#read('srv', 'snmp')
      .split('\n')
      .filter((line) => line.startsWith('Udp: '));
    const [names = '', values = ''] = lines;
    return Number(values.split(' ')[names.split(' ').indexOf('OutDatagrams')]);
  }

  /** Resolves when each device has a UDP socket on the port. */
  async untilBound(port: number): Promise<void> {
    const pattern = new RegExp(`^ *\\d+: [0-9A-F]+:${hex(port, 4)} `, 'm');
    await this.#untilEach('udp', pattern, `UDP port ${port}`);
  }

  /** Resolves when each device is a member of the IPv4 group. */
  async untilJoined(group: string): Promise<void> {
    // The kernel prints the address as the number that it is in memory.
    const octets = group.split('.').toReversed();
    const pattern = new RegExp(`^\\s+${octets.map((octet) => hex(Number(octet), 2)).join('')} `, 'm');
    await this.#untilEach('igmp', pattern, `membership of ${group}`);
  }

  async untilListening(host: string, port: number): Promise<void> {
    const pattern = new RegExp(`^ *\\d+: [0-9A-F]+:${hex(port, 4)} \\S+ 0A `, 'm');
    await this.#until(host, 'tcp', pattern, `TCP port ${port}`);
  }

  [Symbol.dispose](): void {
    for (const resident of this.#residents.values()) resident.kill('SIGKILL');
    this.network.down();
  }

  async #untilEach(file: string, pattern: RegExp, what: string): Promise<void> {
    for (const { name } of this.network.devices) await this.#until(name, file, pattern, what);
  }

  async #until(host: string, file: string, pattern: RegExp, what: string): Promise<void> {
    const deadline = performance.now() + READY_TIMEOUT_MILLIS;
    while (!pattern.test(this.#read(host, file))) {
      if (performance.now() > deadline) throw new Error(`${host}: no ${what} within ${READY_TIMEOUT_MILLIS / 1000} s`);
      await sleep(POLL_MILLIS);
    }
  }

  #read(host: string, file: string): string {
    return readFileSync(`/proc/${this.#residents.get(host)?.pid}/net/${file}`, 'utf8');
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
