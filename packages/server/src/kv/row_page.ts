// A page of rows for a client on the wire, of which no more is in memory.

import { type KeyRange, keyAfter, type Row, type Snapshot } from "@holdfast/store";
import { pageRowsMax, pageSizeBytesMax } from "@holdfast/store/remote";

/** Rows that are read from the store at once: values are up to 100 kB each. */
const stepRows = 64;

/** Rows from the front, or in reverse from the back, until the page is full. */
export async function rowPage(
  snapshot: Snapshot,
  range: KeyRange,
  { limitRows, reverse }: { readonly limitRows: number; readonly reverse: boolean },
): Promise<{ readonly rows: readonly Row[]; readonly isWhole: boolean }> {
  const rows: Row[] = [];
  const most = Math.min(limitRows, pageRowsMax);
  let sizeBytes = 0;
  let { start, end } = range;
  for (;;) {
    const wanted = Math.min(stepRows, most - rows.length);
    const found = await snapshot.range({ start, end }, { limitRows: wanted, reverse });
    for (const row of found) {
      rows.push(row);
      sizeBytes += row.key.length + row.value.length;
      if (sizeBytes >= pageSizeBytesMax) return { rows, isWhole: false };
    }
    if (found.length < wanted || rows.length >= limitRows) return { rows, isWhole: true };
    if (rows.length >= most) return { rows, isWhole: false };
    const last = rows.at(-1)!.key;
    if (reverse) end = last;
    else start = keyAfter(last);
  }
}
