// Versions of things that predicates select from, and which version a predicate read must
// have met of a thing that it did not select.
//
// Everything that was ever written is known. So if all versions of a thing but one would
// have been selected, a read that did not select it met that one:
//
//   key 7 was 1, then 2;   "all odd ones" did not see it   ->   it met 2
//
// Versions come in the order in which their transactions were answered. That is known only
// where a thing is changed once after it began, and is taken on trust for others.
// Source: Adya 1999, section 3.1.4 (version sets of predicates); Elle's closed-predicate.

import { HoldfastError } from "@holdfast/std";
import { answered, failed, OperationTable } from "./operation_table.ts";
import {
  type Predicate,
  type PredicateStep,
  stepsInTransactionMax,
  type TransactionOperation,
  type Value,
} from "./transaction.ts";
import { quote } from "./wording.ts";

/** What a thing was for a while: not yet there, there with a value, or gone. */
export interface Version {
  readonly state: "unborn" | "value" | "dead";
  readonly value: Value | null;
  /** Who made it; -1 of what was not made. */
  readonly writer: number;
  /** Whether its writer changed the thing again. */
  intermediate: boolean;
}

/** A transaction with its steps. */
export interface PredicateTransaction {
  readonly operation: number;
  readonly steps: readonly PredicateStep[];
}

/** A history by things, and by transactions in the order in which they were answered. */
export interface PredicateHistory {
  readonly operations: OperationTable;
  /** What was answered, or may have happened. */
  readonly transactions: readonly PredicateTransaction[];
  /** All versions of each thing, in order. */
  readonly versions: ReadonlyMap<string, readonly Version[]>;
  /** What failed transactions wrote, by thing and value. */
  readonly aborted: ReadonlyMap<string, ReadonlyMap<Value, number>>;
  /** Whether two transactions wrote the same to a thing. */
  readonly ambiguous: boolean;
}

/** Reads a history. @throws {HoldfastError} `invalid_argument` or `too_large`, with the place. */
export function predicateHistoryOf(
  history: Iterable<TransactionOperation<PredicateStep>>,
): PredicateHistory {
  const operations = new OperationTable();
  const all: (PredicateTransaction & { readonly endsAt: number })[] = [];
  const aborted = new Map<string, Map<Value, number>>();
  for (const operation of history) {
    const number = operations.add(operation);
    const outcome = operations.outcome.at(number);
    const steps = outcome === answered ? operation.output : operation.input;
    checkSteps(steps, number);
    if (outcome === failed) noteAborted(aborted, number, steps);
    else all.push({ operation: number, steps, endsAt: operation.completedAt });
  }
  // A sort that keeps the order of equals: of what was never answered, nobody knows it.
  all.sort((left, right) => (left.endsAt < right.endsAt ? -1 : left.endsAt > right.endsAt ? 1 : 0));
  const versions = new Map<string, Version[]>();
  let ambiguous = false;
  for (const { operation, steps } of all) {
    for (const step of steps) {
      const version = versionOf(step, operation);
      if (version === null) continue;
      const key = String(step[1]);
      const list = versions.get(key) ?? (step[0] === "init" ? [] : [unborn()]);
      versions.set(key, list);
      if (list.some((other) => sameVersion(other, version))) ambiguous = true;
      const last = list[list.length - 1];
      if (last?.writer === operation) last.intermediate = true;
      list.push(version);
    }
  }
  return { operations, transactions: all, versions, aborted, ambiguous };
}

/** The version that a step makes; null where it only reads. */
export function versionOf(step: PredicateStep, writer: number): Version | null {
  switch (step[0]) {
    case "init":
    case "insert":
    case "w":
      return { state: "value", value: step[2], writer, intermediate: false };
    case "delete":
      return { state: "dead", value: null, writer, intermediate: false };
    default:
      return null;
  }
}

/** Whether two versions of a thing can't be told apart by who reads them. */
export function sameVersion(left: Version, right: Version): boolean {
  return left.state === right.state && left.value === right.value;
}

