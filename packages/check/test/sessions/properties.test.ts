// The judge of sessions agrees with one that tries everything, and accepts stores that keep
// their word.

import {
  type Guarantee,
  guarantees,
  impliedGuarantees,
  judgeSessions,
  type RegisterStep,
} from "@holdfast/check";
import { SeededRandom } from "@holdfast/std";
import { expect, test } from "vitest";
import { bruteForce, partialOrders, patternsOf, type SessionOperation } from "./brute_force.ts";
import { anyAccesses, causalStore, singleAccess } from "./stores.ts";

const brokenBy = (history: readonly SessionOperation[]): Guarantee[] => {
  const { guarantees: found } = judgeSessions(history, { guarantees, complete: true });
  return guarantees.filter((guarantee) => found[guarantee] === "broken");
};

function expectSame(
  history: readonly SessionOperation[],
  broken: ReadonlySet<Guarantee>,
  seen: Map<string, number>,
): void {
  const expected = guarantees.filter((guarantee) => broken.has(guarantee));
  const text = JSON.stringify(history.map(({ process, output }) => [process, ...output![0]!]));
  expect([text, ...brokenBy(history)]).toEqual([text, ...expected]);
  const key = expected.join();
  seen.set(key, (seen.get(key) ?? 0) + 1);
}

test("there are as many partial orders as there should be", () => {
  expect([0, 1, 2, 3, 4, 5].map((size) => partialOrders(size).length)).toEqual([
    1, 1, 3, 19, 219, 4231,
  ]);
});

// All ways to part some operations among processes, by the number of the process of each.
function* partitions(count: number): Generator<number[]> {
  if (count === 0) {
    yield [];
    return;
  }
  for (const rest of partitions(count - 1)) {
    const processes = Math.max(-1, ...rest) + 1;
    for (let process = 0; process <= processes; process += 1) yield [...rest, process];
  }
}

function* sequences(count: number, steps: readonly RegisterStep[]): Generator<RegisterStep[]> {
  if (count === 0) {
    yield [];
    return;
  }
  for (const rest of sequences(count - 1, steps)) {
    for (const step of steps) {
      const isAgain = step[0] === "w" && rest.includes(step);
      if (!isAgain) yield [...rest, step];
    }
  }
}

// Of what different processes do, only the order of each matters.
function nameOf(history: readonly SessionOperation[]): string {
  const ofProcess = new Map<string, string[]>();
  for (const { process, output } of history) {
    ofProcess.set(process, [...(ofProcess.get(process) ?? []), String(output![0])]);
  }
  return [...ofProcess.values()]
    .map((steps) => steps.join(" "))
    .sort()
    .join("|");
}

test.each([
  ["one register", "w,x,1 w,x,2 r,x, r,x,1 r,x,2"],
  ["two registers", "w,x,1 w,y,1 r,x, r,x,1 r,y, r,y,1"],
])("all histories of up to four accesses of %s are judged as by trying all", (_, text) => {
  const steps = text.split(" ").map((each): RegisterStep => {
    const [kind, key, value] = each.split(",");
    return [kind, key, value === "" ? null : Number(value)] as unknown as RegisterStep;
  });
  const tried = new Set<string>();
  const seen = new Map<string, number>();
  for (let count = 1; count <= 4; count += 1) {
    for (const sequence of sequences(count, steps)) {
      for (const processes of partitions(count)) {
        const history = sequence.map((step, place) => singleAccess(`p${processes[place]}`, step));
        const name = nameOf(history);
        if (tried.has(name)) continue;
        tried.add(name);
        expectSame(history, bruteForce(history), seen);
      }
    }
  }
  expect(seen.size).toBeGreaterThan(4);
});

test("histories of five accesses are judged as by trying all", () => {
  const seen = new Map<string, number>();
  for (let seed = 0; seed < 250; seed += 1) {
    const size = { operations: 5, sessions: 2 + (seed % 3), keys: 1 + (seed % 2) };
    const history = anyAccesses(new SeededRandom(seed), size);
    expectSame(history, bruteForce(history), seen);
  }
});

test("histories of up to twelve accesses are judged as by closing all orders", () => {
  const seen = new Map<string, number>();
  for (let seed = 0; seed < 5000; seed += 1) {
    const size = {
      operations: 6 + (seed % 7),
      sessions: 2 + (seed % 3),
      keys: 1 + ((seed >> 1) % 2),
    };
    const random = new SeededRandom(seed);
    // Stores, rather than chance, break the strongest alone.
    const stored = () =>
      causalStore(random, size, true).flatMap(({ process, input }) =>
        input.map((step) => singleAccess(process, step)),
      );
    const history = seed % 2 === 0 ? anyAccesses(random, size) : stored();
    expectSame(history, patternsOf(history), seen);
  }
  for (const guarantee of guarantees) {
    const others = [...seen.keys()].filter((key) => key.split(",").includes(guarantee));
    expect([guarantee, others.length > 0]).toEqual([guarantee, true]);
  }
  // The other way round is in docs/sessions.md.
  expect([...seen.keys()]).toEqual(
    expect.arrayContaining(["", "causal-plus", "causal-memory,causal-plus"]),
  );
});

test("a store whose replicas pass on writes in causal order is causal", () => {
  for (let seed = 0; seed < 300; seed += 1) {
    const random = new SeededRandom(seed);
    const size = {
      operations: 60 + (seed % 5) * 40,
      sessions: 1 + (seed % 7),
      keys: 1 + (seed % 4),
    };
    const converges = seed % 2 === 0;
    const history = causalStore(random, size, converges);
    const { guarantees: found, faults } = judgeSessions(history, { guarantees });
    const strong: Guarantee = converges ? "causal-plus" : "causal-memory";
    for (const guarantee of impliedGuarantees(strong)) {
      expect([
        seed,
        guarantee,
        found[guarantee],
        faults.filter(({ guarantee: of }) => of === guarantee),
      ]).not.toContain("broken");
    }
    expect([seed, found[strong]]).toEqual([seed, "holds"]);
  }
});
