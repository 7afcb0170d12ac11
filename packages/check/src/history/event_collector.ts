// Puts the events of a log together to operations: who called, and what came of it.
//
// Readers of all formats end here. Where a format gives no times, or times of clocks that
// contradict the order of its lines, an event's time is the number of its line.

import { lineError } from "./lines.ts";
import type { History, Operation, Outcome } from "./operation.ts";

/** Where an event stands, and when it was. */
export interface EventPlace {
  readonly line: number;
  readonly at: number;
}

/** An operation without its end. */
interface Call<Input> extends EventPlace {
  readonly place: number;
  readonly input: Input;
}

/** Collects the events of a log into a history, by the order of calls. */
export class EventCollector<Input, Output> {
  readonly #operations: (Operation<Input, Output> | null)[] = [];
  readonly #open = new Map<string, Call<Input>>();

  /** `process` asks for something. Of an event without a time, the line is one. @throws `corrupt` where it waits for an answer. */
  invoke(process: string, input: Input, where: number | EventPlace): void {
    const { line, at } = placeOf(where);
    const open = this.#open.get(process);
    if (open !== undefined) {
      const reason = `process ${process} waits for an answer to line ${open.line}`;
      throw lineError("corrupt", line, reason);
    }
    this.#open.set(process, { place: this.#operations.length, input, line, at });
    this.#operations.push(null);
  }

  /** What `process` asked for and waits for, or undefined. */
  input(process: string): Input | undefined {
    return this.#open.get(process)?.input;
  }

  /** Whether `process` waits for an answer. */
  isOpen(process: string): boolean {
    return this.#open.has(process);
  }

  /**
   * What `process` asked for ended.
   *
   * @throws `corrupt` where it asked for nothing.
   */
  complete(
    process: string,
    { outcome, output }: { readonly outcome: Outcome; readonly output?: Output | undefined },
    where: number | EventPlace,
  ): void {
    const { line, at } = placeOf(where);
    const call = this.#open.get(process);
    if (call === undefined) {
      throw lineError("corrupt", line, `process ${process} did not ask for anything`);
    }
    this.#open.delete(process);
    this.#operations[call.place] = {
      process,
      input: call.input,
      outcome,
      output: outcome === "ok" ? output : undefined,
      invokedAt: call.at,
      completedAt: outcome === "info" ? Number.POSITIVE_INFINITY : at,
    };
  }

  /** An operation whose call nobody wrote down ended. */
  completeOnly(
    operation: Pick<Operation<Input, Output>, "process" | "input" | "outcome" | "output">,
    where: number | EventPlace,
  ): void {
    const { at } = placeOf(where);
    const { outcome } = operation;
    this.#operations.push({
      ...operation,
      output: outcome === "ok" ? operation.output : undefined,
      invokedAt: Number.NEGATIVE_INFINITY,
      completedAt: outcome === "info" ? Number.POSITIVE_INFINITY : at,
    });
  }

  /** The history. What did not end is `info`. */
  history(): History<Input, Output> {
    const operations = [...this.#operations];
    for (const [process, { place, input, at }] of this.#open) {
      operations[place] = {
        process,
        input,
        outcome: "info",
        output: undefined,
        invokedAt: at,
        completedAt: Number.POSITIVE_INFINITY,
      };
    }
    return operations as Operation<Input, Output>[];
  }
}

function placeOf(where: number | EventPlace): EventPlace {
  return typeof where === "number" ? { line: where, at: where } : where;
}
