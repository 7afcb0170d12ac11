// Orders blocks of operations, each of which must stay together.
//
// Problem: operations come in blocks, whose inner order is given; nothing of another
// block may lie between two operations of a block. Which order of blocks respects real
// time? Block A must come before B where an operation of A was answered before one of B
// was asked for: where f(A) < s(B), f the first answer and s the last call of a block.
//
// Method: such an order exists exactly if no two blocks must each come before the other.
// For take a longer cycle A, B, C, A, and suppose that no two do: then
// f(A) >= s(C) > f(B) >= s(A) > f(C) >= s(B) > f(A), a contradiction. And if A must come
// before B and not the other way round, then both the lesser and the greater of f and s
// are no greater in A: so sorting by these two finds the order, or two blocks that
// contradict each other, in O(n log n).
//
// Source: Gibbons and Korach, "Testing shared memories" (1997), section 5: blocks with
// f < s are their forward zones, the others their backward zones.

import type { Operation } from "../history/operation.ts";
import type { RuleVerdict } from "./verdict.ts";

/** Operations that must stay together, in this order. Not empty. */
export type Block<Input, Output> = readonly Operation<Input, Output>[];

interface Zone<Input, Output> {
  readonly block: Block<Input, Output>;
  readonly first: Operation<Input, Output>;
  readonly last: Operation<Input, Output>;
  readonly firstAnswer: number;
  readonly lastCall: number;
}

/**
 * Finds an order of `blocks` that respects real time. `beginning` comes before them all,
 * and may be empty.
 */
export function orderBlocks<Input, Output>(
  beginning: Block<Input, Output>,
  blocks: readonly Block<Input, Output>[],
): RuleVerdict<Input, Output> {
  const zones = blocks.map(zoneOf);
  zones.sort((a, b) => compare(low(a), low(b)) || compare(high(a), high(b)));
  const ordered = beginning.length === 0 ? zones : [zoneOf(beginning), ...zones];
  let latest: Zone<Input, Output> | null = null;
  for (const zone of ordered) {
    const inner = explainOrder(zone.block);
    if (inner !== null) return inner;
    if (latest !== null && zone.firstAnswer < latest.lastCall) {
      return contradiction([zone.first, latest.last, ...causes(latest), ...causes(zone)]);
    }
    if (latest === null || zone.lastCall > latest.lastCall) latest = zone;
  }
  return { verdict: "ok", order: ordered.flatMap(({ block }) => block) };
}

/**
 * Whether `order` respects real time: null, or the first contradiction. In O(n).
 */
export function explainOrder<Input, Output>(
  order: readonly Operation<Input, Output>[],
): RuleVerdict<Input, Output> | null {
  let latest: Operation<Input, Output> | null = null;
  for (const operation of order) {
    if (latest !== null && operation.completedAt < latest.invokedAt) {
      return contradiction([operation, latest]);
    }
    if (latest === null || operation.invokedAt > latest.invokedAt) latest = operation;
  }
  return null;
}

function contradiction<Input, Output>(
  operations: readonly Operation<Input, Output>[],
): RuleVerdict<Input, Output> {
  const reason = `what process ${operations[0]!.process} was answered came before what process ${operations[1]!.process} asked for, and can only take effect after it`;
  return { verdict: "violation", reason, operations: [...new Set(operations)] };
}

function causes<Input, Output>({ block, first, last }: Zone<Input, Output>) {
  return [block[0]!, first, last];
}

function zoneOf<Input, Output>(block: Block<Input, Output>): Zone<Input, Output> {
  let first = block[0]!;
  let last = block[0]!;
  for (const operation of block) {
    if (operation.completedAt < first.completedAt) first = operation;
    if (operation.invokedAt > last.invokedAt) last = operation;
  }
  return { block, first, last, firstAnswer: first.completedAt, lastCall: last.invokedAt };
}

function low({ firstAnswer, lastCall }: Zone<unknown, unknown>): number {
  return Math.min(firstAnswer, lastCall);
}

function high({ firstAnswer, lastCall }: Zone<unknown, unknown>): number {
  return Math.max(firstAnswer, lastCall);
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
