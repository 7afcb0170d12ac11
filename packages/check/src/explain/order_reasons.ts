// Why an operation fits nowhere in an order: what the object held after each step, where
// the answer would have been possible, and why it came too late for that.

import type { Operation } from "../history/operation.ts";
import type { SequentialModel } from "../linearizability/model.ts";
import { describeOperation, describeValue } from "./describe.ts";

/** Ways that a model which may choose can have gone, at once. */
const waysMax = 256;

/** Steps of an order whose states are worked out. */
const walkedMax = 50_000;

/** Answers that are tried, to name one that would have fitted. */
const answersMax = 64;

/** UTF-16 units of a state, in a sentence. */
const stateLengthMax = 160;

interface Way<State> {
  readonly state: State;
  readonly before: Way<State> | null;
}

/**
 * The states before an order, and after each of its steps, as one way leads to `end`, or to
 * any end where that is null. Where the model may choose between more than 256 ways, or the
 * order is longer than 50,000, states from some step on may be missing.
 */
export function statesAlong<State, Input, Output>(
  order: readonly Operation<Input, Output>[],
  model: SequentialModel<State, Input, Output>,
  end: { readonly state: State } | null,
): State[] {
  let ways: readonly Way<State>[] = [{ state: model.init(), before: null }];
  for (const { input, output, outcome } of order.slice(0, walkedMax)) {
    const known = outcome === "ok" ? output : undefined;
    const next = new Map<string, Way<State>>();
    for (const way of ways) {
      for (const state of model.step(way.state, input, known)) {
        const key = model.key(state);
        if (next.size < waysMax && !next.has(key)) next.set(key, { state, before: way });
      }
    }
    if (next.size === 0) break;
    ways = [...next.values()];
  }
  const wanted = end === null ? null : model.key(end.state);
  const states: State[] = [];
  let at: Way<State> | null = ways.find(({ state }) => model.key(state) === wanted) ?? ways[0]!;
  for (; at !== null; at = at.before) states.push(at.state);
  return states.reverse();
}

/** What {@link reasonsOf} is told. */
export interface Stuck<State, Input, Output> {
  readonly model: SequentialModel<State, Input, Output>;
  readonly order: readonly Operation<Input, Output>[];
  /** As {@link statesAlong} gives them. */
  readonly states: readonly State[];
  /** What would have had to come next. */
  readonly next: Operation<Input, Output>;
  /** How a sentence calls an operation: `#7`. */
  readonly nameOf: (operation: Operation<Input, Output>) => string;
}

/** Why `next` can't follow, as sentences without their full stops. Linear in the order. */
export function reasonsOf<State, Input, Output>(stuck: Stuck<State, Input, Output>): string[] {
  const { model, order, states, next, nameOf } = stuck;
  // Where the walk ended early, what it ended in is not what comes next.
  if (states.length <= order.length) return [`${nameOf(next)} fits nowhere after these`];
  const end = states[states.length - 1]!;
  const what = describeOperation(next as Operation, stateLengthMax);
  const isStart = order.length === 0;
  const reasons = [
    `${isStart ? "at the beginning" : "after these"} the state is ${stateText(end)}, and there ${nameOf(next)} ${what} is impossible`,
  ];
  const answers = answersThatFit(stuck, end);
  if (answers.length > 0) reasons.push(`there it can be answered ${answers.join(" or ")}`);
  let last = states.length - 1;
  while (last >= 0 && !fits(model, states[last]!, next)) last -= 1;
  if (last < 0) {
    reasons.push(`${nameOf(next)} fits no state of this order`);
    return reasons;
  }
  const ender = order[last];
  if (ender === undefined) return reasons;
  const state = stateText(states[last]!);
  reasons.push(
    `it would have fitted the state ${state}, which lasted until ${nameOf(ender)} ${describeOperation(ender as Operation, stateLengthMax)}`,
  );
  const earlier = order.slice(last).find(({ completedAt }) => completedAt < next.invokedAt);
  if (earlier === undefined) return reasons;
  const who = earlier === ender ? "that" : `${nameOf(earlier)}, which comes after it,`;
  reasons.push(`but ${who} was over before ${nameOf(next)} was asked for`);
  return reasons;
}

function fits<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  state: State,
  { input, output }: Operation<Input, Output>,
): boolean {
  return model.step(state, input, output).length > 0;
}

/** A state in a few words. */
export function stateText(state: unknown): string {
  return describeValue(state, stateLengthMax);
}

// Answers seen elsewhere, and the state itself, which is what a register answers.
function answersThatFit<State, Input, Output>(
  { model, order, next }: Stuck<State, Input, Output>,
  state: State,
): string[] {
  if (next.output === undefined) return [];
  const tried = new Map<string, unknown>([[stateText(state), state]]);
  for (let place = order.length - 1; place >= 0 && tried.size < answersMax; place -= 1) {
    const { output } = order[place]!;
    if (output !== undefined) tried.set(stateText(output), output);
  }
  return [...tried]
    .filter(([, output]) => output !== undefined)
    .filter(([, output]) => fits(model, state, { ...next, output: output as Output }))
    .map(([text]) => text)
    .slice(0, 3);
}
