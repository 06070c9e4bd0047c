import { FILE_NAME_SIZE_MAX_BYTES } from '../limits.ts';

/**
 * A sender's name for a file, made harmless: the last part of the path, without characters that control what is shown,
 * never hidden, "." or "..". Undefined when nothing is left of it.
 */
export function sanitizeFileName(info: Uint8Array): string | undefined {
  const text = new TextDecoder('utf-8').decode(info);
  const last = text.split(/[/\\]/).at(-1) ?? '';
  const shown = last.replaceAll(/[\p{Cc}\p{Bidi_Control}\ufffd]/gu, '');
  // Spaces and dots together: a dot behind a space would come first once the space is gone.
  const name = cut(shown.replace(/^[\s.]+/u, '')).trimEnd();
  return name === '' ? undefined : name;
}

/** What a file system takes of it, to a whole character. */
function cut(name: string): string {
  const { read } = new TextEncoder().encodeInto(name, new Uint8Array(FILE_NAME_SIZE_MAX_BYTES));
  return name.slice(0, read);
}
