// The order of the versions of registers, as far as it can be told or may be assumed.
//
// A register does not show its past. So the order of its values comes from:
//
//   initial     what was there before all writes comes before them
//   told        the order in which the database says that transactions committed
//   follow      who reads a value and then writes the key turned the one into the other
//   process     a process meets the values of a key in their order
//   real-time   so does anybody, if operations do not overlap
//
// The last four are assumptions, made where they are asked for. Each is taken in turn; if
// the values of a key would then come before themselves, that is an anomaly, and for this
// key the assumption is dropped again.
// Source: Alvaro & Kingsbury 2020, section 5.2 and 7.2.

import { adjacencyOf, type EdgeList } from "../graph/adjacency.ts";
import { componentsOf } from "../graph/components.ts";
import { IntColumn } from "../graph/int_column.ts";
import { PairTable } from "../graph/pair_table.ts";
import { type Accesses, none } from "./register_access.ts";
import { initial, type StepTable } from "./step_table.ts";

/** Where an order of two versions comes from. */
export const versionSources = ["initial", "told", "follow", "process", "real-time"] as const;

/** One of these. */
export type VersionSource = (typeof versionSources)[number];

/** What may be assumed of registers. */
export interface VersionOptions {
  /** Who reads a key and then writes it turned the one value into the other. */
  readonly wfrKeys?: boolean;
  /** Each process meets the values of a key in their order. */
  readonly sequentialKeys?: boolean;
  /** Each key on its own is linearizable. */
  readonly linearizableKeys?: boolean;
  /** In which place each operation committed, as the database tells; those that are missing come first. */
  readonly transactionOrder?: ReadonlyMap<number, number>;
}

/** Versions of a key that would come before themselves. */
export interface VersionCycle {
  readonly key: number;
  /** Elements, or `initial`. */
  readonly elements: readonly number[];
  readonly source: VersionSource;
}

/**
 * Which version is before which. A version is an element, or, behind all elements, the
 * initial state of a key: see {@link initialVersion}. Bits are places in `versionSources`.
 */
export interface VersionOrder {
  readonly edges: EdgeList;
  readonly size: number;
  readonly cycles: readonly VersionCycle[];
}

/** The number of the initial version of a key. */
export function initialVersion(steps: StepTable, key: number): number {
  return steps.elementKey.size + key;
}

/** Finds what can be told of the order. Linear, but for real-time, which takes n·c with c at once. */
export function versionOrderOf(
  steps: StepTable,
  accesses: Accesses,
  options: VersionOptions,
): VersionOrder {
  const size = steps.elementKey.size + steps.keyCodes.size;
  const edges = emptyList();
  const cycles: VersionCycle[] = [];
  const take = (source: VersionSource, found: EdgeList): void => {
    cycles.push(...addWhereAcyclic(steps, { edges, found, size, source }));
  };
  take("initial", afterInitial(steps, accesses));
  if (options.transactionOrder !== undefined) {
    take("told", asTold(steps, accesses, options.transactionOrder));
  }
  if (options.wfrKeys === true) take("follow", writesFollowReads(accesses));
  if (options.sequentialKeys === true) take("process", byProcess(steps, accesses));
  if (options.linearizableKeys === true) take("real-time", byRealTime(steps, accesses));
  return { edges, size, cycles };
}

function emptyList(): EdgeList {
  return { source: new IntColumn(64), target: new IntColumn(64), bits: new IntColumn(64) };
}

function push(list: EdgeList, source: number, target: number, bits = 0): void {
  list.source.push(source);
  list.target.push(target);
  list.bits.push(bits);
}

function addWhereAcyclic(
  steps: StepTable,
  options: {
    readonly edges: EdgeList;
    readonly found: EdgeList;
    readonly size: number;
    readonly source: VersionSource;
  },
): VersionCycle[] {
  const { edges, found, size, source } = options;
  const both = emptyList();
  for (const list of [edges, found]) {
    for (let edge = 0; edge < list.source.size; edge += 1) {
      push(both, list.source.at(edge), list.target.at(edge));
    }
  }
  const components = componentsOf(adjacencyOf(size, both));
  const members = new Map<number, number[]>();
  for (let version = 0; version < size; version += 1) {
    const component = components.of[version]!;
    if (components.sizes[component]! < 2) continue;
    const list = members.get(component) ?? [];
    members.set(component, list);
    list.push(version);
  }
  const keyOf = (version: number) => keyOfVersion(steps, version);
  const cyclic = new Set([...members.values()].map(([version]) => keyOf(version!)));
  for (let edge = 0; edge < found.source.size; edge += 1) {
    if (cyclic.has(keyOf(found.source.at(edge)))) continue;
    push(edges, found.source.at(edge), found.target.at(edge), versionSources.indexOf(source));
  }
  return [...members.values()].map((versions) => ({
    key: keyOf(versions[0]!),
    elements: versions.map((version) => (version < steps.elementKey.size ? version : initial)),
    source,
  }));
}

