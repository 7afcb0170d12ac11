// Rows of integers in one typed array, `columns` each: a table without an object for a row.

/**
 * The place of the last row whose first column is at most `key`, among the first `count` of them, which
 * ascend by it, and the first of which is not above it. O(log count), O(1) for the last.
 */
export function findRow(rows: Int32Array, columns: number, count: number, key: number): number {
  let low = 0;
  let high = count - 1;
  if (rows[high * columns]! <= key) return high;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (rows[middle * columns]! <= key) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** `rows`, or where all of it is used a copy with as much room again. */
export function withRoom(rows: Int32Array<ArrayBuffer>, used: number): Int32Array<ArrayBuffer> {
  if (used < rows.length) return rows;
  const grown = new Int32Array(used * 2);
  grown.set(rows);
  return grown;
}
