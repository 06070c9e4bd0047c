/**
 * An upload in pieces that goes on where it broke off: over a lost connection by itself, over a reload when the same file
 * is given again.
 */
import { answeredError } from '@rollcall/client';
import * as tus from 'tus-js-client';

/** Small enough that a broken connection costs little, large enough to keep a fast link busy. */
const PIECE_BYTES = 8 * 1024 * 1024;
const RETRY_DELAYS_MS = [0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000];

export interface UploadHandle {
  /** The id of the finished upload. */
  readonly done: Promise<string>;
  readonly stop: () => void;
}

export function startUpload(file: File, onProgress: (sent: number) => void): UploadHandle {
  let upload: tus.Upload | undefined;
  const done = new Promise<string>((resolve, reject) => {
    const made = new tus.Upload(file, {
      endpoint: `${location.origin}/v1/uploads`,
      chunkSize: PIECE_BYTES,
      retryDelays: RETRY_DELAYS_MS,
      removeFingerprintOnSuccess: true,
      onProgress: (sent) => onProgress(sent),
      onError: (error) => reject(errorOf(error)),
      onSuccess: () => resolve(made.url?.split('/').at(-1) ?? ''),
    });
    upload = made;
    made
      .findPreviousUploads()
      .then(([previous]) => {
        if (previous !== undefined) made.resumeFromPreviousUpload(previous);
        made.start();
      })
      .catch(reject);
  });
  return { done, stop: () => void upload?.abort() };
}

/** The server's own words where it has said something: no role, no space. */
function errorOf(error: Error | tus.DetailedError): Error {
  const response = 'originalResponse' in error ? error.originalResponse : undefined;
  if (response === null || response === undefined) return new Error(`The upload broke: ${error.message}`);
  return answeredError(response.getStatus(), response.getBody());
}
