import type { ReactNode } from 'react';

/** A column's head. `number`: to the right; `unseen`: there is nothing to say to the eye. */
type Column = string | { readonly title: string; readonly kind: 'number' | 'unseen' };

/** The buttons of a row. */
export const ACTIONS: Column = { title: 'Actions', kind: 'unseen' };

interface ScrollTableProps {
  readonly label: string;
  readonly columns: readonly Column[];
  readonly className?: string;
  /** The rows. */
  readonly children: ReactNode;
}

/** A table that scrolls by itself where it is wider than the page, by keyboard too. */
export function ScrollTable({ label, columns, className, children }: ScrollTableProps): ReactNode {
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={label}>
      <table className={className}>
        <thead>
          <tr>{columns.map(headOf)}</tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

function headOf(column: Column): ReactNode {
  if (typeof column === 'string') {
    return (
      <th key={column} scope="col">
        {column}
      </th>
    );
  }
  const { title, kind } = column;
  return (
    <th key={title} scope="col" className={kind === 'number' ? 'number' : undefined}>
      {kind === 'unseen' ? <span className="visually-hidden">{title}</span> : title}
    </th>
  );
}
