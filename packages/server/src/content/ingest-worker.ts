/** Worker thread: makes content of one upload, so that gigabytes do not hold up the server's own thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { cutContent, digestOf, type ContentEncryption, type CutContent } from './cut-content.ts';

export interface IngestOrder {
  readonly path: string;
  readonly encryption: ContentEncryption | undefined;
  /** Digests of what is stored already: an upload that is one of them is not encrypted once more. */
  readonly storedDigests: readonly string[];
}

export type Ingested = CutContent | { readonly storedDigest: string };

const { path, encryption, storedDigests } = workerData as IngestOrder;
const digest = storedDigests.length === 0 ? undefined : digestOf(path);
if (digest !== undefined && storedDigests.includes(digest)) {
  answer({ storedDigest: digest }, []);
} else {
  const cut = cutContent(path, encryption);
  answer(cut, [cut.leafTable.buffer as ArrayBuffer]);
}

function answer(ingested: Ingested, transferred: ArrayBuffer[]): void {
  parentPort?.postMessage(ingested, transferred);
}
