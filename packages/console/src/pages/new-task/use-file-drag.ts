/**
 * Files that are dragged over the page. All of the page takes them: a browser opens what is dropped beside the place for it,
 * and with the page goes whatever was filled in.
 */
import { useEffect, useRef, useState } from 'react';

/** @returns whether files are over the page now */
export function useFileDrag(onDrop: (data: DataTransfer) => void): boolean {
  const [isOver, setOver] = useState(false);
  const latest = useRef(onDrop);
  useEffect(() => {
    latest.current = onDrop;
  });
  useEffect(() => {
    const over = (event: DragEvent): void => {
      // A text is dragged into its field as ever.
      if (event.dataTransfer?.types.includes('Files') !== true) return;
      event.preventDefault();
      setOver(true);
    };
    // Between two elements of the page it leaves as well: then there is another one that it is over.
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      setOver(false);
      if (event.dataTransfer?.types.includes('Files') !== true) return;
      event.preventDefault();
      latest.current(event.dataTransfer);
    };
    const listening = new AbortController();
    addEventListener('dragover', over, listening);
    addEventListener('dragleave', leave, listening);
    addEventListener('drop', drop, listening);
    return () => listening.abort();
  }, []);
  return isOver;
}
