import { FILE_NAME_SIZE_MAX_BYTES } from '../limits.ts';

/**
 * A sender's name for a file, made harmless: the last part of the path, without control characters, never hidden, "."
 * or "..". Undefined when nothing is left of it.
 */
export function sanitizeFileName(info: Uint8Array): string | undefined {
  const text = new TextDecoder('utf-8').decode(info);
  const last = text.split(/[/\\]/).at(-1) ?? '';
  let name = last
    .replaceAll(/[\p{Cc}\ufffd]/gu, '')
    .replace(/^\.+/, '')
    .trim();
  while (Buffer.byteLength(name) > FILE_NAME_SIZE_MAX_BYTES) name = name.slice(0, -1);
  return name === '' ? undefined : name;
}
