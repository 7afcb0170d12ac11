// What a history of lists shows without any cycle: reads of what failed, of what was not
// finished, of what nobody appended; values that are there twice; lists that contradict
// each other; committed work on top of aborted work; and updates that were lost.

import { addFutureRead, Faults, faultExamplesMax } from "./faults.ts";
import type { ListIntake } from "./list_intake.ts";
import { type ListOrder, unread } from "./list_order.ts";
import { answered, failed, unclear } from "./operation_table.ts";
import { externalRead, nobody, type StepFault, write } from "./step_table.ts";
import type { Value } from "./transaction.ts";
import type { Anomaly } from "./verdict.ts";
import { operationName, quote, quoteList } from "./wording.ts";

/** All of them. `complete`: whether nothing else than what was appended here can be read. */
export function listFaults(intake: ListIntake, order: ListOrder, complete: boolean): Anomaly[] {
  const faults = new Faults();
  for (const fault of intake.internal) addInternal(faults, fault);
  for (const fault of intake.futureReads) addFutureRead(faults, fault);
  addBadReads(faults, intake, complete);
  addForks(faults, intake);
  addDirtyUpdates(faults, intake, order);
  addLostUpdates(faults, intake);
  addReordered(faults, intake, order);
  return faults.found;
}

function addInternal(faults: Faults, { operation, step, expected }: StepFault): void {
  const seen = quoteList(step[2] as readonly unknown[] | null);
  faults.add(
    "internal",
    [operation],
    `${operationName(operation)} read ${quote(step[1])} as ${seen}, where its own steps before say ${quoteList(expected as readonly unknown[] | null)}`,
    { step, key: step[1] as string | number, expected },
  );
}

// Faults that show in the elements of a read. Branches are looked at once; a read is bad
// where it is longer than the beginning of its branch that is good.
function addBadReads(faults: Faults, intake: ListIntake, complete: boolean): void {
  const bad = intake.branches.branches.map((branch) => {
    const places: number[] = [];
    for (const [place, element] of branch.elements.entries()) {
      const writer = intake.elementWriter.at(element);
      const isAborted = writer >= 0 && intake.operations.outcome.at(writer) === failed;
      if (isAborted || (complete && writer === nobody)) places.push(place);
    }
    return places;
  });
  for (let operation = 0; operation < intake.operations.size; operation += 1) {
    const end = intake.endStep(operation);
    for (let step = intake.firstStep.at(operation); step < end; step += 1) {
      if (intake.stepKind.at(step) === write) continue;
      const branch = intake.stepBranch.at(step);
      if (branch === -1) continue;
      const length = intake.stepLength.at(step);
      for (const place of bad[branch]!) {
        if (place >= length || (faults.isFull("G1a") && !complete)) break;
        addBadElement(faults, intake, { operation, step, place });
      }
      if (intake.branches.branches[branch]!.repeatsFrom <= length) {
        addRepeated(faults, intake, operation, step);
      }
      addIntermediate(faults, intake, operation, step);
    }
  }
}

function readStep(intake: ListIntake, step: number): readonly unknown[] {
  return ["r", intake.keyName(intake.stepKey.at(step)), intake.listOf(step)];
}

function addBadElement(
  faults: Faults,
  intake: ListIntake,
  at: { readonly operation: number; readonly step: number; readonly place: number },
): void {
  const { operation, step, place } = at;
  const number = intake.branches.branches[intake.stepBranch.at(step)]!.elements[place]!;
  const writer = intake.elementWriter.at(number);
  if (faults.isFull(writer === nobody ? "garbage-read" : "G1a")) return;
  const key = intake.keyName(intake.stepKey.at(step));
  const element = intake.valueOf(number);
  const details = { step: readStep(intake, step), key, element };
  const saw = `${operationName(operation)} read ${quote(element)} in ${quote(key)}`;
  if (writer === nobody) {
    faults.add("garbage-read", [operation], `${saw}, which nobody appended`, details);
    return;
  }
  const sentence = `${saw}, which ${operationName(writer)} appended, and that failed`;
  faults.add("G1a", [operation, writer], sentence, { ...details, writer });
}

