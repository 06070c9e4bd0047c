/** Resumable uploads by tus, over the operators' door. Who may upload is decided before a request gets here. */
import { Server } from '@tus/server';
import { limits } from '@rollcall/api';
import type { FileContentRoom } from './file-content-room.ts';

const UPLOADS_PATH = '/v1/uploads';

export function createUploadServer(room: FileContentRoom): Server {
  return new Server({
    path: UPLOADS_PATH,
    datastore: room.uploadStore,
    maxSize: limits.OBJECT_BYTES_MAX,
    relativeLocation: true,
    // Uploads are looked at by POST, HEAD and PATCH only: nobody reads them back.
    disableTerminationForFinishedUploads: true,
    onResponseError: (_request, error) => {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOSPC' || code === 'EDQUOT') return { status_code: 507, body: "the server's disk is full\n" };
      return undefined;
    },
  });
}
