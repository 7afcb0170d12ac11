// The search against a judge that tries everything: all small histories, and many at random.

import {
  type CasRegisterInput,
  type CasRegisterOutput,
  casRegister,
  checkLinearizability,
  type History,
  type Operation,
  type SequentialModel,
} from "@holdfast/check";
import { randomItem, SeededRandom } from "@holdfast/std";
import { describe, expect, test } from "vitest";
import { bruteForce, explainOrder, explainPartial } from "./brute_force.ts";
import { correctHistory, guessedHistory, operation, overlaps } from "./random_history.ts";

const seed = Number(process.env.HOLDFAST_SEED ?? 1);

type Registers = History<CasRegisterInput, CasRegisterOutput>;
type Answered = Operation<CasRegisterInput, CasRegisterOutput>;

const inputs: readonly CasRegisterInput[] = [
  { f: "read" },
  { f: "write", value: 1 },
  { f: "write", value: 2 },
  { f: "cas", from: 1, to: 2 },
  { f: "cas", from: 2, to: 1 },
];

function guesses(input: CasRegisterInput): readonly CasRegisterOutput[] {
  if (input.f === "read") return [null, 1, 2];
  return input.f === "cas" ? [true, false] : [undefined];
}

/** Judges by search, and holds the answer to all that it says of itself. */
function judge<State, Input, Output>(
  history: History<Input, Output>,
  model: SequentialModel<State, Input, Output>,
): boolean {
  const verdict = checkLinearizability(history, model, { method: "search" });
  if (verdict.verdict === "ok") {
    expect(explainOrder(history, verdict.order!, model)).toBe("");
    return true;
  }
  if (verdict.verdict !== "violation") throw new Error(verdict.reason);
  const stuck = verdict.operations[0]!;
  expect(verdict.partials.length).toBeGreaterThan(0);
  for (const { order, state } of verdict.partials) {
    expect(order).not.toContain(stuck);
    expect(explainPartial(history, order, model)).toBe("");
    const before = history.filter(
      ({ outcome, completedAt }) => outcome === "ok" && completedAt < stuck.completedAt,
    );
    expect(before.filter((one) => !order.includes(one))).toEqual([]);
    expect(typeof model.key(state)).toBe("string");
  }
  return false;
}

describe("all histories of a CAS register over two values", () => {
  // Every operation that can be, with every answer; of unknown outcome without one.
  const choices: { input: CasRegisterInput; outcome: "ok" | "info"; output: CasRegisterOutput }[] =
    inputs.flatMap((input) => [
      ...guesses(input).map((output) => ({ input, outcome: "ok" as const, output })),
      ...(input.f === "read" ? [] : [{ input, outcome: "info" as const, output: undefined }]),
    ]);

  function* all(count: number, from: typeof choices): Generator<Registers> {
    function* chosen(prefix: typeof choices): Generator<typeof choices> {
      if (prefix.length === count) yield prefix;
      else for (const choice of from) yield* chosen([...prefix, choice]);
    }
    for (const times of overlaps(count)) {
      for (const operations of chosen([])) {
        yield operations.map(({ input, outcome, output }, index) =>
          operation<CasRegisterInput, CasRegisterOutput>(input, outcome, {
            output,
            times: times[index]!,
          }),
        );
      }
    }
  }

  function compare(histories: Iterable<Registers>): { ok: number; violation: number } {
    const counts = { ok: 0, violation: 0 };
    for (const history of histories) {
      const isLinearizable = bruteForce(history, casRegister());
      const { verdict } = checkLinearizability(history, casRegister(), { method: "search" });
      if (verdict !== (isLinearizable ? "ok" : "violation")) expect(history).toBe(isLinearizable);
      counts[verdict as "ok" | "violation"] += 1;
    }
    return counts;
  }

  test("of up to 3 operations, unknown outcomes too", { timeout: 120_000 }, () => {
    for (const count of [0, 1, 2]) compare(all(count, choices));
    const { ok, violation } = compare(all(3, choices));
    expect(ok + violation).toBe(15 * 13 ** 3);
    expect(violation).toBeGreaterThan(5_000);
  });

  test("of 4 reads, writes and answered CAS of one direction", { timeout: 120_000 }, () => {
    const few = choices.filter(
      ({ input, outcome, output }) =>
        outcome === "ok" && output !== false && (input.f !== "cas" || input.from === 1),
    );
    const { ok, violation } = compare(all(4, few));
    expect(ok + violation).toBe(105 * 6 ** 4);
    expect(ok).toBeGreaterThan(10_000);
  });
});

describe("random histories of a CAS register", () => {
  const random = new SeededRandom(seed);
  const recipe = (operations: number) => ({
    random,
    processes: 4,
    operations,
    input: () => randomItem(random, inputs),
    guesses,
    infoEvery: 4,
    failEvery: 8,
  });

  test("of up to 8 operations: as the judge that tries everything", () => {
    const counts = [0, 0];
    for (let index = 0; index < 4_000; index += 1) {
      const history = guessedHistory(recipe(4 + (index % 5)));
      const isLinearizable = bruteForce(history, casRegister());
      counts[Number(isLinearizable)]! += 1;
      if (judge(history, casRegister()) !== isLinearizable) expect(history).toBe(isLinearizable);
    }
    expect(Math.min(...counts)).toBeGreaterThan(400);
  });

  test("of a correct register: always accepted", () => {
    for (let index = 0; index < 300; index += 1) {
      const history = correctHistory(recipe(20 + (index % 60)), casRegister());
      if (!judge(history, casRegister())) expect(history).toBe("ok");
    }
  });

  test("with an answer that nothing explains: always rejected", () => {
    for (let index = 0; index < 100; index += 1) {
      const history = correctHistory({ ...recipe(40), infoEvery: 10 }, casRegister());
      const reads = history.filter(({ input, outcome }) => input.f === "read" && outcome === "ok");
      const spoiled = randomItem(random, reads);
      const planted = history.map((one) => (one === spoiled ? { ...one, output: 3 } : one));
      expect(judge(planted, casRegister())).toBe(false);
    }
  });

  test("where a read after all others brings an overwritten value back: always rejected", () => {
    for (let index = 0; index < 100; index += 1) {
      const history = correctHistory({ ...recipe(30), infoEvery: 0 }, casRegister());
      const end = Math.max(...history.map(({ completedAt }) => completedAt));
      const at = (input: CasRegisterInput, place: number, output?: CasRegisterOutput): Answered =>
        operation(input, "ok", { output, times: [end + place, end + place + 1] });
      const planted = [
        ...history,
        at({ f: "write", value: 7 }, 1),
        at({ f: "write", value: 8 }, 3),
        at({ f: "read" }, 5, 7),
      ];
      expect(judge(planted, casRegister())).toBe(false);
    }
  });
});
