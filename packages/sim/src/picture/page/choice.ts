// What of a run is shown: kinds and machines that a reader left in.

import type { Fault, Mark, Message, Run } from "./run.ts";

/** What can be left out. Lives, pauses and violations can't. */
export const kinds = ["messages", "connections", "disk", "faults", "bites", "notes"] as const;

/** One of them. */
export type Kind = (typeof kinds)[number];

/** What is left out. */
export interface Filter {
  readonly kinds: ReadonlySet<Kind>;
  /** By their index. */
  readonly machines: ReadonlySet<number>;
}

/** What is left to draw. */
export interface Choice {
  readonly messages: readonly Message[];
  /** For each message the latest arrival up to it: what comes into view is found by halving. */
  readonly arrivedMsMax: Float64Array;
  readonly marks: readonly Mark[];
  readonly faults: readonly Fault[];
  /** When something shown happens, ascending. */
  readonly timesMs: Float64Array;
}

const kindOf = {
  connect: "connections",
  close: "connections",
  disk: "disk",
  bite: "bites",
  note: "notes",
  violation: null,
} as const;

/** Leaves out what the filter says. */
export function choose(run: Run, filter: Filter): Choice {
  const isShown = (column: number): boolean => !filter.machines.has(column);
  const messages = run.messages.filter(
    ({ from, to }) => !filter.kinds.has("messages") && isShown(from) && isShown(to),
  );
  const marks = run.marks.filter(({ type, column }) => {
    const kind = kindOf[type];
    return isShown(column) && (kind === null || !filter.kinds.has(kind));
  });
  const faults = run.faults.filter(
    ({ columns }) => !filter.kinds.has("faults") && (columns === null || columns.some(isShown)),
  );
  const timesMs = Float64Array.from([
    ...messages.flatMap(({ sentMs, arrivedMs }) => [sentMs, Math.min(arrivedMs, run.endMs)]),
    ...marks.map(({ atMs }) => atMs),
    ...[...faults, ...run.lives, ...run.pauses].flatMap(({ fromMs, toMs }) => [fromMs, toMs]),
  ]).sort();
  let arrivedMs = Number.NEGATIVE_INFINITY;
  const arrivedMsMax = Float64Array.from(messages, (message) => {
    arrivedMs = Math.max(arrivedMs, message.arrivedMs);
    return arrivedMs;
  });
  return { messages, arrivedMsMax, marks, faults, timesMs };
}
