/** Where the file is dropped or chosen, and how much of it the server has. */
import { useState, type DragEvent, type ReactNode } from 'react';
import { formatBytes } from '@rollcall/client/format';
import { Icon } from '../../ui/icons.tsx';
import type { TaskUpload } from './use-upload.ts';

export function FileDrop({
  upload,
  onFile,
}: {
  readonly upload: TaskUpload;
  readonly onFile: (file: File) => void;
}): ReactNode {
  const [isOver, setOver] = useState(false);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file !== undefined) onFile(file);
  };
  return (
    <div
      className={isOver ? 'file-drop file-drop-over' : 'file-drop'}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <label className="button">
        <Icon name="file" /> {upload.file === undefined ? 'Choose a file' : 'Another file'}
        <input
          type="file"
          className="visually-hidden"
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file !== undefined) onFile(file);
          }}
        />
      </label>
      {upload.file === undefined ? (
        <span className="muted">or drop it here. A folder goes by the command line, as one archive.</span>
      ) : (
        <Progress upload={upload} file={upload.file} />
      )}
    </div>
  );
}

function Progress({ upload, file }: { readonly upload: TaskUpload; readonly file: File }): ReactNode {
  const { sent, isDone, failure } = upload;
  return (
    <div className="grow">
      <div>
        <strong>{file.name}</strong> <span className="muted">{formatBytes(file.size)}</span>
      </div>
      {failure === undefined ? (
        <div className="row small">
          <progress max={Math.max(1, file.size)} value={isDone ? Math.max(1, file.size) : sent} aria-label="Uploaded" />
          <span role="status">{isDone ? 'uploaded' : `${formatBytes(sent)} uploaded`}</span>
        </div>
      ) : (
        <p className="failure small" role="alert">
          {failure}{' '}
          <button type="button" className="link-button" onClick={() => upload.take(file)}>
            Go on
          </button>
        </p>
      )}
    </div>
  );
}
