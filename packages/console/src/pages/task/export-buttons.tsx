import type { ReactNode } from 'react';
import type { TaskPicture } from '@rollcall/client/task';
import { csvOf, jsonOf } from '../../model/table-file.ts';

export function ExportButtons({ picture }: { readonly picture: TaskPicture }): ReactNode {
  const { name } = picture.head;
  return (
    <span className="row">
      <button
        type="button"
        className="button"
        onClick={() => save(`${name}.csv`, 'text/csv', csvOf(picture.deliveries))}
      >
        CSV
      </button>
      <button
        type="button"
        className="button"
        onClick={() => save(`${name}.json`, 'application/json', jsonOf(picture.deliveries))}
      >
        JSON
      </button>
    </span>
  );
}

/** The browser's own download, of what is in the page already. */
function save(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name.replaceAll(/[^\w.+-]+/g, '_');
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
