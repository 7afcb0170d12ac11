// Operations and histories: who asked for what, when, and what came of it.
//
//   process 1   |---- write 1 ----|            ok
//   process 2        |---- read ------- ...    info: nobody knows whether it happened
//   process 3              |-- cas 1 2 --|     fail: it certainly did not happen
//
// A process does one operation at a time. Times are numbers that grow: milliseconds,
// or places in a log; only their order counts.

/** What is known of an operation, in Jepsen's words: it happened, it did not, or nobody knows. */
export type Outcome = "ok" | "fail" | "info";

/** One operation of a process. */
export interface Operation<Input = unknown, Output = unknown> {
  /** Who asked. */
  readonly process: string;
  readonly input: Input;
  readonly outcome: Outcome;
  /** What was answered; undefined where nothing was. */
  readonly output: Output | undefined;
  /** When it was asked for; -Infinity where nobody wrote that down. */
  readonly invokedAt: number;
  /** When it was answered; Infinity where it never was, and for `info`, which may still happen later. */
  readonly completedAt: number;
}

/** Operations by the order in which they were asked for, or were answered where only that is known. */
export type History<Input = unknown, Output = unknown> = readonly Operation<Input, Output>[];
