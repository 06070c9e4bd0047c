/** Worker thread: hashes one file and answers with its description, so that gigabytes do not hold up the server's own thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { hashContent } from './hash-content.ts';

const { path } = workerData as { readonly path: string };
const hashed = hashContent(path);
parentPort?.postMessage(hashed, [hashed.leafTable.buffer as ArrayBuffer]);
