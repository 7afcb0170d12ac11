// Collects anomalies that are no cycles, some examples of each type.

import type { AnomalyType } from "./anomaly_types.ts";
import type { StepFault } from "./step_table.ts";
import type { Anomaly, AnomalyDetails } from "./verdict.ts";
import { operationName, quote } from "./wording.ts";

/** Examples of one type that are kept. */
export const faultExamplesMax = 64;

/** The collection. */
export class Faults {
  readonly found: Anomaly[] = [];

  readonly #counts = new Map<AnomalyType, number>();

  /** Whether there are examples enough of a type: then none needs to be worded any more. */
  isFull(type: AnomalyType): boolean {
    return this.#counts.get(type) === faultExamplesMax;
  }

  /** Adds one, unless there are examples enough of its type. */
  add(type: AnomalyType, operations: readonly number[], sentence: string, details: AnomalyDetails) {
    const count = this.#counts.get(type) ?? 0;
    if (count === faultExamplesMax) return;
    this.#counts.set(type, count + 1);
    this.found.push({
      type,
      name: null,
      sentence,
      operations: [...new Set(operations)],
      cycle: [],
      smallest: true,
      details,
    });
  }
}

/** Adds a read of what its own transaction wrote only later. */
export function addFutureRead(faults: Faults, { operation, step, element }: StepFault): void {
  faults.add(
    "future-read",
    [operation],
    `${operationName(operation)} read ${quote(element)} in ${quote(step[1])} before it wrote that itself`,
    { step, key: step[1] as string | number, element },
  );
}
