// Builds a history from what happens, one event after the other.

import { HoldfastError } from "@holdfast/std";
import type { History, Operation, Outcome } from "./operation.ts";

/** An operation that was asked for and not answered yet. */
interface Open<Input> {
  readonly place: number;
  readonly input: Input;
  readonly invokedAt: number;
}

/**
 * Collects a history. Events come in the order in which they happened; those without
 * a time are numbered.
 *
 * @example
 * const builder = new HistoryBuilder<string, number>();
 * builder.invoke("ann", "read");
 * builder.ok("ann", 1);
 * builder.build(); // one operation, from 0 to 1
 */
export class HistoryBuilder<Input = unknown, Output = unknown> {
  // Where an operation is open, its place is kept for it.
  readonly #operations: (Operation<Input, Output> | null)[] = [];
  readonly #open = new Map<string, Open<Input>>();
  #nowAt = Number.NEGATIVE_INFINITY;
  #count = 0;

  /**
   * `process` asks for something.
   *
   * @throws {HoldfastError} `invalid_argument` where it waits for an answer, or where
   *   `at` is before an earlier event.
   */
  invoke(process: string, input: Input, at?: number): void {
    if (this.#open.has(process)) {
      throw new HoldfastError("invalid_argument", `process ${process} waits for an answer`);
    }
    const invokedAt = this.#time(at);
    this.#open.set(process, { place: this.#operations.length, input, invokedAt });
    this.#operations.push(null);
  }

  /** It happened, and this was answered. @throws As {@link invoke}, and where nothing was asked for. */
  ok(process: string, output: Output, at?: number): void {
    this.#complete(process, "ok", output, at);
  }

  /** It certainly did not happen. @throws As {@link ok}. */
  fail(process: string, at?: number): void {
    this.#complete(process, "fail", undefined, at);
  }

  /** Nobody knows whether it happened, or ever will. @throws As {@link ok}. */
  info(process: string, at?: number): void {
    this.#complete(process, "info", undefined, at);
  }

  /** The history. What was not answered is `info`. */
  build(): History<Input, Output> {
    const operations = [...this.#operations];
    for (const [process, open] of this.#open) {
      operations[open.place] = operationOf<Input, Output>(
        process,
        open,
        "info",
        undefined,
        Infinity,
      );
    }
    return operations as Operation<Input, Output>[];
  }

  #complete(process: string, outcome: Outcome, output: Output | undefined, at?: number): void {
    const open = this.#open.get(process);
    if (open === undefined) {
      throw new HoldfastError("invalid_argument", `process ${process} did not ask for anything`);
    }
    const time = this.#time(at);
    const completedAt = outcome === "info" ? Infinity : time;
    this.#open.delete(process);
    this.#operations[open.place] = operationOf(process, open, outcome, output, completedAt);
  }

  #time(at: number | undefined): number {
    const time = at ?? this.#count;
    if (!(time >= this.#nowAt)) {
      throw new HoldfastError(
        "invalid_argument",
        `an event at ${time} comes after one at ${this.#nowAt}`,
      );
    }
    this.#count += 1;
    this.#nowAt = time;
    return time;
  }
}

function operationOf<Input, Output>(
  process: string,
  { input, invokedAt }: Open<Input>,
  outcome: Outcome,
  output: Output | undefined,
  completedAt: number,
): Operation<Input, Output> {
  return { process, input, outcome, output, invokedAt, completedAt };
}
