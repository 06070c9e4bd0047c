/** Bytes that hold datagrams, and a view of the very same bytes (offset 0 of one is offset 0 of the other). */
export interface Arena {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** Looks at bytes that lie elsewhere as an arena. */
export function arenaOf(bytes: Uint8Array): Arena {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}
