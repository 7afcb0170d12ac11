import { describe, expect, test } from "vitest";
import { explorationText, explore, type Model } from "../src/explore/index.ts";
import { hash, StateTable } from "../src/explore/state_table.ts";
import { bruteForce } from "./brute_force.ts";
import { peterson } from "./peterson.ts";
import { type CommitState, twoPhaseCommit } from "./two_phase_commit.ts";

const limits = { statesMax: 100_000, depthMax: 1_000 };

/** A counter that goes up by one or two. */
function counter(top: number): Model<number, number> {
  return {
    initial: [0],
    actions: (state) => (state < top ? [1, 2] : []),
    next: (state, step) => (state + step > top ? null : state + step),
    fingerprint: (state) => String(state),
    invariants: {},
    describe: (before, step, after) => `${before} + ${step} = ${after}`,
  };
}

describe("an exploration", () => {
  test("visits every state once, nearest first", () => {
    const exploration = explore(counter(10), limits);
    expect(exploration).toMatchObject({
      states: 11,
      transitions: 19,
      cut: 1,
      ends: 1,
      depthMax: 10 - 5,
      complete: true,
      violation: null,
      passed: true,
    });
  });

  test("finds a shortest way to what is broken", () => {
    const model = {
      ...counter(10),
      invariants: { "C1 never seven": (state: number) => state !== 7 },
    };
    const exploration = explore(model, limits);
    expect(exploration.violation?.path.map(({ action }) => action)).toEqual([1, 2, 2, 2]);
    expect(exploration.passed).toBe(false);
    expect(explorationText(model, exploration)).toBe(
      [
        "# 8 states, 12 transitions, 4 deep; until a violation",
        "1  0 + 1 = 1",
        "2  1 + 2 = 3",
        "3  3 + 2 = 5",
        "4  5 + 2 = 7",
        "!  C1 never seven is broken\n",
      ].join("\n"),
    );
  });

  test("reports a broken first state without a way", () => {
    const exploration = explore(
      { ...counter(1), invariants: { C2: (state) => state > 0 } },
      limits,
    );
    expect(exploration).toMatchObject({ states: 1, violation: { invariant: "C2", path: [] } });
  });

  test("looks at the ends", () => {
    const model = { ...counter(3), endings: { C3: (state: number) => state === 4 } };
    const { violation } = explore(model, limits);
    expect(violation).toMatchObject({ kind: "ending", invariant: "C3" });
    expect(violation?.path).toHaveLength(2);
  });

  test("takes what a system throws for a violation", () => {
    const model: Model<number, number> = {
      ...counter(10),
      next: (state, step) => {
        if (state === 4) throw new Error("C4: four");
        return state + step;
      },
    };
    const exploration = explore(model, limits);
    expect(exploration.violation).toMatchObject({ kind: "assertion", invariant: null });
    expect(exploration.violation?.path).toHaveLength(3);
    expect(explorationText(model, exploration)).toMatch(/3 {2}4 \+ 1 = null\n! {2}C4: four\n$/);
  });

  test("fails where a goal is not met", () => {
    const model = {
      ...counter(5),
      goals: { five: (n: number) => n === 5, six: (n: number) => n === 6 },
    };
    const exploration = explore(model, limits);
    expect([...exploration.goals]).toEqual([
      ["five", 3],
      ["six", null],
    ]);
    expect(exploration).toMatchObject({ complete: true, violation: null, passed: false });
    expect(explorationText(model, exploration)).toMatch(/! {2}no state met: six\n$/);
  });

  test("says where it stopped short", () => {
    const few = explore(counter(100), { statesMax: 50, depthMax: 1_000 });
    expect(few).toMatchObject({ states: 50, complete: false, passed: false });
    const shallow = explore(counter(100), { statesMax: 1_000, depthMax: 10 });
    expect(shallow).toMatchObject({ states: 21, depthMax: 10, complete: false });
  });

  test("refuses limits that make no sense", () => {
    expect(() => explore(counter(1), { statesMax: 0, depthMax: 1 })).toThrow(/statesMax of 0/);
    expect(() => explore(counter(1), { statesMax: 1, depthMax: -1 })).toThrow(/depthMax of -1/);
    expect(() => explore({ ...counter(1), initial: [] }, limits)).toThrow(
      /without an initial state/,
    );
  });
});

