/** Where the file or folder is dropped or chosen, and how much of it the server has. */
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { formatBytes } from '@rollcall/client/format';
import { readChosen, readDropped, type ContentSource } from '../../live/read-dropped.ts';
import { messageOf } from '../../session/client.ts';
import { Icon } from '../../ui/icons.tsx';
import { Failure } from '../../ui/parts.tsx';
import { useFileDrag } from './use-file-drag.ts';
import type { TaskUpload } from './use-upload.ts';

interface FileDropProps {
  readonly upload: TaskUpload;
  readonly onSource: (source: ContentSource) => void;
}

export function FileDrop({ upload, onSource }: FileDropProps): ReactNode {
  const [problem, setProblem] = useState<string>();
  const { source } = upload;
  // Only what was given last counts, and nothing that is looked through when the page is left.
  const turn = useRef(0);
  useEffect(() => () => void (turn.current += 1), []);
  const take = async (read: () => ContentSource | Promise<ContentSource>): Promise<void> => {
    const mine = ++turn.current;
    setProblem(undefined);
    try {
      const given = await read();
      if (mine === turn.current) onSource(given);
    } catch (error) {
      if (mine === turn.current) setProblem(messageOf(error));
    }
  };
  const isOver = useFileDrag((data) => void take(() => readDropped(data)));
  return (
    <div className={isOver ? 'file-drop file-drop-over' : 'file-drop'}>
      <label className="button">
        <Icon name="file" /> {source === undefined ? 'Choose a file' : 'Another file'}
        <input
          type="file"
          className="visually-hidden"
          onChange={({ target: { files } }) => {
            const file = files?.[0];
            if (file !== undefined) void take(() => ({ file, form: 'file' }));
          }}
        />
      </label>
      <label className="button">
        {source === undefined ? 'or a folder' : 'Another folder'}
        <input
          type="file"
          webkitdirectory=""
          className="visually-hidden"
          onChange={({ target: { files } }) => void take(() => readChosen([...(files ?? [])]))}
        />
      </label>
      {source === undefined ? (
        <span className="muted">or drop it here. A folder travels as one archive.</span>
      ) : (
        <Progress upload={upload} source={source} />
      )}
      {problem !== undefined && <Failure error={problem} />}
    </div>
  );
}

function Progress({ upload, source }: { readonly upload: TaskUpload; readonly source: ContentSource }): ReactNode {
  const { sent, isDone, failure } = upload;
  const { file, form } = source;
  return (
    <div className="grow">
      <div>
        <strong>{file.name}</strong>{' '}
        <span className="muted">
          {form === 'tree' && 'folder, '}
          {formatBytes(file.size)}
        </span>
      </div>
      {failure === undefined ? (
        <div className="row small">
          <progress max={Math.max(1, file.size)} value={isDone ? Math.max(1, file.size) : sent} aria-label="Uploaded" />
          <span role="status">{isDone ? 'uploaded' : `${formatBytes(sent)} uploaded`}</span>
        </div>
      ) : (
        <Failure error={failure}>
          <button type="button" className="link-button" onClick={() => upload.take(source)}>
            Go on
          </button>
        </Failure>
      )}
    </div>
  );
}