function addRepeated(faults: Faults, intake: ListIntake, operation: number, step: number): void {
  if (faults.isFull("duplicate-elements")) return;
  const list = intake.listOf(step);
  const seen = new Set<Value>();
  const repeated = new Set<Value>();
  for (const value of list) (seen.has(value) ? repeated : seen).add(value);
  const key = intake.keyName(intake.stepKey.at(step));
  faults.add(
    "duplicate-elements",
    [operation],
    `${operationName(operation)} read ${quote(key)} as ${quoteList(list)}, which holds ${quoteList([...repeated])} more than once`,
    { step: readStep(intake, step), key, values: [...repeated] },
  );
}

function addIntermediate(faults: Faults, intake: ListIntake, operation: number, step: number) {
  const last = intake.stepElement.at(step);
  const writer = intake.elementWriter.at(last);
  if (writer < 0 || writer === operation || intake.elementIsIntermediate.at(last) === 0) return;
  if (faults.isFull("G1b")) return;
  const key = intake.keyName(intake.stepKey.at(step));
  const element = intake.valueOf(last);
  faults.add(
    "G1b",
    [operation, writer],
    `${operationName(operation)} read ${quote(key)} as ${quoteList(intake.listOf(step))}, which ends in the midst of ${operationName(writer)}: that appended ${quote(element)}, and then more`,
    { step: readStep(intake, step), key, element, writer },
  );
}

function addForks(faults: Faults, intake: ListIntake): void {
  const forks: { readonly key: number; readonly branches: readonly [number, number] }[] = [];
  const lengthOf = (branch: number) => intake.branches.branches[branch]!.values.length;
  for (const key of intake.branches.forkedKeys()) {
    if (forks.length === faultExamplesMax) break;
    const bySize = [...intake.branches.ofKey(key)].sort(
      (left, right) => lengthOf(left) - lengthOf(right),
    );
    forks.push({ key, branches: [bySize[bySize.length - 2]!, bySize[bySize.length - 1]!] });
  }
  if (forks.length === 0) return;
  const readers = readersOf(
    intake,
    forks.flatMap(({ branches }) => branches),
  );
  for (const { key, branches } of forks) {
    const [other, longest] = branches.map((branch) => intake.branches.branches[branch]!.values);
    const name = intake.keyName(key);
    faults.add(
      "incompatible-order",
      branches.map((branch) => readers.get(branch)!),
      `${quote(name)} was read as ${quoteList(other!)} and as ${quoteList(longest!)}: one list never was both`,
      { key: name, values: [other, longest] },
    );
  }
}

// The first operation that read the whole of each of these branches.
function readersOf(intake: ListIntake, branches: readonly number[]): Map<number, number> {
  const wanted = new Set(branches);
  const readers = new Map<number, number>();
  for (let step = 0; step < intake.stepKind.size; step += 1) {
    const branch = intake.stepBranch.at(step);
    if (!wanted.has(branch) || readers.has(branch)) continue;
    if (intake.stepLength.at(step) !== intake.branches.branches[branch]!.values.length) continue;
    readers.set(branch, intake.operationOf(step));
  }
  return readers;
}

// Along a list: committed work after aborted work, with only unclear work between.
function addDirtyUpdates(faults: Faults, intake: ListIntake, { spines }: ListOrder): void {
  for (const [key, spine] of spines.entries()) {
    let state = answered;
    let from = 0;
    for (const [place, element] of spine.entries()) {
      const writer = intake.elementWriter.at(element);
      const outcome = writer < 0 ? unclear : intake.operations.outcome.at(writer);
      if (outcome === unclear) continue;
      if (outcome === answered && state === failed) {
        addDirtyUpdate(faults, intake, key, spine.slice(from, place + 1));
      }
      if (outcome === failed && state !== failed) from = place;
      state = outcome;
    }
  }
}

function addDirtyUpdate(
  faults: Faults,
  intake: ListIntake,
  key: number,
  elements: readonly number[],
): void {
  const first = intake.elementWriter.at(elements[0]!);
  const last = intake.elementWriter.at(elements[elements.length - 1]!);
  const values = elements.map((element) => intake.valueOf(element));
  const name = intake.keyName(key);
  faults.add(
    "dirty-update",
    [first, last],
    `${operationName(last)} appended ${quote(values[values.length - 1])} to ${quote(name)} behind ${quote(values[0])} of ${operationName(first)}, and that failed`,
    { key: name, values, writer: first },
  );
}