describe("the table of states", () => {
  test("numbers a hundred thousand texts that are nearly alike, none of them twice", () => {
    const table = new StateTable(200_000);
    const add = (index: number) => table.add(`${index % 317},${index}`, index - 1, index % 7);
    const numbers = Array.from({ length: 100_000 }, (_, index) => index);
    expect(numbers.filter((index) => add(index) !== index)).toEqual([]);
    expect(numbers.filter((index) => add(index) !== "known")).toEqual([]);
    expect(table.path(9)).toEqual([0, 1, 2, 3, 4, 5, 6, 0, 1, 2]);
  });

  test("spreads its hashes over all bits", () => {
    const halves = [new Set<number>(), new Set<number>()];
    const ones = new Array<number>(64).fill(0);
    const count = 20_000;
    for (let index = 0; index < count; index += 1) {
      for (const [half, word] of hash(`0,${index};1;${index % 3}`).entries()) {
        halves[half]!.add(word);
        for (let bit = 0; bit < 32; bit += 1) ones[half * 32 + bit]! += (word >>> bit) & 1;
      }
    }
    // Of 20,000 texts, 0.05 pairs share 32 bits, if these are as good as drawn.
    for (const half of halves) expect(half.size).toBeGreaterThan(count - 4);
    for (const one of ones) expect(Math.abs(one / count - 0.5)).toBeLessThan(0.02);
  });
});

describe("known systems", () => {
  test("Peterson's lock: as many states as a count without hashes finds", () => {
    const model = peterson({ flagFirst: true });
    const exploration = explore(model, limits);
    expect(exploration.passed).toBe(true);
    expect(exploration).toMatchObject(bruteForce(model));
  });

  test("Peterson's lock with its two first lines exchanged lets both in", () => {
    const model = peterson({ flagFirst: false });
    const { violation } = explore(model, limits);
    expect(violation?.invariant).toBe("PL1 one at a time");
    // Both say whose turn it is, one raises its flag and goes in, the other does.
    expect(violation?.path).toHaveLength(6);
  });

  // What TLC counts for the specification by Gray and Lamport.
  test.each([
    [3, 288],
    [5, 8_832],
  ])("two-phase commit of %i workers has %i states", (workers, states) => {
    const exploration = explore(twoPhaseCommit({ workers, symmetric: false }), limits);
    expect(exploration).toMatchObject({ states, passed: true });
  });

  test("two-phase commit: as many states, and as many kinds of states, as a count without hashes finds", () => {
    const model = twoPhaseCommit({ workers: 3, symmetric: false });
    const exploration = explore(model, limits);
    expect(exploration).toMatchObject(bruteForce(model));
    const folded = explore(twoPhaseCommit({ workers: 3, symmetric: true }), limits);
    expect(folded.passed).toBe(true);
    expect(folded.states).toBe(bruteForce(model, leastOfAllOrders).states);
    expect(folded.states).toBeLessThan(exploration.states / 3);
    expect(folded.depthMax).toBe(exploration.depthMax);
    expect([...folded.goals]).toEqual([...exploration.goals]);
  });

  test.each([true, false])("a hasty manager is found out, symmetric: %s", (symmetric) => {
    const model = twoPhaseCommit({ workers: 3, symmetric, hasty: true });
    const { violation } = explore(model, limits);
    expect(violation?.invariant).toBe("TC1 nobody commits where another aborts");
    // Two prepare and are heard, the third gives up, the manager commits, one obeys.
    expect(violation?.path).toHaveLength(7);
  });
});

/** A state's text, whichever way its workers are numbered. */
function leastOfAllOrders(state: CommitState): string {
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];
  const texts = orders.map((order) =>
    JSON.stringify({
      ...state,
      workers: order.map((worker) => state.workers[worker]),
      heard: order.map((worker) => state.heard[worker]),
      said: order.map((worker) => state.said[worker]),
    }),
  );
  return texts.sort()[0]!;
}
