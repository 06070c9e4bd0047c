import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { LabNetwork } from '../../lab/network.ts';

const FILE_HEADER_SIZE = 24;
const PACKET_HEADER_SIZE = 16;
const ETHERNET_HEADER_SIZE = 14;
const UDP_HEADER_SIZE = 8;
/** The kernel keeps packets for dumpcap until a block of them is full or 250 ms old; those it holds at the end are lost. */
const QUIET_MILLIS = 750;

/** What comes to a host's interface by multicast, seen as anybody sees it who may listen there. */
export class Capture {
  readonly #path: string;
  readonly #process;

  private constructor(network: LabNetwork, host: string, path: string) {
    this.#path = path;
    const filter = 'ip multicast and udp';
    this.#process = network.spawn(host, 'dumpcap', ['-q', '-P', '-B', '64', '-i', 'eth0', '-f', filter, '-w', path], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  }

  /** Resolves when it captures. */
  static async start(network: LabNetwork, host: string, path: string): Promise<Capture> {
    const capture = new Capture(network, host, path);
    let said = '';
    for await (const text of capture.#process.stderr!.setEncoding('utf8') as AsyncIterable<string>) {
      said += text;
      if (said.includes('File: ')) {
        capture.#process.stderr?.resume();
        return capture;
      }
    }
    throw new Error(`dumpcap did not start: ${said}`);
  }

  /** Ends it once nothing more comes, and gives the payloads of the datagrams in their order. */
  async stop(): Promise<readonly Uint8Array[]> {
    for (let size = -1, next = this.#size(); next !== size; next = this.#size()) {
      size = next;
      await delay(QUIET_MILLIS);
    }
    const exit = once(this.#process, 'exit');
    this.#process.kill('SIGINT');
    await exit;
    return payloadsOf(readFileSync(this.#path));
  }

  #size(): number {
    return statSync(this.#path).size;
  }
}

/** Of a pcap file of this machine's byte order, Ethernet and IPv4. */
function payloadsOf(file: Buffer): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  for (let at = FILE_HEADER_SIZE; at + PACKET_HEADER_SIZE <= file.length;) {
    const captured = file.readUInt32LE(at + 8);
    const ip = at + PACKET_HEADER_SIZE + ETHERNET_HEADER_SIZE;
    const udp = ip + (file.readUInt8(ip) & 0xf) * 4;
    payloads.push(file.subarray(udp + UDP_HEADER_SIZE, udp + file.readUInt16BE(udp + 4)));
    at += PACKET_HEADER_SIZE + captured;
  }
  return payloads;
}
