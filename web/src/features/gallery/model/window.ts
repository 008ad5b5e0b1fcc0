/** Which rows of an endless grid exist: those in the window and a few around it. */

export interface Layout {
  columns: number;
  /** Pixels from the top of one row to the top of the next. */
  rowHeight: number;
}

export interface Rows {
  /** The first item that exists, and the one after the last. */
  first: number;
  last: number;
  /** Pixels that stand for the rows that do not. */
  before: number;
  after: number;
}

/** Square cells, as many beside each other as fit at `least` pixels each. */
export function layoutOf(width: number, least: number, gap: number): Layout {
  const columns = Math.max(2, Math.floor((width + gap) / (least + gap)));
  const cell = Math.max(1, (width - gap * (columns - 1)) / columns);
  return { columns, rowHeight: cell + gap };
}

const SPARE_ROWS = 3;

/** `top`: pixels of the grid above the window (negative while the grid begins below its top). */
export function rowsIn(count: number, { columns, rowHeight }: Layout, top: number, height: number): Rows {
  const rows = Math.ceil(count / columns);
  const from = clamp(Math.floor(top / rowHeight) - SPARE_ROWS, 0, rows);
  const to = clamp(Math.ceil((top + height) / rowHeight) + SPARE_ROWS, from, rows);
  return {
    first: from * columns,
    last: Math.min(count, to * columns),
    before: from * rowHeight,
    after: (rows - to) * rowHeight,
  };
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** Where an arrow leads from an item; null for other keys. */
export function moved(index: number, key: string, count: number, columns: number): number | null {
  const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, PageUp: -4 * columns, PageDown: 4 * columns };
  const step = steps[key];
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  if (step === undefined) return null;
  const next = index + step;
  if (Math.abs(step) === columns && (next < 0 || next >= count)) return index;
  return clamp(next, 0, count - 1);
}
