import type { OpenFuzzTarget } from './fuzz-target.ts';
import { openApiRequests } from './targets/api-requests.ts';
import { openArchive } from './targets/archive.ts';
import { openEventStream } from './targets/event-stream.ts';
import { openLeafBits } from './targets/leaf-bits.ts';
import { openLeafTable, openTrustedLeafTable } from './targets/leaf-table.ts';
import { openEnvelopeTarget, openManifestTarget } from './targets/manifest.ts';
import { openNormMessage } from './targets/norm-message.ts';
import { openProbeDatagram } from './targets/probe-datagram.ts';
import { openTaskJournal } from './targets/task-journal.ts';
import { openFileName, openQuantity, openRange, openSelector, openToken } from './targets/texts.ts';

/** Every decoder that takes bytes from outside. */
export const TARGETS: Readonly<Record<string, OpenFuzzTarget>> = {
  'norm-message': openNormMessage,
  'api-requests': openApiRequests,
  archive: openArchive,
  envelope: openEnvelopeTarget,
  manifest: openManifestTarget,
  'task-journal': openTaskJournal,
  'leaf-journal': openLeafBits,
  'leaf-table': openLeafTable,
  'trusted-leaf-table': openTrustedLeafTable,
  'probe-datagram': openProbeDatagram,
  'event-stream': openEventStream,
  selector: openSelector,
  token: openToken,
  quantity: openQuantity,
  'http-range': openRange,
  'cast-file-name': openFileName,
};
