/** Uploads a file or a stream to the server in resumable pieces (tus), and has content made of it. */
import { Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import type { ContentDescription, ContentEncoding } from '@rollcall/api';
import { answeredError } from '@rollcall/client';
import * as tus from 'tus-js-client';
import { CommandError, EXIT } from '../exit-code.ts';
import { asCommandError, type ApiClient } from './api-client.ts';

/** A piece: large enough to keep a fast link busy, small enough that a broken connection costs little. */
const PIECE_BYTES = 16 * 1024 * 1024;

/** The server encrypts and hashes all of it before it answers: 16 TiB at 200 MB/s take a day. */
const INGEST_MS_MAX = 24 * 3_600_000;

export interface UploadSource {
  readonly stream: Readable;
  /** Undefined: not known before the end (a tree that is packed while it is sent). */
  readonly size: number | undefined;
}

export async function uploadContent(
  client: ApiClient,
  source: UploadSource,
  encoding: ContentEncoding,
  onProgress: (sent: number, total: number | undefined) => void,
): Promise<ContentDescription> {
  const uploadUrl = await upload(client, source, onProgress);
  const uploadId = new URL(uploadUrl, client.connection.url).pathname.split('/').at(-1) ?? '';
  return client.patient(INGEST_MS_MAX).call('createContent', { body: { uploadId, encoding } });
}

function upload(
  client: ApiClient,
  source: UploadSource,
  onProgress: (sent: number, total: number | undefined) => void,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const transfer = new tus.Upload(source.stream, {
      endpoint: new URL('/v1/uploads', client.connection.url).href,
      headers: client.headers,
      chunkSize: PIECE_BYTES,
      retryDelays: [0, 1000, 3000, 10_000],
      onShouldRetry: (error) => isPassing(error.originalResponse?.getStatus()),
      httpStack: new tus.DefaultHttpStack({ agent: new HttpsAgent({ ...client.connection.tls, keepAlive: true }) }),
      ...(source.size === undefined ? { uploadLengthDeferred: true } : { uploadSize: source.size }),
      onProgress: (sent) => onProgress(sent, source.size),
      onError: (error) => reject(uploadError(error)),
      onSuccess: () => {
        if (transfer.url === null) reject(new CommandError(EXIT.failed, 'the upload has no address'));
        else resolve(transfer.url);
      },
    });
    // A source that cannot be read any further leaves nothing at the server; what it cannot take back expires there.
    source.stream.once('error', (error) => {
      transfer.abort(true).catch(() => undefined);
      reject(error instanceof CommandError ? error : new CommandError(EXIT.failed, error.message, { cause: error }));
    });
    transfer.start();
  });
}

/** A broken connection, or a server that is busy; not one that has said why it refuses, or that its disk is full. */
function isPassing(status: number | undefined): boolean {
  if (status === undefined) return true;
  return status === 409 || status === 423 || status === 429 || (status >= 500 && status !== 507);
}

/** The server's own words where it has said something: no role, no space. */
function uploadError(error: Error | tus.DetailedError): unknown {
  const response = 'originalResponse' in error ? error.originalResponse : undefined;
  if (response !== null && response !== undefined)
    return asCommandError(answeredError(response.getStatus(), response.getBody()));
  return new CommandError(EXIT.failed, `the upload failed: ${error.message}`, { cause: error });
}
