// Which order besides data the cycles may use: none, that of each process, or real time.

import type { DependencyGraph } from "../graph/dependency_graph.ts";
import { linkProcesses, linkRealTime } from "../graph/time_order.ts";
import type { CycleOrder } from "./anomaly_types.ts";
import type { OperationTable } from "./operation_table.ts";

/** Adds the edges of the order that is asked for. */
export function linkOrder(
  graph: DependencyGraph,
  operations: OperationTable,
  order: CycleOrder,
): void {
  if (order === "-process") {
    linkProcesses(graph, operations.process.view(), (place) => operations.isAnswered(place));
  }
  if (order === "-realtime") linkRealTime(graph, operations.times());
}
