// From the graph of dependencies to anomalies: every component is asked for each sort of
// cycle, from the worst on, save those that a found one implies.

import type { Budget } from "../graph/budget.ts";
import { type ComponentGraph, cyclicComponents } from "../graph/component_graph.ts";
import { componentsOf } from "../graph/components.ts";
import { type CycleSort, type FoundCycle, findCycle } from "../graph/cycle_search.ts";
import {
  anyRw,
  anyWw,
  type EdgeType,
  flow,
  processOrder,
  realTime,
  rw,
} from "../graph/dependency.ts";
import type { DependencyGraph } from "../graph/dependency_graph.ts";
import {
  type AnomalyType,
  type CycleBase,
  type CycleOrder,
  type CycleType,
  cycleBasesBySeverity,
  impliedAnomalies,
} from "./anomaly_types.ts";
import type { OperationTable } from "./operation_table.ts";
import { type Anomaly, type CycleEdge, examplesMax } from "./verdict.ts";
import { operationName } from "./wording.ts";

const sorts: Readonly<Record<CycleBase, CycleSort>> = {
  G0: { free: anyWw, jump: 0, jumps: "none" },
  G1c: { free: flow, jump: 0, jumps: "none" },
  "G-single-item": { free: flow, jump: rw, jumps: "single" },
  "G-single": { free: flow, jump: anyRw, jumps: "single" },
  "G-nonadjacent-item": { free: flow, jump: rw, jumps: "apart" },
  "G-nonadjacent": { free: flow, jump: anyRw, jumps: "apart" },
  "G2-item": { free: flow, jump: rw, jumps: "any" },
  G2: { free: flow, jump: anyRw, jumps: "any" },
};

/** Why a transaction is before another, for an edge of a cycle; null where this sort of judge does not know. */
export type Explain = (from: number, to: number, type: EdgeType) => string | null;

/** What the search needs besides the graph. */
export interface CycleQuestion {
  readonly order: CycleOrder;
  readonly operations: OperationTable;
  readonly explain: Explain;
  readonly budget: Budget;
}

/** Cycles, and the types for which it is not known whether there are any. */
export interface Cycles {
  readonly anomalies: readonly Anomaly[];
  readonly undecided: ReadonlySet<AnomalyType>;
}

/** Finds, for each component and type, a smallest cycle. Linear where there is none. */
export function cyclesOf(graph: DependencyGraph, question: CycleQuestion): Cycles {
  const whole = graph.build();
  const components = cyclicComponents(whole, componentsOf(whole), graph.transactions);
  const examples = new Map<AnomalyType, FoundCycle[]>();
  const undecided = new Set<AnomalyType>();
  // Small components first: their cycles are the easiest to read.
  components.sort((left, right) => left.size - right.size);
  for (const component of components) {
    searchComponent(component, question, { examples, undecided });
  }
  const anomalies: Anomaly[] = [];
  for (const [type, cycles] of examples) {
    cycles.sort((left, right) => left.transactions.length - right.transactions.length);
    for (const cycle of cycles.slice(0, examplesMax)) {
      anomalies.push(anomalyOf(type, cycle, question));
    }
  }
  return { anomalies, undecided };
}

function searchComponent(
  component: ComponentGraph,
  { order, budget }: CycleQuestion,
  into: { readonly examples: Map<AnomalyType, FoundCycle[]>; readonly undecided: Set<AnomalyType> },
): void {
  let redundant = new Set<AnomalyType>();
  for (const variant of order === "" ? ([""] as const) : (["", order] as const)) {
    for (const base of cycleBasesBySeverity) {
      const type: CycleType = `${base}${variant}`;
      if (redundant.has(type)) continue;
      const found = findCycle(component, sortOf(base, variant), budget);
      if (found === "none") continue;
      if (found === "open") {
        into.undecided.add(type);
        continue;
      }
      const shown = shownType(base, variant, found);
      into.undecided.delete(shown);
      const cycles = into.examples.get(shown) ?? [];
      into.examples.set(shown, cycles);
      cycles.push(found);
      redundant = new Set([...redundant, ...impliedAnomalies([shown])]);
    }
  }
}

// Where the question of a single jump stayed open, a walk whose jumps are apart may still
// turn out to have but one.
function shownType(base: CycleBase, order: CycleOrder, { types }: FoundCycle): CycleType {
  const jumps = types.filter((type) => type.startsWith("rw")).length;
  if (jumps !== 1) return `${base}${order}`;
  if (base === "G-nonadjacent-item") return `G-single-item${order}`;
  if (base === "G-nonadjacent") return `G-single${order}`;
  return `${base}${order}`;
}

function sortOf(base: CycleBase, order: CycleOrder): CycleSort {
  const sort = sorts[base];
  const added = order === "" ? 0 : order === "-process" ? processOrder : realTime;
  return { ...sort, free: sort.free | added };
}

function anomalyOf(
  type: AnomalyType,
  { transactions, types, smallest }: FoundCycle,
  question: CycleQuestion,
): Anomaly {
  const cycle = transactions.map((from, place): CycleEdge => {
    const to = transactions[(place + 1) % transactions.length]!;
    const edge = types[place]!;
    return { from, to, type: edge, reason: reasonOf(from, to, edge, question) };
  });
  const operations = [...new Set(transactions)];
  const path = [...transactions, transactions[0]!].map(operationName).join(" before ");
  return {
    type,
    name: shapeName(transactions, types),
    sentence: `no order fits: ${path}`,
    operations,
    cycle,
    smallest,
    details: {},
  };
}

function reasonOf(
  from: number,
  to: number,
  type: EdgeType,
  { operations, explain }: CycleQuestion,
): string {
  const so = `so ${operationName(from)} is before ${operationName(to)}`;
  if (type === "process") {
    const process = operations.processName(from);
    return `process ${process} did ${operationName(from)} and later ${operationName(to)}: ${so}`;
  }
  if (type === "real-time") {
    const { invokedAt, completedAt } = operations.times();
    return `${operationName(from)} was answered at ${completedAt[from]} and ${operationName(to)} asked for at ${invokedAt[to]}: ${so}`;
  }
  const why = explain(from, to, type);
  return why === null ? so : `${why}: ${so}`;
}

// Names of shapes in the literature: Berenson et al. 1995 (write skew, read skew); Sovran et
// al. 2011 (long fork).
function shapeName(transactions: readonly number[], types: readonly EdgeType[]): string | null {
  const shape = types.map((type) => (type.startsWith("rw") ? "rw" : type));
  const turned = [...shape.slice(1), shape[0]!];
  const is = (...wanted: string[]) =>
    [shape, turned].some(
      (way) => way.length === wanted.length && wanted.every((type, place) => type === way[place]),
    );
  if (new Set(transactions).size !== transactions.length) return null;
  if (is("rw", "rw")) return "write skew";
  if (is("rw", "wr")) return "read skew";
  if (is("rw", "ww")) return "lost update";
  if (is("rw", "wr", "rw", "wr")) return "long fork";
  return null;
}
