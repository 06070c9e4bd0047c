/** Resumable uploads by tus, over the operators' door. Who may upload is decided before a request gets here. */
import { Server } from '@tus/server';
import { limits } from '@rollcall/api';
import type { FileContentRoom } from './file-content-room.ts';

const UPLOADS_PATH = '/v1/uploads';

/** In the form that the upload library answers with. */
const NO_SPACE = { status_code: 507, body: "the server's disk is full\n" };

export function createUploadServer(room: FileContentRoom): Server {
  return new Server({
    path: UPLOADS_PATH,
    datastore: room.uploadStore,
    maxSize: limits.OBJECT_BYTES_MAX,
    relativeLocation: true,
    // Pages of other origins have no business here: they get no word of CORS.
    allowedOrigins: () => false,
    // Uploads are looked at by POST, HEAD and PATCH only: nobody reads them back.
    disableTerminationForFinishedUploads: true,
    // Before the bytes come: a client that is refused in the middle of them often hears only that the connection broke.
    onUploadCreate: async (_request, upload) => {
      if (upload.size !== undefined && upload.size > (await room.freeBytes())) throw NO_SPACE;
      return {};
    },
    onResponseError: async (request, error) => {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOSPC' && code !== 'EDQUOT') return undefined;
      // What came so far is given back at once: the database needs the space, and the upload cannot be finished.
      await room.discardUpload(new URL(request.url).pathname.split('/').at(-1) ?? '');
      return NO_SPACE;
    },
  });
}
