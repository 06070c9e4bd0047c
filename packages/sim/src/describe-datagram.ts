import { arenaOf, decodeMessage } from '@rollcall/norm';

/** One line on a datagram, for the trace. */
export function describeDatagram(bytes: Uint8Array): string {
  const decoded = decodeMessage(arenaOf(bytes), 0, bytes.length);
  if (!decoded.ok) return `malformed: ${decoded.reason}`;
  const { message } = decoded;
  switch (message.type) {
    case 'data':
      return `data ${message.toi} block ${message.sourceBlockNumber} symbol ${message.encodingSymbolId} flags ${message.flags}`;
    case 'info':
      return `info ${message.toi}`;
    case 'flush':
      return `flush ${message.position.toi} block ${message.position.sourceBlockNumber} nodes ${message.acknowledgingNodeIds.join()}`;
    case 'nack':
    case 'repairAdv':
      return `${message.type} ${JSON.stringify(message.repairRequests)}`;
    default:
      return message.type;
  }
}