function keyOfVersion(steps: StepTable, version: number): number {
  const elements = steps.elementKey.size;
  return version < elements ? steps.elementKey.at(version) : version - elements;
}

function afterInitial(steps: StepTable, { key, read, written }: Accesses): EdgeList {
  const list = emptyList();
  const done = new Uint8Array(steps.elementKey.size);
  for (let row = 0; row < key.length; row += 1) {
    for (const element of [read[row]!, written[row]!]) {
      if (element < 0 || done[element] === 1) continue;
      done[element] = 1;
      push(list, initialVersion(steps, key[row]!), element);
    }
  }
  return list;
}

function asTold(
  steps: StepTable,
  { operation, key, written }: Accesses,
  places: ReadonlyMap<number, number>,
): EdgeList {
  const list = emptyList();
  const placeOf = (row: number) => places.get(operation[row]!) ?? Number.NEGATIVE_INFINITY;
  const rows = Array.from(key.keys()).filter((row) => written[row] !== none);
  rows.sort((left, right) => {
    const [one, other] = [placeOf(left), placeOf(right)];
    return one < other ? -1 : one > other ? 1 : left - right;
  });
  const last = new Int32Array(steps.keyCodes.size).fill(none);
  for (const row of rows) {
    const before = last[key[row]!]!;
    const element = written[row]!;
    if (before !== none && before !== element) push(list, before, element);
    last[key[row]!] = element;
  }
  return list;
}

function writesFollowReads({ key, read, written }: Accesses): EdgeList {
  const list = emptyList();
  for (let row = 0; row < key.length; row += 1) {
    const from = read[row]!;
    const to = written[row]!;
    if (from >= 0 && to >= 0 && from !== to) push(list, from, to);
  }
  return list;
}

// The version that a transaction left, and the one that it found: of a transaction that
// only wrote, what it wrote. One that found the initial state and wrote tells of its write.
function leftBy(steps: StepTable, { key, read, written }: Accesses, row: number): number {
  if (written[row] !== none) return written[row]!;
  return read[row] === initial ? initialVersion(steps, key[row]!) : read[row]!;
}

function foundBy(steps: StepTable, { key, read, written }: Accesses, row: number): number {
  if (read[row]! >= 0) return read[row]!;
  if (written[row] !== none) return written[row]!;
  return read[row] === initial ? initialVersion(steps, key[row]!) : none;
}

function byProcess(steps: StepTable, accesses: Accesses): EdgeList {
  const list = emptyList();
  const pairs = new PairTable();
  const last: number[] = [];
  for (const [row, operation] of accesses.operation.entries()) {
    if (!steps.operations.isAnswered(operation)) continue;
    const pair = pairs.add(steps.operations.process.at(operation), accesses.key[row]!);
    const before = last[pair];
    const found = foundBy(steps, accesses, row);
    if (before !== undefined && before !== found) push(list, before, found);
    last[pair] = leftBy(steps, accesses, row);
  }
  return list;
}

function byRealTime(steps: StepTable, accesses: Accesses): EdgeList {
  const list = emptyList();
  const rowsOfKey = new Map<number, number[]>();
  for (const [row, key] of accesses.key.entries()) {
    const rows = rowsOfKey.get(key) ?? [];
    rowsOfKey.set(key, rows);
    rows.push(row);
  }
  const { invokedAt, completedAt } = steps.operations.times();
  for (const rows of rowsOfKey.values()) {
    sweep(steps, accesses, { rows, invokedAt, completedAt, list });
  }
  return list;
}

interface Sweep {
  readonly rows: number[];
  readonly invokedAt: Float64Array;
  readonly completedAt: Float64Array;
  readonly list: EdgeList;
}

// One key through time. `front` holds those that are over and have nobody after them who
// is over too: only these say something new to the next that begins.
function sweep(steps: StepTable, accesses: Accesses, of: Sweep): void {
  const { rows, invokedAt, completedAt, list } = of;
  const begins = (row: number) => invokedAt[accesses.operation[row]!]!;
  const ends = (row: number) => completedAt[accesses.operation[row]!]!;
  const byBegin = [...rows].sort((left, right) => compare(begins(left), begins(right)));
  const byEnd = rows
    .filter((row) => ends(row) < Number.POSITIVE_INFINITY)
    .sort((left, right) => compare(ends(left), ends(right)));
  let front: number[] = [];
  let ended = 0;
  for (const row of byBegin) {
    for (; ended < byEnd.length && ends(byEnd[ended]!) < begins(row); ended += 1) {
      const over = byEnd[ended]!;
      front = front.filter((other) => ends(other) >= begins(over));
      front.push(over);
    }
    const found = foundBy(steps, accesses, row);
    for (const before of front) {
      const left = leftBy(steps, accesses, before);
      if (left !== found) push(list, left, found);
    }
  }
}

function compare(left: number, right: number): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
