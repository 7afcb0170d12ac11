// Where the machines stand: beside the margin, side by side, in equal widths.

/** Where things lie from left to right, in pixels of the whole diagram. */
export interface Columns {
  /** The margin has the times, and then the test's own notes. It does not scroll. */
  readonly marginPx: number;
  /** Where the notes begin. */
  readonly notesPx: number;
  readonly columnPx: number;
  /** For each machine where its column is, from 0; -1 where it is hidden. */
  readonly places: readonly number[];
  /** Of the whole diagram. */
  readonly widthPx: number;
}

/** What the columns depend on. */
export interface ColumnsOptions {
  /** What there is room for. */
  readonly widthPx: number;
  readonly machineCount: number;
  readonly hidden: ReadonlySet<number>;
  /** Whether the margin has notes to show. */
  readonly hasNotes: boolean;
}

const timesPx = 78;
const narrowTimesPx = 60;
const narrowPx = 640;

/** Shares the room out; where there is too little, the diagram is wider than that. */
export function layOutColumns(options: ColumnsOptions): Columns {
  const { widthPx, machineCount, hidden, hasNotes } = options;
  const isNarrow = widthPx < narrowPx;
  const notesPx = isNarrow ? narrowTimesPx : timesPx;
  const marginPx = notesPx + (hasNotes ? (isNarrow ? 22 : 168) : 0);
  let shown = 0;
  const places = Array.from({ length: machineCount }, (_, machine) => {
    if (hidden.has(machine)) return -1;
    shown += 1;
    return shown - 1;
  });
  const columnPxMin = isNarrow ? 62 : 96;
  const columnPx = Math.max(columnPxMin, Math.floor((widthPx - marginPx) / Math.max(1, shown)));
  return { marginPx, notesPx, columnPx, places, widthPx: marginPx + columnPx * shown };
}

/** The middle of a machine's column. */
export function middleOf(columns: Columns, machine: number): number {
  return columns.marginPx + columns.columnPx * (columns.places[machine]! + 0.5);
}