// A transaction's own appends that came into the list the wrong way round, or of which a
// later one is in it and an earlier one is not. Elle does not look for this.
function addReordered(faults: Faults, intake: ListIntake, { position, spines }: ListOrder): void {
  const lastWrite = new Int32Array(intake.keyCodes.size).fill(-1);
  for (let operation = 0; operation < intake.operations.size; operation += 1) {
    if (intake.operations.outcome.at(operation) === failed) continue;
    const begin = intake.firstStep.at(operation);
    const end = intake.endStep(operation);
    for (let step = begin; step < end; step += 1) {
      if (intake.stepKind.at(step) !== write) continue;
      const key = intake.stepKey.at(step);
      const before = lastWrite[key]!;
      lastWrite[key] = step;
      if (before < begin) continue;
      const first = intake.stepElement.at(before);
      const second = intake.stepElement.at(step);
      if (position[second] === unread) continue;
      if (position[first] !== unread && position[first]! < position[second]!) continue;
      if (faults.isFull("reordered-writes")) return;
      // Of what two may have written, nobody knows whose is in the list.
      if (intake.writerOf(first) !== operation || intake.writerOf(second) !== operation) continue;
      const name = intake.keyName(key);
      const list = spines[key]!.map((element) => intake.valueOf(element));
      faults.add(
        "reordered-writes",
        [operation],
        `${operationName(operation)} appended ${quote(intake.valueOf(first))} to ${quote(name)} and then ${quote(intake.valueOf(second))}, which does not come after it in ${quoteList(list)}`,
        { key: name, values: [intake.valueOf(first), intake.valueOf(second)] },
      );
    }
  }
}

// Two transactions that read the same state of a list and appended to it: each takes the
// other's append for absent. Source: Adya 1999, section 4.1 (history Hlost).
function addLostUpdates(faults: Faults, intake: ListIntake): void {
  const first = new Int32Array(intake.elementKey.size + intake.keyCodes.size).fill(-1);
  const groups = new Map<number, number[]>();
  for (let operation = 0; operation < intake.operations.size; operation += 1) {
    if (!intake.operations.isAnswered(operation)) continue;
    const end = intake.endStep(operation);
    for (let step = intake.firstStep.at(operation); step < end; step += 1) {
      if (intake.stepKind.at(step) !== externalRead || !appendsTo(intake, step, end)) continue;
      const element = intake.stepElement.at(step);
      const state = element === -1 ? intake.elementKey.size + intake.stepKey.at(step) : element;
      if (first[state] === -1) first[state] = step;
      else if (sameList(intake, first[state]!, step)) {
        const group = groups.get(state) ?? [first[state]!];
        group.push(step);
        groups.set(state, group);
      }
    }
  }
  if (groups.size === 0) return;
  for (const steps of groups.values()) addLostUpdate(faults, intake, steps);
}

function appendsTo(intake: ListIntake, read: number, end: number): boolean {
  for (let step = read + 1; step < end; step += 1) {
    if (intake.stepKind.at(step) === write && intake.stepKey.at(step) === intake.stepKey.at(read)) {
      return true;
    }
  }
  return false;
}

// Branches that differ can share an element, yet are different states before it.
function sameList(intake: ListIntake, left: number, right: number): boolean {
  return (
    intake.stepBranch.at(left) === intake.stepBranch.at(right) &&
    intake.stepLength.at(left) === intake.stepLength.at(right)
  );
}

function addLostUpdate(faults: Faults, intake: ListIntake, steps: readonly number[]): void {
  const operations = steps.map((step) => intake.operationOf(step));
  const read = steps[0]!;
  const key = intake.keyName(intake.stepKey.at(read));
  const list = intake.listOf(read);
  const names = operations.map(operationName);
  faults.add(
    "lost-update",
    operations,
    `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]} read ${quote(key)} as ${quoteList(list)} and appended to it: none of them saw what another appended`,
    { key, values: list, step: readStep(intake, read) },
  );
}
