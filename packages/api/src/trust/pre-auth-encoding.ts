/**
 * What a signature of a DSSE envelope is over: DSSE v1's pre-authentication encoding,
 *
 *     "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body
 *
 * with lengths in bytes, in decimal. The type is signed with the body, so that bytes that were signed as one thing are
 * never taken for another.
 */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = utf8(payloadType);
  const head = [...ascii(`DSSEv1 ${type.length} `), ...type, ...ascii(` ${payload.length} `)];
  const encoded = new Uint8Array(head.length + payload.length);
  encoded.set(head);
  encoded.set(payload, head.length);
  return encoded;
}

/** A lone surrogate, which UTF-8 does not know, becomes U+FFFD, as everywhere else. */
function utf8(text: string): number[] {
  return ascii(
    encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '\ufffd')).replaceAll(/%(..)/g, (_, hex: string) =>
      byte(hex),
    ),
  );
}

function byte(hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16));
}

function ascii(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}
