// Transactions as they are judged: lists of small steps on named lists, registers, or a
// closed set of things that predicates select from.
//
// A transaction that was answered stands in the output of its operation, with what its
// reads saw; what failed, or of which nobody knows, stands in the input.

import type { Operation } from "../history/operation.ts";

/** A key of a list or a register. */
export type Key = string | number;

/** What is written and read. No two writes of a key may write the same. */
export type Value = string | number | boolean;

/** A step on a list: append a value, or read all; null is the empty list. */
export type ListStep =
  | readonly ["append", Key, Value]
  | readonly ["r", Key, readonly Value[] | null];

/** A step on a register: write a value, or read it; null is what was there before all writes. */
export type RegisterStep = readonly ["w", Key, Value] | readonly ["r", Key, Value | null];

/** What a predicate selects: all, what equals a value, or what leaves a rest after division. */
export type Predicate = "true" | readonly ["=", Value] | readonly ["mod", number, number];

/**
 * A step on things that predicates select from. A predicate read saw all things that it
 * selects. `init` says that a thing was there before all transactions.
 */
export type PredicateStep =
  | RegisterStep
  | readonly ["init", Key, Value]
  | readonly ["insert", Key, Value]
  | readonly ["delete", Key]
  | readonly ["rp", Predicate, Readonly<Record<Key, Value>> | null];

/** An operation that is a transaction of such steps. */
export type TransactionOperation<Step> = Operation<readonly Step[], readonly Step[]>;

/** Operations in a history. */
export const operationsMax = 16_000_000;
/** Steps in a transaction. */
export const stepsInTransactionMax = 65_536;
/** Values in a list that was read. */
export const listLengthMax = 1_000_000;
/** Characters in a key or a value. */
export const textLengthMax = 65_536;
