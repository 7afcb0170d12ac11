// Operations that are calls of a data type, the order of their events, and bags of values.

import { HoldfastError } from "@holdfast/std";
import type { Operation } from "../history/operation.ts";

/** What was called, in the words of the workload, and with what. */
export interface Call {
  readonly f: string;
  readonly value: unknown;
}

/** A call and its answer. */
export type CallOperation = Operation<Call, unknown>;

/** A value that data types hold. */
export type Item = string | number | boolean;

/** A verdict on a data type. */
export type DataVerdict = "ok" | "violation" | "unknown";

/** Operations in a history of calls. */
export const callsMax = 4_000_000;
/** Values in one answer. */
export const answerLengthMax = 4_000_000;

/** That an operation began, or was over. */
export interface CallEvent {
  readonly kind: "invoke" | "complete";
  readonly place: number;
  readonly operation: CallOperation;
}

/** All events in order. At one time, beginnings come before ends: nothing precedes what it meets. */
export function eventsOf(history: readonly CallOperation[]): CallEvent[] {
  const events: (CallEvent & { readonly at: number })[] = [];
  for (const [place, operation] of history.entries()) {
    events.push({ kind: "invoke", place, operation, at: operation.invokedAt });
    if (operation.completedAt === Number.POSITIVE_INFINITY) continue;
    events.push({ kind: "complete", place, operation, at: operation.completedAt });
  }
  const rank = ({ kind }: CallEvent) => (kind === "invoke" ? 0 : 1);
  return events.sort((left, right) => {
    if (left.at !== right.at) return left.at < right.at ? -1 : 1;
    return rank(left) - rank(right) || left.place - right.place;
  });
}

/** All operations, checked. @throws {HoldfastError} `invalid_argument` or `too_large`. */
export function callsOf(history: Iterable<CallOperation>): CallOperation[] {
  const calls: CallOperation[] = [];
  for (const operation of history) {
    if (calls.length >= callsMax) throw new HoldfastError("too_large", `over ${callsMax} calls`);
    const { input, outcome, invokedAt, completedAt } = operation;
    if (typeof input?.f !== "string") refuse(calls.length, "calls nothing");
    if (outcome !== "ok" && outcome !== "fail" && outcome !== "info") {
      refuse(calls.length, `the outcome is ok, fail or info, not ${String(outcome)}`);
    }
    if (!(invokedAt <= completedAt)) {
      refuse(calls.length, `asked for at ${invokedAt} and answered at ${completedAt}`);
    }
    calls.push(operation);
  }
  return calls;
}

/** A value of a call. @throws {HoldfastError} `invalid_argument` where it is none. */
export function itemOf(value: unknown, place: number): Item {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return value;
  }
  return refuse(place, `${JSON.stringify(value) ?? "undefined"} is no text, number or boolean`);
}

/** A list of values of an answer. @throws {HoldfastError} `invalid_argument` or `too_large`. */
export function itemsOf(value: unknown, place: number): Item[] {
  if (!Array.isArray(value)) return refuse(place, "the answer is no list");
  if (value.length > answerLengthMax) {
    throw new HoldfastError("too_large", `operation ${place}: ${value.length} values`);
  }
  return value.map((item) => itemOf(item, place));
}

/** Refuses an operation. */
export function refuse(place: number, what: string): never {
  throw new HoldfastError("invalid_argument", `operation ${place}: ${what}`);
}

/** Values in the order in which people count them: numbers first. */
export function sortedItems(items: Iterable<Item>): Item[] {
  return [...items].sort((left, right) => {
    if (typeof left === "number" && typeof right === "number") return left - right;
    if (typeof left !== typeof right) return typeof left === "number" ? -1 : 1;
    return left < right ? -1 : left > right ? 1 : 0;
  });
}

/** A bag: how often each value is in it. */
export class Bag {
  readonly #counts = new Map<Item, number>();

  add(item: Item): void {
    this.#counts.set(item, this.count(item) + 1);
  }

  /** Takes one out; false where none is in it. */
  take(item: Item): boolean {
    const count = this.count(item);
    if (count === 0) return false;
    if (count === 1) this.#counts.delete(item);
    else this.#counts.set(item, count - 1);
    return true;
  }

  count(item: Item): number {
    return this.#counts.get(item) ?? 0;
  }

  /** What is in it more often than in `other`, as often as it is more; sorted. */
  without(other: Bag): Item[] {
    return sortedItems(
      [...this.#counts].flatMap(([item, count]) =>
        Array.from({ length: Math.max(0, count - other.count(item)) }, () => item),
      ),
    );
  }

  /** What is in both, as often as in both; sorted. */
  shared(other: Bag): Item[] {
    return sortedItems(
      [...this.#counts].flatMap(([item, count]) =>
        Array.from({ length: Math.min(count, other.count(item)) }, () => item),
      ),
    );
  }

  /** All of it, sorted. */
  items(): Item[] {
    return this.without(new Bag());
  }
}

/** A bag of these. */
export function bagOf(items: Iterable<Item>): Bag {
  const bag = new Bag();
  for (const item of items) bag.add(item);
  return bag;
}
