// What of a history every judge of transactions needs: who, when, and what came of it, as
// columns; and refusal of what is no history.

import { HoldfastError } from "@holdfast/std";
import { IntColumn } from "../graph/int_column.ts";
import type { Times } from "../graph/time_order.ts";
import type { Operation } from "../history/operation.ts";
import { operationsMax } from "./transaction.ts";
import { ScalarTable } from "./value_table.ts";

export const answered = 0;
export const failed = 1;
export const unclear = 2;

/** Columns of operations, numbered by their places in the history. */
export class OperationTable {
  readonly outcome = new IntColumn(1024);
  readonly process = new IntColumn(1024);
  readonly #processes = new ScalarTable();
  #invokedAt: Float64Array = new Float64Array(1024);
  #completedAt: Float64Array = new Float64Array(1024);

  get size(): number {
    return this.outcome.size;
  }

  /** Adds an operation, and answers its number. @throws {HoldfastError} where it is none. */
  add(operation: Operation): number {
    const number = this.size;
    if (number >= operationsMax) {
      throw new HoldfastError("too_large", `more than ${operationsMax} operations`);
    }
    if (typeof operation !== "object" || operation === null) {
      throw new HoldfastError("invalid_argument", `operation ${number} is no operation`);
    }
    const { invokedAt, completedAt } = operation;
    this.outcome.push(outcomeCode(operation.outcome, number));
    this.process.push(this.#processes.code(operation.process, this));
    this.#setTimes(number, invokedAt, completedAt);
    return number;
  }

  /** Of which process the newest operation is, for an error. */
  where(): string {
    return `operation ${this.size - 1}, process`;
  }

  isAnswered(operation: number): boolean {
    return this.outcome.at(operation) === answered;
  }

  processName(operation: number): string {
    return String(this.#processes.scalar(this.process.at(operation)));
  }

  /** When each began and was over; of what is unclear, nobody knows when it was over. */
  times(): Times {
    return {
      invokedAt: this.#invokedAt.subarray(0, this.size),
      completedAt: this.#completedAt.subarray(0, this.size),
      took: (operation) => this.outcome.at(operation) !== failed,
    };
  }

  #setTimes(number: number, invokedAt: number, completedAt: number): void {
    if (!(invokedAt <= completedAt)) {
      throw new HoldfastError(
        "invalid_argument",
        `operation ${number}: asked for at ${invokedAt} and answered at ${completedAt}`,
      );
    }
    if (number === this.#invokedAt.length) {
      this.#invokedAt = doubled(this.#invokedAt);
      this.#completedAt = doubled(this.#completedAt);
    }
    this.#invokedAt[number] = invokedAt;
    this.#completedAt[number] = this.isAnswered(number) ? completedAt : Infinity;
  }
}

function outcomeCode(outcome: unknown, number: number): number {
  if (outcome === "ok") return answered;
  if (outcome === "fail") return failed;
  if (outcome === "info") return unclear;
  const sentence = `operation ${number}: the outcome is ok, fail or info, not ${String(outcome)}`;
  throw new HoldfastError("invalid_argument", sentence);
}

function doubled(column: Float64Array): Float64Array {
  const larger = new Float64Array(column.length * 2);
  larger.set(column);
  return larger;
}
