import type { CSSProperties, ReactNode } from 'react';

/** A column's head. `number`: to the right; `unseen`: there is nothing to say to the eye. */
type Column = string | { readonly title: string; readonly kind: 'number' | 'unseen' };

/** The buttons of a row. */
export const ACTIONS: Column = { title: 'Actions', kind: 'unseen' };

interface ScrollTableProps {
  readonly label: string;
  readonly columns: readonly Column[];
  readonly className?: string;
  /** Each row is a card where the table has no room: its first cell on top, its buttons beside that, the rest below with their heads. */
  readonly asCards?: boolean;
  /** The rows. */
  readonly children: ReactNode;
}

/** A table that scrolls by itself where it is wider than the page, by keyboard too. */
export function ScrollTable({ label, columns, className, asCards = false, children }: ScrollTableProps): ReactNode {
  return (
    <div className="table-scroll" tabIndex={0} role="group" aria-label={label}>
      <table className={asCards ? 'cards' : className} style={asCards ? headsOf(columns) : undefined}>
        <thead>
          <tr>{columns.map(headOf)}</tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

/** For the style sheet, which says them in the cards: `--head-1`, `--head-2` and so on. */
function headsOf(columns: readonly Column[]): CSSProperties {
  const heads = columns.map((column, index) => [`--head-${index + 1}`, JSON.stringify(titleOf(column))]);
  return Object.fromEntries(heads) as CSSProperties;
}

function titleOf(column: Column): string {
  return typeof column === 'string' ? column : column.title;
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
