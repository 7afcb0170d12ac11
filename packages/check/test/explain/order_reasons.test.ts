// Why an operation fits nowhere: the states along an order, and the sentences.

import {
  checkLinearizability,
  type Operation,
  type RegisterInput,
  type RegisterOutput,
  register,
  type SequentialModel,
} from "@holdfast/check";
import { randomBelow, SeededRandom } from "@holdfast/std";
import { expect, test } from "vitest";
import { reasonsOf, statesAlong } from "../../src/explain/order_reasons.ts";
import { guessedHistory } from "../linearizability/random_history.ts";

type RegisterOperation = Operation<RegisterInput, RegisterOutput>;

const call = (
  [invokedAt, completedAt]: readonly [number, number],
  input: RegisterInput,
  output?: RegisterOutput,
): RegisterOperation => ({
  ...{ process: "ann", input, outcome: "ok", output: output as RegisterOutput },
  ...{ invokedAt, completedAt },
});

test("what held it up may not be over, but what came after it was", () => {
  const order = [
    call([0, 50], { f: "write", value: 1 }),
    call([1, 2], { f: "read" }, 1),
    call([3, 60], { f: "write", value: 2 }),
  ];
  const next = call([5, 6], { f: "read" }, null);
  const model = register();
  const states = statesAlong(order, model, null);
  expect(states).toEqual([null, 1, 1, 2]);
  const nameOf = (operation: RegisterOperation) => `#${[...order, next].indexOf(operation)}`;
  expect(reasonsOf({ model, order, states, next, nameOf })).toEqual([
    "after these the state is 2, and there #3 read: null is impossible",
    "there it can be answered 2",
    "it would have fitted the state null, which lasted until #0 write 1",
    "but #1, which comes after it, was over before #3 was asked for",
  ]);
});

test("at the beginning there is nothing before it", () => {
  const next = call([5, 6], { f: "read" }, 7);
  const model = register();
  const states = statesAlong([], model, null);
  expect(reasonsOf({ model, order: [], states, next, nameOf: () => "#0" })).toEqual([
    "at the beginning the state is null, and there #0 read: 7 is impossible",
    "there it can be answered null",
    "#0 fits no state of this order",
  ]);
});

/** A box that holds nothing, or a number. */
const box: SequentialModel<number | undefined, "look", number | null> = {
  name: "box",
  init: () => undefined,
  step: (state, _, output) => (output === undefined || output === (state ?? null) ? [state] : []),
  key: String,
};

test("a state that is no answer is not offered as one", () => {
  const next = { ...call([5, 6], { f: "read" }), input: "look" as const, output: 7 };
  const states = statesAlong([], box, null);
  expect(reasonsOf({ model: box, order: [], states, next, nameOf: () => "#0" })).toEqual([
    "at the beginning the state is undefined, and there #0 look: 7 is impossible",
    "#0 fits no state of this order",
  ]);
});

/** A counter that may lose an addition. */
const leaky: SequentialModel<number, "add" | "read", number> = {
  name: "leaky",
  init: () => 0,
  step: (count, input, output) => {
    if (input === "add") return [count, count + 1];
    return output === undefined || output === count ? [count] : [];
  },
  key: String,
};

test("of an object that may choose, the states are those of one way to the end", () => {
  const random = new SeededRandom(1);
  let count = 0;
  for (let round = 0; round < 60; round += 1) {
    const history = guessedHistory<"add" | "read", number>({
      ...{ random, processes: 3, operations: 14 },
      input: () => (randomBelow(random, 3) === 0 ? "read" : "add"),
      guesses: (input) => (input === "read" ? [0, 1, 2, 3] : [0]),
    });
    const verdict = checkLinearizability(history, leaky);
    if (verdict.verdict !== "violation") continue;
    for (const partial of verdict.partials) {
      count += 1;
      const states = statesAlong(partial.order, leaky, partial);
      expect(states).toHaveLength(partial.order.length + 1);
      expect([states[0], states.at(-1)]).toEqual([0, partial.state]);
      for (const [index, { input, outcome, output }] of partial.order.entries()) {
        const known = outcome === "ok" ? output : undefined;
        expect(leaky.step(states[index]!, input, known)).toContain(states[index + 1]);
      }
    }
  }
  expect(count).toBeGreaterThan(20);
});
