import { writeFileSync } from 'node:fs';

/** One UDP datagram as it was seen; IPv4, addresses as numbers. */
export interface CapturedDatagram {
  readonly micros: number;
  readonly source: { readonly address: number; readonly port: number };
  readonly target: { readonly address: number; readonly port: number };
  readonly payload: Uint8Array;
}

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const LINK_TYPE_IPV4 = 228;
const FILE_HEADER_SIZE = 24;
const PACKET_HEADER_SIZE = 16;
const IP_HEADER_SIZE = 20;
const UDP_HEADER_SIZE = 8;
const UDP_PROTOCOL = 17;

/** Writes a capture file that tshark reads: without root, and with exactly the datagrams that were meant. */
export function writePcap(path: string, datagrams: readonly CapturedDatagram[]): void {
  const head = Buffer.alloc(FILE_HEADER_SIZE);
  head.writeUInt32BE(MAGIC_MICROSECONDS, 0);
  head.writeUInt16BE(2, 4);
  head.writeUInt16BE(4, 6);
  head.writeUInt32BE(0xffff, 16);
  head.writeUInt32BE(LINK_TYPE_IPV4, 20);
  writeFileSync(path, Buffer.concat([head, ...datagrams.flatMap(packetOf)]));
}

function packetOf(datagram: CapturedDatagram): readonly Uint8Array[] {
  const { micros, source, target, payload } = datagram;
  const size = IP_HEADER_SIZE + UDP_HEADER_SIZE + payload.length;
  const head = Buffer.alloc(PACKET_HEADER_SIZE + IP_HEADER_SIZE + UDP_HEADER_SIZE);
  head.writeUInt32BE(Math.floor(micros / 1e6), 0);
  head.writeUInt32BE(micros % 1e6, 4);
  head.writeUInt32BE(size, 8);
  head.writeUInt32BE(size, 12);
  const ip = head.subarray(PACKET_HEADER_SIZE);
  ip[0] = 0x45;
  ip.writeUInt16BE(size, 2);
  ip[8] = 1;
  ip[9] = UDP_PROTOCOL;
  ip.writeUInt32BE(source.address, 12);
  ip.writeUInt32BE(target.address, 16);
  const udp = ip.subarray(IP_HEADER_SIZE);
  udp.writeUInt16BE(source.port, 0);
  udp.writeUInt16BE(target.port, 2);
  // A checksum of zero says that there is none.
  udp.writeUInt16BE(UDP_HEADER_SIZE + payload.length, 4);
  return [head, payload];
}
