const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Decodes base64 with padding. For constants of the program: the text is not checked. */
export function decodeBase64(text: string): Uint8Array {
  const digitCount = text.indexOf('=') === -1 ? text.length : text.indexOf('=');
  const bytes = new Uint8Array(Math.floor((digitCount * 6) / 8));
  let pending = 0;
  let pendingBits = 0;
  let size = 0;
  for (let i = 0; i < digitCount; i++) {
    pending = ((pending << 6) | ALPHABET.indexOf(text.charAt(i))) & 0xffff;
    pendingBits += 6;
    if (pendingBits < 8) continue;
    pendingBits -= 8;
    bytes[size++] = (pending >> pendingBits) & 0xff;
  }
  return bytes;
}
