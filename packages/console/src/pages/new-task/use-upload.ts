/** The content of the new task: its upload begins as soon as it is there, while the rest is filled in. */
import { useEffect, useRef, useState } from 'react';
import type { ContentSource } from '../../live/read-dropped.ts';
import { startUpload, type UploadHandle } from '../../live/upload.ts';
import { messageOf } from '../../session/client.ts';

export interface TaskUpload {
  readonly source: ContentSource | undefined;
  readonly sent: number;
  readonly isDone: boolean;
  readonly failure: string | undefined;
  readonly take: (source: ContentSource) => void;
  /** The upload's id, once all of it is there. */
  readonly finished: () => Promise<string>;
}

export function useUpload(): TaskUpload {
  const handle = useRef<UploadHandle>(undefined);
  const [source, setSource] = useState<ContentSource>();
  const [sent, setSent] = useState(0);
  const [isDone, setDone] = useState(false);
  const [failure, setFailure] = useState<string>();
  useEffect(() => () => handle.current?.stop(), []);
  const take = (next: ContentSource): void => {
    handle.current?.stop();
    setSource(next);
    setSent(0);
    setDone(false);
    setFailure(undefined);
    const started = startUpload(next, (bytes) => handle.current === started && setSent(bytes));
    handle.current = started;
    started.done.then(
      () => handle.current === started && setDone(true),
      (error: unknown) => handle.current === started && setFailure(messageOf(error)),
    );
  };
  const finished = (): Promise<string> => {
    if (failure !== undefined && source !== undefined) take(source);
    return handle.current?.done ?? Promise.reject(new Error('there is no file'));
  };
  return { source, sent, isDone, failure, take, finished };
}
