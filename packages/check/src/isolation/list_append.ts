// The judge of transactions on lists that grow.
//
// Problem. Whether a database isolates its transactions can't be seen in one of them: what
// matters is whether there is an order of all that explains what each of them saw.
//
// Method. A list shows its own past: who read [1 2 3] knows that 1 was appended before 2.
// So reads give the order of the versions of each key, and with unique values also who
// wrote each. That makes a graph of who must have come before whom: over what another
// wrote (ww), by reading it (wr), by not having seen it (rw), and, where asked for, by the
// order in each process or by real time. Each isolation level is the absence of certain
// cycles in this graph. It takes time and memory linear in the history.
//
// Invariants:
//   L1  Every edge is a must: no order of transactions that explains the reads lacks it,
//       whatever became of operations of which nobody knows.
//   L2  Nothing is reported that is not in the history; what can't be told is `unknown`.
//   L3  Where every append was read, nothing that is forbidden is missed.
//
// What it is not: a proof that a database isolates; only that this history does not show
// otherwise.
// Source: Adya 1999; Alvaro & Kingsbury 2020, "Elle: Inferring Isolation Anomalies from
// Experimental Observations".

import { DependencyGraph } from "../graph/dependency_graph.ts";
import { judgeEvidence } from "./judge.ts";
import { explainLists } from "./list_explain.ts";
import { listFaults } from "./list_faults.ts";
import { ListIntake } from "./list_intake.ts";
import { linkLists, listOrderOf } from "./list_order.ts";
import type { ListStep, TransactionOperation } from "./transaction.ts";
import type { IsolationOptions, IsolationVerdict } from "./verdict.ts";

/**
 * Judges a history of transactions that append to lists and read them.
 *
 * Operations are read once, in their order, so they may come from a generator; only
 * numbers and the longest lists are kept. Values that are appended to one key must
 * differ. Without times (`invokedAt` is -Infinity) real time says nothing.
 *
 * @throws {HoldfastError} `invalid_argument` where something is no operation, step, key or
 *   value, with its place; `too_large` over a limit of transaction.ts.
 *
 * Cost: linear in operations, steps and the lengths of lists that were read.
 */
export function judgeLists(
  history: Iterable<TransactionOperation<ListStep>>,
  options: IsolationOptions = {},
): IsolationVerdict {
  return judgeEvidence(options, () => {
    const intake = new ListIntake();
    for (const operation of history) intake.add(operation);
    const order = listOrderOf(intake);
    const graph = new DependencyGraph(intake.operations.size);
    linkLists(graph, intake, order);
    return {
      operations: intake.operations,
      graph,
      explain: (from, to, type) => explainLists(intake, order, { from, to, type }),
      faults: listFaults(intake, order, options.complete ?? false),
      isAmbiguous: intake.duplicateWrites.length > 0,
    };
  });
}
