// What a history of registers shows without any cycle: reads of what failed, of what was
// overwritten by its own transaction, of what nobody wrote; updates that were lost; and
// values that would come before themselves.

import { addFutureRead, Faults } from "./faults.ts";
import { failed } from "./operation_table.ts";
import { type Accesses, none } from "./register_access.ts";
import type { VersionCycle } from "./register_versions.ts";
import { nobody, type StepTable, write } from "./step_table.ts";
import type { Anomaly } from "./verdict.ts";
import { operationName, quote, quoteList } from "./wording.ts";

/** All of them. `complete`: whether nothing else than what was written here can be read. */
export function registerFaults(
  steps: StepTable,
  of: { readonly accesses: Accesses; readonly cycles: readonly VersionCycle[] },
  complete: boolean,
): Anomaly[] {
  const faults = new Faults();
  for (const { operation, step, expected } of steps.internal) {
    faults.add(
      "internal",
      [operation],
      `${operationName(operation)} read ${quote(step[1])} as ${quote(step[2])}, where its own steps before say ${quote(expected)}`,
      { step, key: step[1] as string | number, expected },
    );
  }
  for (const fault of steps.futureReads) addFutureRead(faults, fault);
  addBadReads(faults, steps, complete);
  addLostUpdates(faults, steps, of.accesses);
  for (const cycle of of.cycles) addVersionCycle(faults, steps, cycle);
  return faults.found;
}

function addBadReads(faults: Faults, steps: StepTable, complete: boolean): void {
  for (let operation = 0; operation < steps.operations.size; operation += 1) {
    const end = steps.endStep(operation);
    for (let step = steps.firstStep.at(operation); step < end; step += 1) {
      const element = steps.stepElement.at(step);
      if (steps.stepKind.at(step) === write || element < 0) continue;
      addBadRead(faults, steps, { operation, step, element, complete });
    }
  }
}

function addBadRead(
  faults: Faults,
  steps: StepTable,
  at: {
    readonly operation: number;
    readonly step: number;
    readonly element: number;
    readonly complete: boolean;
  },
): void {
  const { operation, step, element, complete } = at;
  const writer = steps.elementWriter.at(element);
  const key = steps.keyName(steps.stepKey.at(step));
  const value = steps.valueOf(element);
  const details = { step: ["r", key, value], key, element: value };
  const saw = `${operationName(operation)} read ${quote(key)} as ${quote(value)}`;
  if (writer === nobody && complete) {
    faults.add("garbage-read", [operation], `${saw}, which nobody wrote`, details);
  }
  if (writer < 0) return;
  const by = operationName(writer);
  const named = { ...details, writer };
  if (steps.operations.outcome.at(writer) === failed) {
    faults.add("G1a", [operation, writer], `${saw}, which ${by} wrote, and that failed`, named);
  }
  if (writer !== operation && steps.elementIsIntermediate.at(element) === 1) {
    const sentence = `${saw}, which ${by} wrote and then overwrote itself`;
    faults.add("G1b", [operation, writer], sentence, named);
  }
}

// Source: Adya 1999, section 4.1 (history Hlost); Alvaro & Kingsbury 2020 need no order of
// the writes: it is enough that two read the same and both wrote.
function addLostUpdates(faults: Faults, steps: StepTable, accesses: Accesses): void {
  const groups = new Map<number, number[]>();
  for (const [row, operation] of accesses.operation.entries()) {
    const read = accesses.read[row]!;
    if (read === none || accesses.written[row] === none) continue;
    if (!steps.operations.isAnswered(operation)) continue;
    const version = read < 0 ? steps.elementKey.size + accesses.key[row]! : read;
    const group = groups.get(version);
    if (group === undefined) groups.set(version, [row]);
    else group.push(row);
  }
  for (const rows of groups.values()) {
    if (rows.length < 2) continue;
    const key = steps.keyName(accesses.key[rows[0]!]!);
    const value = steps.valueOf(accesses.read[rows[0]!]!);
    const operations = rows.map((row) => accesses.operation[row]!);
    const names = operations.map(operationName);
    const who = `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
    faults.add(
      "lost-update",
      operations,
      `${who} read ${quote(key)} as ${quote(value)} and wrote it: none of them saw what another wrote`,
      { key, element: value, step: ["r", key, value] },
    );
  }
}

function addVersionCycle(faults: Faults, steps: StepTable, cycle: VersionCycle): void {
  const key = steps.keyName(cycle.key);
  const values = cycle.elements.map((element) => steps.valueOf(element));
  const writers = cycle.elements.map((element) => steps.writerOf(element));
  faults.add(
    "cyclic-versions",
    writers.filter((writer) => writer !== -1),
    `the values ${quoteList(values)} of ${quote(key)} would each come before the others, by what is assumed of ${cycle.source} order`,
    { key, values },
  );
}
