// Peterson's lock for two processes, line by line, as in "Myths about the mutual
// exclusion problem", 1981.

import type { Model } from "../src/explore/index.ts";

type Line = "idle" | "second" | "wait" | "inside";

/** Where both processes are, and what they share. */
export interface PetersonState {
  readonly lines: readonly [Line, Line];
  readonly flags: readonly [boolean, boolean];
  readonly turn: 0 | 1;
}

/** `flagFirst`: whether a process raises its flag before it gives the turn away, as it must. */
export function peterson({ flagFirst }: { flagFirst: boolean }): Model<PetersonState, 0 | 1> {
  return {
    initial: [{ lines: ["idle", "idle"], flags: [false, false], turn: 0 }],
    actions: (state) => ([0, 1] as const).filter((process) => mayMove(state, process)),
    next: (state, process) => move(state, process, flagFirst),
    fingerprint: ({ lines, flags, turn }) => [...lines, ...flags, turn].join(" "),
    invariants: { "PL1 one at a time": ({ lines }) => lines.some((line) => line !== "inside") },
    endings: { "PL2 somebody can always move": () => false },
    goals: {
      "the first is inside": ({ lines }) => lines[0] === "inside",
      "the second is inside while the first waits": ({ lines }) => lines.join() === "wait,inside",
    },
    describe: (before, process, after) =>
      `${process}: ${before.lines[process]} -> ${after?.lines[process]}`,
  };
}

function mayMove({ lines, flags, turn }: PetersonState, process: 0 | 1): boolean {
  return lines[process] !== "wait" || !flags[1 - process] || turn === process;
}

function move(state: PetersonState, process: 0 | 1, flagFirst: boolean): PetersonState {
  const raise = { flags: put(state.flags, process, true) };
  const giveAway = { turn: process === 0 ? 1 : 0 } as const;
  switch (state.lines[process]) {
    case "idle":
      return {
        ...state,
        ...(flagFirst ? raise : giveAway),
        lines: put(state.lines, process, "second"),
      };
    case "second":
      return {
        ...state,
        ...(flagFirst ? giveAway : raise),
        lines: put(state.lines, process, "wait"),
      };
    case "wait":
      return { ...state, lines: put(state.lines, process, "inside") };
    case "inside":
      return {
        ...state,
        lines: put(state.lines, process, "idle"),
        flags: put(state.flags, process, false),
      };
  }
}

function put<T>(pair: readonly [T, T], process: 0 | 1, value: T): readonly [T, T] {
  return process === 0 ? [value, pair[1]] : [pair[0], value];
}
