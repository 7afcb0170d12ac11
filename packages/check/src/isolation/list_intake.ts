// Reads a history of transactions on lists into columns, one operation at a time, and
// looks meanwhile for what shows inside a single transaction. Nothing of the history is
// kept but numbers, the values of the longest lists, and transactions that were wrong.

import { HoldfastError } from "@holdfast/std";
import { IntColumn } from "../graph/int_column.ts";
import { ListBranches } from "./list_branches.ts";
import { answered } from "./operation_table.ts";
import { initial, type StepFault, StepTable, write } from "./step_table.ts";
import type { ListStep, TransactionOperation, Value } from "./transaction.ts";

/** The steps of a history of lists. */
export class ListIntake extends StepTable {
  /** The branch of a read, -1 where it saw nothing; and its length. */
  readonly stepBranch = new IntColumn(1024);
  readonly stepLength = new IntColumn(1024);

  readonly branches = new ListBranches((key, value) => this.element(key, value));

  /** Adds an operation. @throws {HoldfastError} `invalid_argument` or `too_large`, with the place. */
  add(operation: TransactionOperation<ListStep>): void {
    const steps = this.begin(operation);
    for (let place = 0; place < steps.length; place += 1) {
      this.place = place;
      this.#addStep(steps[place]!);
    }
    if (this.suspicious && this.outcome === answered) this.#lookInside(this.operation, steps);
  }

  /** The list that a read saw. */
  listOf(step: number): readonly Value[] {
    const branch = this.stepBranch.at(step);
    if (branch === -1) return [];
    return this.branches.branches[branch]!.values.slice(0, this.stepLength.at(step));
  }

  #addStep(step: ListStep): void {
    if (!Array.isArray(step)) {
      throw new HoldfastError("invalid_argument", `${this.where()} is no step`);
    }
    const key = this.key(step[1]);
    if (step[0] === "append") {
      this.addWrite(key, step[2] as Value);
      this.stepBranch.push(-1);
      this.stepLength.push(0);
    } else if (step[0] === "r") {
      if (this.outcome === answered) this.#addList(key, step[2]);
    } else {
      const sentence = `${this.where()}: a step is append or r, not ${String(step[0])}`;
      throw new HoldfastError("invalid_argument", sentence);
    }
  }

  #addList(key: number, list: unknown): void {
    if (list !== null && !Array.isArray(list)) {
      throw new HoldfastError("invalid_argument", `${this.where()}: a read saw no list`);
    }
    const length = list === null ? 0 : list.length;
    const branch = length === 0 ? -1 : this.branches.read(key, list as Value[], this);
    const before = this.stepBefore(key);
    if (before !== -1 && !this.#follows(before, branch, length)) this.suspicious = true;
    this.addRead(
      key,
      branch === -1 ? initial : this.branches.branches[branch]!.elements[length - 1]!,
    );
    this.stepBranch.push(branch);
    this.stepLength.push(length);
  }

  // Whether a read is what the steps of its transaction before it on the key must lead to:
  // what the last read saw, and then all that was appended since. Walks back to that read,
  // so that all walks of a transaction together are linear.
  #follows(before: number, branch: number, length: number): boolean {
    const elements = branch === -1 ? [] : this.branches.branches[branch]!.elements;
    let end = length;
    let step = before;
    for (; step !== -1 && this.stepKind.at(step) === write; step = this.earlier(step)) {
      end -= 1;
      if (end < 0 || elements[end] !== this.stepElement.at(step)) return false;
    }
    if (step === -1) return true;
    if (this.stepLength.at(step) !== end) return false;
    const seen = this.stepBranch.at(step);
    if (seen === branch || seen === -1) return true;
    const known = this.branches.branches[seen]!.elements;
    for (let place = 0; place < end; place += 1) {
      if (known[place] !== elements[place]) return false;
    }
    return true;
  }

  // Two faults show in a transaction alone: a read that contradicts its earlier steps on
  // the key (axiom INT of Cerone, Bernardi & Gotsman 2015), and a read of what it appends
  // only later. The first of each is kept.
  #lookInside(operation: number, steps: readonly ListStep[]): void {
    const internal = contradiction(steps);
    if (internal !== null) this.internal.push({ operation, ...internal });
    const future = readBeforeAppend(steps);
    if (future !== null) this.futureReads.push({ operation, ...future });
  }
}

const unknownBeginning = "...";

function contradiction(steps: readonly ListStep[]): Omit<StepFault, "operation"> | null {
  // What a read of each key must see: a list, or the end of one.
  const known = new Map<
    unknown,
    { readonly whole: boolean; readonly list: readonly Value[] | null }
  >();
  for (const step of steps) {
    const state = known.get(step[1]);
    if (step[0] === "append") {
      const list = [...(state?.list ?? []), step[2]];
      known.set(step[1], { whole: state?.whole ?? false, list });
      continue;
    }
    const seen = step[2] ?? [];
    if (state !== undefined && !endsAs(seen, state)) {
      const expected = state.whole ? state.list : [unknownBeginning, ...(state.list ?? [])];
      return { step, expected };
    }
    known.set(step[1], { whole: true, list: step[2] });
  }
  return null;
}

function endsAs(
  seen: readonly Value[],
  { whole, list }: { readonly whole: boolean; readonly list: readonly Value[] | null },
): boolean {
  const expected = list ?? [];
  const begin = seen.length - expected.length;
  if (begin < 0 || (whole && begin > 0)) return false;
  return expected.every((value, place) => seen[begin + place] === value);
}

function readBeforeAppend(steps: readonly ListStep[]): Omit<StepFault, "operation"> | null {
  const reads = new Map<unknown, Map<Value, ListStep>>();
  for (const step of steps) {
    const seen = reads.get(step[1]) ?? new Map<Value, ListStep>();
    reads.set(step[1], seen);
    if (step[0] === "append") {
      const read = seen.get(step[2]);
      if (read !== undefined) return { step: read, element: step[2] };
      continue;
    }
    for (const value of step[2] ?? []) if (!seen.has(value)) seen.set(value, step);
  }
  return null;
}