/** Whether a predicate selects a version: never one that is not there. */
export function selects(predicate: Predicate, { state, value }: Version): boolean {
  if (state !== "value") return false;
  if (predicate === "true") return true;
  if (predicate[0] === "=") return value === predicate[1];
  const [, divisor, rest] = predicate;
  return typeof value === "number" && ((value % divisor) + divisor) % divisor === rest;
}

/** The place of the version that a read of a thing met; -1 where that can't be told. */
export function placeRead(versions: readonly Version[], value: Value | null): number {
  if (value !== null) {
    return versions.findIndex((version) => version.state === "value" && version.value === value);
  }
  const first = versions[0]?.state === "unborn";
  const last = versions[versions.length - 1]?.state === "dead";
  if (first && last) return -1;
  if (last) return versions.length - 1;
  // What was always there was read as absent: the read came before all that is known.
  return first ? 0 : beforeAll;
}

/** A version that is not in the list, before all that are. */
export const beforeAll = -2;

/** The places of the versions that a predicate read met, by thing; only where it can be told. */
export function versionSet(
  versions: PredicateHistory["versions"],
  predicate: Predicate,
  seen: Readonly<Record<string, Value>>,
): Map<string, number> {
  const met = new Map<string, number>();
  for (const [key, list] of versions) {
    if (Object.hasOwn(seen, key)) {
      met.set(key, placeRead(list, seen[key]!));
      continue;
    }
    const others = list.filter((version) => !selects(predicate, version));
    if (others.length === 0) met.set(key, beforeAll);
    else if (others.length === 1) met.set(key, list.indexOf(others[0]!));
  }
  return met;
}

function unborn(): Version {
  return { state: "unborn", value: null, writer: -1, intermediate: false };
}

function noteAborted(
  aborted: Map<string, Map<Value, number>>,
  operation: number,
  steps: readonly PredicateStep[],
): void {
  for (const step of steps) {
    const version = versionOf(step, operation);
    if (version === null || version.value === null) continue;
    const key = String(step[1]);
    aborted.set(key, (aborted.get(key) ?? new Map()).set(version.value, operation));
  }
}

function checkSteps(steps: unknown, operation: number): asserts steps is readonly PredicateStep[] {
  const refuse = (what: string): never => {
    throw new HoldfastError("invalid_argument", `operation ${operation}${what}`);
  };
  if (!Array.isArray(steps)) return refuse(" has no list of steps");
  if (steps.length > stepsInTransactionMax) {
    throw new HoldfastError(
      "too_large",
      `operation ${operation} has ${steps.length} steps; at most ${stepsInTransactionMax}`,
    );
  }
  for (const [place, step] of steps.entries()) {
    if (!Array.isArray(step)) return refuse(`, step ${place} is no step`);
    const problem = problemOf(step as readonly unknown[]);
    if (problem !== null) return refuse(`, step ${place}: ${problem}`);
  }
}

function problemOf([what, key, value]: readonly unknown[]): string | null {
  if (what === "rp") return predicateProblem(key) ?? seenProblem(value);
  if (typeof key !== "string" && typeof key !== "number") return "the key is no text or number";
  if (what === "delete") return null;
  if (what === "r" && (value === null || value === undefined)) return null;
  if (what !== "r" && what !== "w" && what !== "insert" && what !== "init") {
    return `a step is r, w, insert, delete, init or rp, not ${String(what)}`;
  }
  return isValue(value) ? null : `${quote(value)} is no text, number or boolean`;
}

function predicateProblem(predicate: unknown): string | null {
  if (predicate === "true") return null;
  if (Array.isArray(predicate)) {
    const [sort, first, second] = predicate as readonly unknown[];
    if (sort === "=" && isValue(first)) return null;
    if (sort === "mod" && Number.isInteger(first) && (first as number) > 0 && isValue(second)) {
      return null;
    }
  }
  return `${quote(predicate)} is no predicate`;
}

function seenProblem(seen: unknown): string | null {
  if (seen === null || seen === undefined) return null;
  const fine =
    typeof seen === "object" && !Array.isArray(seen) && Object.values(seen).every(isValue);
  return fine ? null : "a predicate read saw no things with values";
}

function isValue(value: unknown): value is Value {
  return ["string", "number", "boolean"].includes(typeof value);
}
