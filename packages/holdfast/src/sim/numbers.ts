// Numbers as people read them.

/** `12,345`; with a decimal where it is below 10. */
export function count(value: number): string {
  const digits = value < 10 && !Number.isInteger(value) ? 1 : 0;
  return value.toLocaleString("en-US", { maximumFractionDigits: digits });
}

/** `1 seed`, `12,345 seeds`. */
export function many(value: number, one: string): string {
  return `${count(value)} ${one}${value === 1 ? "" : "s"}`;
}

/** Names and counts on one line: `written 120, saved 98`. */
export function listed(counts: Iterable<readonly [string, number]>): string {
  return [...counts].map(([name, value]) => `${name} ${count(value)}`).join(", ") || "nothing";
}
