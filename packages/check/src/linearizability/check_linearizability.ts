// The judge of linearizability: parts a history, prefers rules to search, and joins
// what the parts say.
//
// An object is linearizable if each of its independent parts is (Herlihy and Wing 1990,
// theorem 1), so parts are judged alone, and their orders merged by time.

import { HoldfastError } from "@holdfast/std";
import type { History, Operation } from "../history/operation.ts";
import type { SequentialModel } from "./model.ts";
import { orderTo } from "./path.ts";
import { type Budget, Search } from "./search.ts";
import { checkTimes, timelineOf } from "./timeline.ts";
import type { LinearizabilityVerdict, PartialLinearization } from "./verdict.ts";

/** Most configurations that a search looks at, unless it is told otherwise. */
export const stepsMaxDefault = 5_000_000;

/** Most partial linearizations that a violation shows. */
const partialsMax = 3;

/** `shouldStop` is asked once in so many steps. */
const stepsPerQuestion = 256;

/** How to judge. */
export interface LinearizabilityOptions {
  /**
   * Most configurations to look at, over all parts; 5 million where left out. Each takes
   * about 100 bytes, and the model's state.
   */
  readonly stepsMax?: number;
  /** Asked now and then whether to give up: a clock, or a button. */
  readonly shouldStop?: () => boolean;
  /** `search` leaves the rules aside that some models have. */
  readonly method?: "best" | "search";
}

/**
 * Judges whether `history` is linearizable: whether its operations can have taken effect
 * one after the other, each at a moment between its call and its answer, as `model` says.
 * Operations that failed are left aside; those of unknown outcome may have taken effect at
 * any time after their call, or never. Of times only `<` counts: an answer and a call of
 * the same time are concurrent.
 *
 * Without rules it takes time exponential in the number of operations that are open at
 * once, at worst; then it answers `unknown` when the budget is used up.
 *
 * @example
 * const builder = new HistoryBuilder<RegisterInput, RegisterOutput>();
 * builder.invoke("ann", { f: "write", value: 1 });
 * builder.ok("ann", undefined);
 * builder.invoke("bob", { f: "read" });
 * builder.ok("bob", null);
 * checkLinearizability(builder.build(), register()).verdict; // "violation"
 * @throws {HoldfastError} `invalid_argument` where an operation ends before it begins, or
 *   the model contradicts itself; `too_large` where too many are open at once.
 */
export function checkLinearizability<State, Input, Output>(
  history: History<Input, Output>,
  model: SequentialModel<State, Input, Output>,
  options: LinearizabilityOptions = {},
): LinearizabilityVerdict<State, Input, Output> {
  const meter = meterOf(options);
  const orders: (readonly Operation<Input, Output>[] | null)[] = [];
  let undecided: LinearizabilityVerdict<State, Input, Output> | null = null;
  // Small parts first, so that a large one does not use up what would decide them.
  const parts = [...partsOf(history, model)].sort(([, a], [, b]) => a.length - b.length);
  for (const [partition, operations] of parts) {
    const verdict = checkPart(operations, model, { ...options, meter, partition });
    if (verdict.verdict === "violation") return verdict;
    if (verdict.verdict === "unknown") undecided ??= verdict;
    else orders.push(verdict.order);
  }
  return undecided ?? { verdict: "ok", order: merge(orders) };
}

interface Meter extends Budget {
  readonly reason: () => "steps" | "stopped";
}

function meterOf({ stepsMax = stepsMaxDefault, shouldStop }: LinearizabilityOptions): Meter {
  if (!(stepsMax >= 0))
    throw new HoldfastError("invalid_argument", "stepsMax is not a number from 0");
  let steps = 0;
  let isStopped = false;
  const spend = () => {
    if (isStopped || steps >= stepsMax) return false;
    if (steps % stepsPerQuestion === 0 && shouldStop?.() === true) isStopped = true;
    steps += 1;
    return !isStopped;
  };
  return { spend, reason: () => (isStopped ? "stopped" : "steps") };
}

// One part, named null, where an operation touches several.
function partsOf<State, Input, Output>(
  history: History<Input, Output>,
  model: SequentialModel<State, Input, Output>,
): Map<string | null, Operation<Input, Output>[]> {
  const kept = history.filter(({ outcome }) => outcome !== "fail");
  const parts = new Map<string | null, Operation<Input, Output>[]>();
  for (const operation of kept) {
    const partition = model.partition?.(operation.input) ?? null;
    if (partition === null) return new Map([[null, kept]]);
    const part = parts.get(partition);
    if (part === undefined) parts.set(partition, [operation]);
    else part.push(operation);
  }
  return parts;
}

interface PartOptions extends LinearizabilityOptions {
  readonly meter: Meter;
  readonly partition: string | null;
}

function checkPart<State, Input, Output>(
  operations: History<Input, Output>,
  model: SequentialModel<State, Input, Output>,
  { method = "best", meter, partition }: PartOptions,
): LinearizabilityVerdict<State, Input, Output> {
  checkTimes(operations);
  const ruled = method === "best" ? model.rules?.(operations) : null;
  if (ruled?.verdict === "violation") return { ...ruled, partition, partials: [] };
  if (ruled?.verdict === "ok") return ruled;
  const timeline = timelineOf(operations, model);
  const search = new Search(timeline, model);
  const result = search.run(meter);
  if (result.type === "stopped") return { verdict: "unknown", reason: meter.reason(), partition };
  if (result.type === "found") return { verdict: "ok", order: orderTo(search, result.number) };
  const stuck = operations[timeline.answered[result.level]!]!;
  return {
    verdict: "violation",
    reason: `${model.name}: an operation of process ${stuck.process} fits nowhere`,
    partition,
    operations: [stuck],
    partials: longestOf(search, result.longest),
  };
}

// The longest orders that led to different states.
function longestOf<State, Input, Output>(
  search: Search<State, Input, Output>,
  numbers: readonly number[],
): PartialLinearization<State, Input, Output>[] {
  const found = numbers.map((number) => ({
    order: orderTo(search, number),
    number: search.configurations.get(number).state,
  }));
  found.sort((a, b) => b.order.length - a.order.length);
  const states = new Set<number>();
  const partials: PartialLinearization<State, Input, Output>[] = [];
  for (const { order, number } of found) {
    if (partials.length === partialsMax) break;
    if (states.has(number)) continue;
    states.add(number);
    partials.push({ order, state: search.transitions.state(number) });
  }
  return partials;
}

// Each operation gets the earliest moment that its part's order allows. That is never
// after its answer, so sorting by these moments respects real time between parts too.
function merge<Input, Output>(
  orders: readonly (readonly Operation<Input, Output>[] | null)[],
): readonly Operation<Input, Output>[] | null {
  const placed: { readonly operation: Operation<Input, Output>; readonly at: number }[] = [];
  for (const order of orders) {
    if (order === null) return null;
    if (orders.length === 1) return order;
    let at = Number.NEGATIVE_INFINITY;
    for (const operation of order) {
      at = Math.max(at, operation.invokedAt);
      placed.push({ operation, at });
    }
  }
  placed.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return placed.map(({ operation }) => operation);
}
