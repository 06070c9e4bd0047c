/** Where the roll's cells are: as large as fit, so that ten devices are tiles and ten thousand are dots. */
export interface RollLayout {
  /** Pixels of a cell, and from one to the next. */
  readonly cell: number;
  readonly pitch: number;
  readonly columns: number;
  readonly rows: number;
  readonly height: number;
}

const CELL_MAX = 26;
const CELL_MIN = 5;

export function layOutRoll(count: number, width: number, heightWanted: number): RollLayout {
  for (let cell = CELL_MAX; ; cell -= 1) {
    const gap = cell >= 16 ? 3 : cell >= 9 ? 2 : 1;
    const pitch = cell + gap;
    const columns = Math.max(1, Math.floor((width + gap) / pitch));
    const rows = Math.ceil(count / columns);
    const height = Math.max(cell, rows * pitch - gap);
    if (height <= heightWanted || cell === CELL_MIN) return { cell, pitch, columns, rows, height };
  }
}

export function placeOfCell({ pitch, columns }: RollLayout, index: number): { readonly x: number; readonly y: number } {
  return { x: (index % columns) * pitch, y: Math.floor(index / columns) * pitch };
}

/** The cell at a point, or undefined between and behind them. */
export function cellAt({ pitch, columns }: RollLayout, count: number, x: number, y: number): number | undefined {
  const column = Math.floor(x / pitch);
  const row = Math.floor(y / pitch);
  if (column < 0 || row < 0 || column >= columns) return undefined;
  const index = row * columns + column;
  return index < count ? index : undefined;
}
