// Judges whether all readers saw writes appear in one order.
//
// Each key is written once. Two readers of the same keys fork time where one saw a write
// that the other missed, and the other way round:
//
//   reader 1: x = 1, y = nothing        reader 2: x = nothing, y = 1
//
// Snapshot isolation forbids it; parallel snapshot isolation does not.
// Source: Sovran et al. 2011, "Transactional storage for geo-replicated systems"; Jepsen's
// long-fork workload.

import type { RegisterStep } from "../isolation/transaction.ts";
import {
  type CallOperation,
  callsOf,
  type DataVerdict,
  type Item,
  itemOf,
  refuse,
} from "./calls.ts";

/** What readers saw of each other's writes. */
export interface LongForkVerdict {
  /** `unknown` where a key was written more than once or had two values: then nothing can be told. */
  readonly verdict: DataVerdict;
  /** Pairs of operations that saw time in different orders; some of them. */
  readonly forks: readonly (readonly [number, number])[];
  /** Keys that were written more than once, or read with different values. */
  readonly unclearKeys: readonly Item[];
  readonly readsCount: number;
  /** Reads that saw nothing, and reads that saw all: they can't be in a fork. */
  readonly earlyReadCount: number;
  readonly lateReadCount: number;
}

/** Forks in a verdict. */
export const forksMax = 1000;

interface Read {
  readonly place: number;
  readonly values: ReadonlyMap<Item, Item | null>;
  readonly seen: number;
}

/**
 * Judges transactions of reads alone, or of one write: lists of `["r", key, value]` or
 * `["w", key, value]`. Linear where there is no fork; otherwise all pairs of a group that
 * has one are compared.
 *
 * @throws {HoldfastError} `invalid_argument` or `too_large`, with the place.
 */
export function judgeLongFork(history: Iterable<CallOperation>): LongForkVerdict {
  const groups = new Map<string, Read[]>();
  const written = new Map<Item, Item | null>();
  const unclear = new Set<Item>();
  const reads: Read[] = [];
  for (const [place, operation] of callsOf(history).entries()) {
    const steps = stepsOf(operation, place);
    if (steps.length === 1 && steps[0]![0] === "w") {
      const key = steps[0]![1];
      if (written.has(key)) unclear.add(key);
      written.set(key, steps[0]![2]);
    } else if (operation.outcome === "ok" && steps.every(([what]) => what === "r")) {
      const read = readOf(steps, place);
      reads.push(read);
      const name = JSON.stringify([...read.values.keys()].map((key) => JSON.stringify(key)).sort());
      groups.set(name, [...(groups.get(name) ?? []), read]);
    }
  }
  for (const key of keysOfTwoValues(reads)) unclear.add(key);
  const forks = [...groups.values()].flatMap((group) => forksOf(group)).slice(0, forksMax);
  return {
    verdict: unclear.size > 0 ? "unknown" : forks.length > 0 ? "violation" : "ok",
    forks,
    unclearKeys: [...unclear],
    readsCount: reads.length,
    earlyReadCount: reads.filter(({ seen }) => seen === 0).length,
    lateReadCount: reads.filter(({ seen, values }) => seen === values.size).length,
  };
}

function stepsOf(
  { input, output, outcome }: CallOperation,
  place: number,
): readonly RegisterStep[] {
  const steps = outcome === "ok" ? output : input.value;
  if (!Array.isArray(steps)) return refuse(place, "no list of steps");
  for (const step of steps as readonly unknown[]) {
    if (!Array.isArray(step) || (step[0] !== "r" && step[0] !== "w")) {
      return refuse(place, "a step is r or w");
    }
    itemOf(step[1], place);
    if (step[2] !== null && step[2] !== undefined) itemOf(step[2], place);
  }
  return steps as readonly RegisterStep[];
}

function readOf(steps: readonly RegisterStep[], place: number): Read {
  const values = new Map<Item, Item | null>();
  for (const [, key, value] of steps) values.set(key, value ?? null);
  const seen = [...values.values()].filter((value) => value !== null).length;
  return { place, values, seen };
}

function keysOfTwoValues(reads: readonly Read[]): Set<Item> {
  const known = new Map<Item, Item>();
  const unclear = new Set<Item>();
  for (const { values } of reads) {
    for (const [key, value] of values) {
      if (value === null) continue;
      if (known.has(key) && known.get(key) !== value) unclear.add(key);
      known.set(key, value);
    }
  }
  return unclear;
}

// In one order, who saw more saw all that others saw. So sorted by how much they saw, each
// needs comparing with the next only; where that fails, all pairs are looked at.
function forksOf(group: readonly Read[]): [number, number][] {
  const sorted = [...group].sort((left, right) => left.seen - right.seen);
  if (sorted.every((read, place) => place === 0 || sawAll(read, sorted[place - 1]!))) return [];
  const forks: [number, number][] = [];
  for (const [place, left] of group.entries()) {
    for (const right of group.slice(place + 1)) {
      if (forks.length === forksMax) return forks;
      if (!sawAll(left, right) && !sawAll(right, left)) forks.push([left.place, right.place]);
    }
  }
  return forks;
}

function sawAll(one: Read, other: Read): boolean {
  return [...other.values].every(([key, value]) => value === null || one.values.get(key) !== null);
}
