// The judge of transactions on registers.
//
// As with lists, a graph of who must have come before whom is searched for cycles. But a
// register shows only its newest value: who read whose write is certain, as values are
// unique; in which order values came is known only in part, and more of it only under
// assumptions. So this judge misses what the one of lists finds, and a history of lists
// is the better test where one can choose.
//
// Source: as list_append.ts.

import { DependencyGraph } from "../graph/dependency_graph.ts";
import { judgeEvidence } from "./judge.ts";
import { accessesOf } from "./register_access.ts";
import { explainRegisters, linkRegisters } from "./register_edges.ts";
import { registerFaults } from "./register_faults.ts";
import { RegisterIntake } from "./register_intake.ts";
import { type VersionOptions, versionOrderOf } from "./register_versions.ts";
import type { RegisterStep, TransactionOperation } from "./transaction.ts";
import type { IsolationOptions, IsolationVerdict } from "./verdict.ts";

/** What to judge by, and what may be assumed of the order of values. */
export interface RegisterOptions extends IsolationOptions, VersionOptions {}

/**
 * Judges a history of transactions that write registers and read them. Values that are
 * written to one key must differ.
 *
 * @throws {HoldfastError} As `judgeLists`.
 *
 * Cost: linear; with `linearizableKeys`, times the number of transactions at once.
 */
export function judgeRegisters(
  history: Iterable<TransactionOperation<RegisterStep>>,
  options: RegisterOptions = {},
): IsolationVerdict {
  return judgeEvidence(options, () => {
    const intake = new RegisterIntake();
    for (const operation of history) intake.add(operation);
    const accesses = accessesOf(intake);
    const order = versionOrderOf(intake, accesses, options);
    const graph = new DependencyGraph(intake.operations.size);
    linkRegisters(graph, intake, { accesses, order });
    const { cycles } = order;
    return {
      operations: intake.operations,
      graph,
      explain: (from, to, type) =>
        explainRegisters(intake, { accesses, order }, { from, to, type }),
      faults: registerFaults(intake, { accesses, cycles }, options.complete ?? false),
      isAmbiguous: intake.duplicateWrites.length > 0,
    };
  });
}
