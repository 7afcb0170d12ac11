// Dependencies of transactions on registers: who read whose write, and what follows from
// the order of versions; and the reason for each, in a sentence.

import { adjacencyOf } from "../graph/adjacency.ts";
import { type EdgeType, rw, wr, ww } from "../graph/dependency.ts";
import type { DependencyGraph } from "../graph/dependency_graph.ts";
import { type Accesses, happenedOf, none } from "./register_access.ts";
import {
  initialVersion,
  type VersionOrder,
  type VersionSource,
  versionSources,
} from "./register_versions.ts";
import { initial, type StepTable } from "./step_table.ts";
import { operationName, quote } from "./wording.ts";

/** Who left each version, and who found it first in its key. */
interface Users {
  readonly writers: ReadonlyMap<number, number>;
  readonly readers: ReadonlyMap<number, readonly number[]>;
}

function usersOf(steps: StepTable, accesses: Accesses): Users {
  const happened = happenedOf(steps);
  const writers = new Map<number, number>();
  const readers = new Map<number, number[]>();
  for (const [row, operation] of accesses.operation.entries()) {
    const written = accesses.written[row]!;
    if (written !== none && happened[operation] === 1 && steps.writerOf(written) === operation) {
      writers.set(written, operation);
    }
    const read = accesses.read[row]!;
    if (read === none) continue;
    const version = read === initial ? initialVersion(steps, accesses.key[row]!) : read;
    const list = readers.get(version);
    if (list === undefined) readers.set(version, [operation]);
    else list.push(operation);
  }
  return { writers, readers };
}

/** Adds all dependencies of data. Linear in accesses and what is known of the order of versions. */
export function linkRegisters(
  graph: DependencyGraph,
  steps: StepTable,
  of: { readonly accesses: Accesses; readonly order: VersionOrder },
): void {
  const { writers, readers } = usersOf(steps, of.accesses);
  for (const [version, writer] of writers) {
    for (const reader of readers.get(version) ?? []) graph.link(writer, reader, wr);
  }
  const versions = adjacencyOf(of.order.size, of.order.edges);
  for (let version = 0; version < versions.size; version += 1) {
    const next: number[] = [];
    for (
      let edge = versions.rowStart[version]!;
      edge < versions.rowStart[version + 1]!;
      edge += 1
    ) {
      const writer = writers.get(versions.target[edge]!);
      if (writer !== undefined) next.push(writer);
    }
    if (next.length === 0) continue;
    const writer = writers.get(version);
    if (writer !== undefined) graph.linkAll([writer], next, ww);
    graph.linkAll(readers.get(version) ?? [], next, rw);
  }
}

const sourceReasons: Readonly<Record<VersionSource, string>> = {
  initial: "the initial state comes before all writes",
  told: "in the order that was told, it committed later",
  follow: "a transaction that reads a key and writes it turns one value into the other",
  process: "a process met them in this order",
  "real-time": "one was over before the other began",
};

/** The reason for an edge; null where there is none of this type. */
export function explainRegisters(
  steps: StepTable,
  of: { readonly accesses: Accesses; readonly order: VersionOrder },
  edge: { readonly from: number; readonly to: number; readonly type: EdgeType },
): string | null {
  const { from, to, type } = edge;
  for (const first of rowsOf(of.accesses, from)) {
    for (const second of rowsOf(of.accesses, to)) {
      if (of.accesses.key[first] !== of.accesses.key[second]) continue;
      const sentence = explainRows(steps, of, { from, to, type, first, second });
      if (sentence !== null) return sentence;
    }
  }
  return null;
}

function* rowsOf({ operation }: Accesses, wanted: number): Generator<number> {
  let low = 0;
  let high = operation.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (operation[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  for (let row = low; operation[row] === wanted; row += 1) yield row;
}

function explainRows(
  steps: StepTable,
  { accesses, order }: { readonly accesses: Accesses; readonly order: VersionOrder },
  edge: {
    readonly from: number;
    readonly to: number;
    readonly type: EdgeType;
    readonly first: number;
    readonly second: number;
  },
): string | null {
  const { from, to, type, first, second } = edge;
  const number = accesses.key[first]!;
  const key = quote(steps.keyName(number));
  const [one, other] = [operationName(from), operationName(to)];
  const written = accesses.written[first]!;
  const found = accesses.read[first]!;
  const seen = accesses.read[second]!;
  const overwritten = accesses.written[second]!;
  const value = (element: number) => quote(steps.valueOf(element));
  if (type === "wr") {
    if (written === none || written !== seen) return null;
    return `${other} read ${key} as ${value(seen)}, which ${one} wrote`;
  }
  const before = type === "ww" ? written : found;
  if (before === none || overwritten === none) return null;
  const version = before === initial ? initialVersion(steps, number) : before;
  const source = sourceBetween(order, version, overwritten);
  if (source === null) return null;
  const did = type === "ww" ? "wrote" : "read";
  const what = type === "ww" ? `${value(before)} to ${key}` : `${key} as ${value(before)}`;
  return `${one} ${did} ${what}, and ${other} wrote ${value(overwritten)}, which comes after (${sourceReasons[source]})`;
}

function sourceBetween({ edges }: VersionOrder, from: number, to: number): VersionSource | null {
  for (let edge = 0; edge < edges.source.size; edge += 1) {
    if (edges.source.at(edge) === from && edges.target.at(edge) === to) {
      return versionSources[edges.bits.at(edge)]!;
    }
  }
  return null;
}
