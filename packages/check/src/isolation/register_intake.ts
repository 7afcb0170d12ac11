// Reads a history of transactions on registers into columns, and looks meanwhile for what
// shows inside a single transaction.

import { HoldfastError } from "@holdfast/std";
import { answered } from "./operation_table.ts";
import { initial, type StepFault, StepTable } from "./step_table.ts";
import type { RegisterStep, TransactionOperation, Value } from "./transaction.ts";

/** The steps of a history of registers. */
export class RegisterIntake extends StepTable {
  /** Adds an operation. @throws {HoldfastError} `invalid_argument` or `too_large`, with the place. */
  add(operation: TransactionOperation<RegisterStep>): void {
    const steps = this.begin(operation);
    for (let place = 0; place < steps.length; place += 1) {
      this.place = place;
      this.#addStep(steps[place]!);
    }
    if (this.suspicious && this.outcome === answered) this.#lookInside(this.operation, steps);
  }

  #addStep(step: RegisterStep): void {
    if (!Array.isArray(step)) {
      throw new HoldfastError("invalid_argument", `${this.where()} is no step`);
    }
    const key = this.key(step[1]);
    if (step[0] === "w") {
      this.addWrite(key, step[2] as Value);
    } else if (step[0] === "r") {
      if (this.outcome !== answered) return;
      const element = step[2] === null ? initial : this.element(key, step[2]);
      const before = this.stepBefore(key);
      if (before !== -1 && this.stepElement.at(before) !== element) this.suspicious = true;
      this.addRead(key, element);
    } else {
      const sentence = `${this.where()}: a step is w or r, not ${String(step[0])}`;
      throw new HoldfastError("invalid_argument", sentence);
    }
  }

  #lookInside(operation: number, steps: readonly RegisterStep[]): void {
    const internal = contradiction(steps);
    if (internal !== null) this.internal.push({ operation, ...internal });
    const future = readBeforeWrite(steps);
    if (future !== null) this.futureReads.push({ operation, ...future });
  }
}

function contradiction(steps: readonly RegisterStep[]): Omit<StepFault, "operation"> | null {
  const state = new Map<unknown, Value | null>();
  for (const step of steps) {
    const expected = state.get(step[1]);
    if (step[0] === "r" && expected !== undefined && expected !== step[2]) {
      return { step, expected };
    }
    state.set(step[1], step[2]);
  }
  return null;
}

function readBeforeWrite(steps: readonly RegisterStep[]): Omit<StepFault, "operation"> | null {
  const reads = new Map<unknown, Map<Value | null, RegisterStep>>();
  for (const step of steps) {
    const seen = reads.get(step[1]) ?? new Map<Value | null, RegisterStep>();
    reads.set(step[1], seen);
    const read = seen.get(step[2]);
    if (step[0] === "w" && read !== undefined) return { step: read, element: step[2] };
    if (step[0] === "r" && read === undefined) seen.set(step[2], step);
  }
  return null;
}
