// How verdicts speak of operations, values and lists.

/** An operation by its place in the history. */
export function operationName(operation: number): string {
  return `T${operation}`;
}

const valuesShownMax = 12;

/** A value as people write it. */
export function quote(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A list as people write it; of a long one, the end. */
export function quoteList(list: readonly unknown[] | null): string {
  if (list === null) return "[]";
  const left = list.length - valuesShownMax;
  const shown = left > 0 ? ["...", ...list.slice(left)] : list;
  return `[${shown.map(quote).join(" ")}]`;
}
