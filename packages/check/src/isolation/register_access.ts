// What each transaction did to each register, seen from outside: the value that it found
// first, and the one that it left.

import { IntColumn } from "../graph/int_column.ts";
import { failed } from "./operation_table.ts";
import { externalRead, type StepTable, write } from "./step_table.ts";

/** No value: it did not read, or did not write. */
export const none = -2;

/** Rows, one for each transaction that took part and each key of it, in order of transactions. */
export interface Accesses {
  readonly operation: Int32Array;
  readonly key: Int32Array;
  /** The element that its first step read, `initial`, or `none`. */
  readonly read: Int32Array;
  /** The element that its last write left, or `none`. */
  readonly written: Int32Array;
}

/** Collects them. Linear. */
export function accessesOf(steps: StepTable): Accesses {
  const rows = {
    operation: new IntColumn(1024),
    key: new IntColumn(1024),
    read: new IntColumn(1024),
    written: new IntColumn(1024),
  };
  const rowOfKey = new Int32Array(steps.keyCodes.size).fill(-1);
  for (let operation = 0; operation < steps.operations.size; operation += 1) {
    if (steps.operations.outcome.at(operation) === failed) continue;
    const begin = rows.key.size;
    const end = steps.endStep(operation);
    for (let step = steps.firstStep.at(operation); step < end; step += 1) {
      const key = steps.stepKey.at(step);
      let row = rowOfKey[key]!;
      if (row < begin) {
        row = rows.key.push(key);
        rowOfKey[key] = row;
        rows.operation.push(operation);
        rows.read.push(none);
        rows.written.push(none);
      }
      const kind = steps.stepKind.at(step);
      if (kind === externalRead) rows.read.set(row, steps.stepElement.at(step));
      if (kind === write) rows.written.set(row, steps.stepElement.at(step));
    }
  }
  return {
    operation: rows.operation.view(),
    key: rows.key.view(),
    read: rows.read.view(),
    written: rows.written.view(),
  };
}

/**
 * Whether each operation certainly happened: it was answered, or somebody who was answered
 * read what it wrote.
 */
export function happenedOf(steps: StepTable): Uint8Array {
  const happened = new Uint8Array(steps.operations.size);
  for (let operation = 0; operation < happened.length; operation += 1) {
    if (steps.operations.isAnswered(operation)) happened[operation] = 1;
  }
  // Only reads that were answered are among the steps.
  for (let step = 0; step < steps.stepKind.size; step += 1) {
    if (steps.stepKind.at(step) === write) continue;
    const writer = steps.writerOf(steps.stepElement.at(step));
    if (writer !== -1) happened[writer] = 1;
  }
  return happened;
}
