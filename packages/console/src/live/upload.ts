/**
 * An upload in pieces that goes on where it broke off: over a lost connection by itself, over a reload when the same file
 * is given again.
 */
import { answeredError } from '@rollcall/client';
import * as tus from 'tus-js-client';
import type { ContentSource } from './read-dropped.ts';

/** Small enough that a broken connection costs little, large enough to keep a fast link busy. */
const PIECE_BYTES = 8 * 1024 * 1024;
const ENDPOINT = `${location.origin}/v1/uploads`;
const RETRY_DELAYS_MS = [0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000];

export interface UploadHandle {
  /** The id of the finished upload. It fails when the upload is stopped. */
  readonly done: Promise<string>;
  readonly stop: () => void;
}

export function startUpload(source: ContentSource, onProgress: (sent: number) => void): UploadHandle {
  const { promise: done, resolve, reject } = Promise.withResolvers<string>();
  const upload = new tus.Upload(source.file, {
    endpoint: ENDPOINT,
    chunkSize: PIECE_BYTES,
    retryDelays: RETRY_DELAYS_MS,
    removeFingerprintOnSuccess: true,
    ...(source.form === 'tree' && { fingerprint: () => fingerprintOf(source.index) }),
    onProgress: (sent) => onProgress(sent),
    onError: (error) => reject(errorOf(error)),
    onSuccess: () => resolve(upload.url?.split('/').at(-1) ?? ''),
  });
  upload
    .findPreviousUploads()
    .then(([previous]) => {
      if (previous !== undefined) upload.resumeFromPreviousUpload(previous);
      upload.start();
    })
    .catch(reject);
  const stop = (): void => {
    void upload.abort();
    reject(new Error('Its content was taken back: look at what is there now, and create the task again.'));
  };
  return { done, stop };
}

/**
 * By which an upload that broke off is found again. The library's own is name, size and time, which two states of a folder
 * may share.
 */
async function fingerprintOf(index: Blob): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await index.arrayBuffer());
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `tree-${hex}-${ENDPOINT}`;
}

/** The server's own words where it has said something: no role, no space. */
function errorOf(error: Error | tus.DetailedError): Error {
  const response = 'originalResponse' in error ? error.originalResponse : undefined;
  if (response === null || response === undefined) return new Error(`The upload broke: ${error.message}`);
  return answeredError(response.getStatus(), response.getBody());
}
