// The order of the versions of each list, and what follows from it: who overwrote whom,
// who read what of whom, and who did not see what.
//
//   the longest list that was read is the order of its values;
//   what was appended and never read comes after its end, in no known order.
//
// Source: Alvaro & Kingsbury 2020, section 5.2 (traceability, recoverability).

import { rw, wr, ww } from "../graph/dependency.ts";
import type { DependencyGraph } from "../graph/dependency_graph.ts";
import type { ListIntake } from "./list_intake.ts";
import { failed } from "./operation_table.ts";
import { externalRead, write } from "./step_table.ts";

/** Where in its list an element is: from 0, or not in it. */
export const unread = -1;

/** The order of the versions of all keys. */
export interface ListOrder {
  /** For each key, its elements in order, each once. */
  readonly spines: readonly (readonly number[])[];
  /** For each element, its place in its key's spine, or `unread`. */
  readonly position: Int32Array;
}

/** Finds the order. Linear. */
export function listOrderOf(intake: ListIntake): ListOrder {
  const position = new Int32Array(intake.elementKey.size).fill(unread);
  const spines: (readonly number[])[] = [];
  for (let key = 0; key < intake.keyCodes.size; key += 1) {
    const branches = intake.branches.ofKey(key).map((branch) => intake.branches.branches[branch]!);
    let longest = branches[0];
    for (const branch of branches) {
      if (branch.values.length > longest!.values.length) longest = branch;
    }
    const repeats = longest !== undefined && longest.repeatsFrom !== Infinity;
    const spine = repeats ? [...new Set(longest!.elements)] : (longest?.elements ?? []);
    for (let place = 0; place < spine.length; place += 1) position[spine[place]!] = place;
    spines.push(spine);
  }
  return { spines, position };
}

/** The element before an append in the order of its key; -1 where it comes after the empty list. */
export function elementBefore(
  { spines, position }: ListOrder,
  key: number,
  element: number,
): number {
  const spine = spines[key]!;
  const place = position[element] === unread ? spine.length : position[element]!;
  return place === 0 ? -1 : spine[place - 1]!;
}

// The ends of lists: who read a key's last state, and who appended what was never read.
interface LooseEnds {
  readonly readers: number[];
  readonly appenders: number[];
}

/** Adds all dependencies of data. Linear. */
export function linkLists(graph: DependencyGraph, intake: ListIntake, order: ListOrder): void {
  const { spines, position } = order;
  const looseEnds = new Map<number, LooseEnds>();
  const { outcome } = intake.operations;
  for (let operation = 0; operation < intake.operations.size; operation += 1) {
    if (outcome.at(operation) === failed) continue;
    const end = intake.endStep(operation);
    for (let step = intake.firstStep.at(operation); step < end; step += 1) {
      if (intake.stepKind.at(step) !== write) continue;
      const key = intake.stepKey.at(step);
      const element = intake.stepElement.at(step);
      const before = intake.writerOf(elementBefore(order, key, element));
      if (before !== -1 && before !== operation) graph.link(before, operation, ww);
      if (position[element] !== unread) continue;
      const ends = looseEnds.get(key);
      if (ends === undefined) looseEnds.set(key, { readers: [], appenders: [operation] });
      else ends.appenders.push(operation);
    }
  }
  for (let operation = 0; operation < intake.operations.size; operation += 1) {
    const end = intake.endStep(operation);
    for (let step = intake.firstStep.at(operation); step < end; step += 1) {
      if (intake.stepKind.at(step) !== externalRead) continue;
      const key = intake.stepKey.at(step);
      const last = intake.stepElement.at(step);
      const writer = intake.writerOf(last);
      if (writer !== -1 && writer !== operation) graph.link(writer, operation, wr);
      const place = last === -1 ? -1 : position[last]!;
      // A list that does not fit the order: nobody knows what came after it.
      if (last !== -1 && place === unread) continue;
      const spine = spines[key]!;
      if (place + 1 < spine.length) {
        const next = intake.writerOf(spine[place + 1]!);
        if (next !== -1 && next !== operation) graph.link(operation, next, rw);
      } else {
        looseEnds.get(key)?.readers.push(operation);
      }
    }
  }
  for (const { readers, appenders } of looseEnds.values()) {
    linkEnds(graph, readers, appenders);
  }
}

function linkEnds(
  graph: DependencyGraph,
  readers: readonly number[],
  appenders: readonly number[],
) {
  // Of these, one transaction with itself is no dependency.
  if (readers.length === 1 && appenders.every((appender) => appender === readers[0])) return;
  graph.linkAll(readers, appenders, rw);
}
