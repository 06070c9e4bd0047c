/** A list of node ids, one word each, to the end of the datagram: in FLUSH and ACK_REQ. RFC 5740 §4.2.3.1, §4.2.3.6. */

const NODE_ID_SIZE = 4;

/** The node ids in [offset, end); undefined when the bytes are not a whole number of ids. */
export function readNodeList(view: DataView, offset: number, end: number): readonly number[] | undefined {
  const size = end - offset;
  if (size % NODE_ID_SIZE !== 0) return undefined;
  return Array.from({ length: size / NODE_ID_SIZE }, (_, index) => view.getUint32(offset + index * NODE_ID_SIZE));
}

/** Writes the list and returns its end. */
export function writeNodeList(view: DataView, offset: number, nodeIds: readonly number[]): number {
  let at = offset;
  for (const nodeId of nodeIds) {
    view.setUint32(at, nodeId);
    at += NODE_ID_SIZE;
  }
  return at;
}
