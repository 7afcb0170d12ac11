// Rows of the table: one thing that was measured, of all peers; and how ours compares.

import type { Figures } from "./job.ts";
import type { Outcome } from "./rounds.ts";

export interface Row {
  readonly trace: string;
  /** `local`, `load to first edit`, `save, full history`... */
  readonly what: string;
  /** Of a time also whether it was the first one in its process. */
  readonly unit: "ms cold" | "ms warm" | "kB" | "MB";
  /** The highest ratio that is good enough; null where nothing is aimed at. */
  readonly aim: number | null;
  /** By peer; a word where there is no figure, and nothing where a library can't. */
  readonly cells: Readonly<Record<string, number | string>>;
}

/** Name of ours among the cells. */
export const own = "holdfast";

/** The lowest figure but ours. */
export function bestOf({ cells }: Row): { readonly peer: string; readonly value: number } | null {
  let best: { peer: string; value: number } | null = null;
  for (const [peer, value] of Object.entries(cells)) {
    if (peer === own || typeof value !== "number") continue;
    if (best === null || value < best.value) best = { peer, value };
  }
  return best;
}

/** Ours over the best peer's: below 1, ours is better. Null where one of them is missing. */
export function ratioOf(row: Row): number | null {
  const ours = row.cells[own];
  const best = bestOf(row);
  if (typeof ours !== "number" || best === null || best.value <= 0) return null;
  return ours / best.value;
}

/** All ratios by name, such as `automerge-paper.local.cold`. */
export function ratiosOf(rows: readonly Row[]): Record<string, number> {
  const ratios: Record<string, number> = {};
  for (const row of rows) {
    const ratio = ratioOf(row);
    const unit = row.unit.replace("ms ", "");
    const name = `${row.trace}.${row.what}.${unit}`.replaceAll(" ", "-");
    if (ratio !== null) ratios[name] = Number(ratio.toPrecision(3));
  }
  return ratios;
}

/** One row of a figure, taken from each peer's outcome: the least where there are several ways. */
export function rowOf(
  head: Omit<Row, "cells">,
  ways: readonly ReadonlyMap<{ readonly name: string }, Outcome>[],
  figureOf: (figures: Figures) => number | undefined,
): Row {
  const cells: Record<string, number | string> = {};
  for (const outcomes of ways) {
    for (const [{ name }, { figures, failure }] of outcomes) {
      const value = figures === null ? undefined : figureOf(figures);
      const before = cells[name];
      if (value !== undefined) {
        cells[name] = typeof before === "number" ? Math.min(before, value) : value;
      } else if (failure !== null && before === undefined) cells[name] = failure;
    }
  }
  return { ...head, cells };
}
