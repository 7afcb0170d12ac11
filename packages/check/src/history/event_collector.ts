// Puts the events of a log together to operations: who called, and what came of it.
//
// Readers of all formats end here. An event's time is the number of its line: logs are
// written in the order in which things happened, whatever their clocks say.

import { lineError } from "./lines.ts";
import type { History, Operation, Outcome } from "./operation.ts";

/** An operation without its end. */
interface Call<Input> {
  readonly place: number;
  readonly input: Input;
  readonly line: number;
}

/** Collects the events of a log into a history, by the order of calls. */
export class EventCollector<Input, Output> {
  readonly #operations: (Operation<Input, Output> | null)[] = [];
  readonly #open = new Map<string, Call<Input>>();

  /** `process` asks for something at `line`. @throws `corrupt` where it waits for an answer. */
  invoke(process: string, input: Input, line: number): void {
    const open = this.#open.get(process);
    if (open !== undefined) {
      const reason = `process ${process} waits for an answer to line ${open.line}`;
      throw lineError("corrupt", line, reason);
    }
    this.#open.set(process, { place: this.#operations.length, input, line });
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
   * What `process` asked for ended at `line`.
   *
   * @throws `corrupt` where it asked for nothing.
   */
  complete(
    process: string,
    { outcome, output }: { readonly outcome: Outcome; readonly output?: Output | undefined },
    line: number,
  ): void {
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
      invokedAt: call.line,
      completedAt: outcome === "info" ? Number.POSITIVE_INFINITY : line,
    };
  }

  /** An operation whose call nobody wrote down ended at `line`. */
  completeOnly(
    operation: Pick<Operation<Input, Output>, "process" | "input" | "outcome" | "output">,
    line: number,
  ): void {
    const { outcome } = operation;
    this.#operations.push({
      ...operation,
      output: outcome === "ok" ? operation.output : undefined,
      invokedAt: Number.NEGATIVE_INFINITY,
      completedAt: outcome === "info" ? Number.POSITIVE_INFINITY : line,
    });
  }

  /** The history. What did not end is `info`. */
  history(): History<Input, Output> {
    const operations = [...this.#operations];
    for (const [process, { place, input, line }] of this.#open) {
      operations[place] = {
        process,
        input,
        outcome: "info",
        output: undefined,
        invokedAt: line,
        completedAt: Number.POSITIVE_INFINITY,
      };
    }
    return operations as Operation<Input, Output>[];
  }
}
