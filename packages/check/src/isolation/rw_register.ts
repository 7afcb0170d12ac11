// The judge of transactions on registers.
//
// As with lists, a graph of who must have come before whom is searched for cycles. But a
// register shows only its newest value: who read whose write is certain, as values are
// unique; in which order values came is known only in part, and more of it only under
// assumptions. So this judge misses what the one of lists finds, and a history of lists
// is the better test where one can choose.
//
// Source: as list_append.ts.

import { Budget } from "../graph/budget.ts";
import { DependencyGraph } from "../graph/dependency_graph.ts";
import { cyclesOf } from "./cycles.ts";
import { linkOrder } from "./order.ts";
import { accessesOf } from "./register_access.ts";
import { explainRegisters, linkRegisters } from "./register_edges.ts";
import { registerFaults } from "./register_faults.ts";
import { RegisterIntake } from "./register_intake.ts";
import { type VersionOptions, versionOrderOf } from "./register_versions.ts";
import type { RegisterStep, TransactionOperation } from "./transaction.ts";
import {
  type IsolationOptions,
  type IsolationVerdict,
  questionOf,
  stepsOf,
  type UnknownReason,
  verdictOf,
} from "./verdict.ts";

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
  const question = questionOf(options);
  const budget = new Budget(stepsOf(options), options.shouldStop);
  const intake = new RegisterIntake();
  for (const operation of history) intake.add(operation);
  const accesses = accessesOf(intake);
  const order = versionOrderOf(intake, accesses, options);
  const graph = new DependencyGraph(intake.operations.size);
  linkRegisters(graph, intake, { accesses, order });
  linkOrder(graph, intake.operations, question.order);
  const faults = registerFaults(
    intake,
    { accesses, cycles: order.cycles },
    options.complete ?? false,
  );
  const cycles = cyclesOf(graph, {
    order: question.order,
    operations: intake.operations,
    explain: (from, to, type) => explainRegisters(intake, { accesses, order }, { from, to, type }),
    budget,
  });
  const unknown = new Set<UnknownReason>();
  if (!graph.related) unknown.add("empty-transaction-graph");
  if (intake.duplicateWrites.length > 0) unknown.add("duplicate-writes");
  return verdictOf(question, {
    anomalies: [...faults, ...cycles.anomalies],
    unknown,
    undecided: cycles.undecided,
  });
}
