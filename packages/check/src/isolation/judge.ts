// What the judges of transactions share: from the graph of who must have come before whom,
// and from what was wrong without any order, to a verdict.

import { Budget } from "../graph/budget.ts";
import type { DependencyGraph } from "../graph/dependency_graph.ts";
import { linkProcesses, linkRealTime } from "../graph/time_order.ts";
import type { CycleOrder } from "./anomaly_types.ts";
import { cyclesOf, type Explain } from "./cycles.ts";
import type { OperationTable } from "./operation_table.ts";
import {
  type Anomaly,
  type IsolationOptions,
  type IsolationVerdict,
  questionOf,
  stepsOf,
  type UnknownReason,
  verdictOf,
} from "./verdict.ts";

/** What a history of one sort of step shows. */
export interface Evidence {
  readonly operations: OperationTable;
  /** Who must have come before whom, as the data tells. */
  readonly graph: DependencyGraph;
  /** Why, for an edge of a cycle. */
  readonly explain: Explain;
  /** What was wrong, whatever the order. */
  readonly faults: readonly Anomaly[];
  /** Whether one value was written to one key more than once. */
  readonly isAmbiguous: boolean;
}

/**
 * Judges what `gather` finds in a history.
 *
 * @throws {HoldfastError} `invalid_argument` for options that mean nothing, before it gathers.
 */
export function judgeEvidence(options: IsolationOptions, gather: () => Evidence): IsolationVerdict {
  const question = questionOf(options);
  const budget = new Budget(stepsOf(options), options.shouldStop);
  const { graph, operations, explain, faults, isAmbiguous } = gather();
  linkOrder(graph, operations, question.order);
  const cycles = cyclesOf(graph, { order: question.order, operations, explain, budget });
  const unknown = new Set<UnknownReason>();
  if (!graph.related) unknown.add("empty-transaction-graph");
  if (isAmbiguous) unknown.add("duplicate-writes");
  return verdictOf(question, {
    anomalies: [...faults, ...cycles.anomalies],
    unknown,
    undecided: cycles.undecided,
  });
}

// Which order besides data the cycles may use: none, that of each process, or real time.
function linkOrder(graph: DependencyGraph, operations: OperationTable, order: CycleOrder): void {
  if (order === "-process") {
    linkProcesses(graph, operations.process.view(), (place) => operations.isAnswered(place));
  }
  if (order === "-realtime") linkRealTime(graph, operations.times());
}
