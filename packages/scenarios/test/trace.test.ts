// Reading traces and expectations: whatever is in the file, nothing but a typed
// error comes of it.

import { isHoldfastError, type Random, randomBelow, SeededRandom } from "@holdfast/std";
import { describe, expect, test } from "vitest";
import { parseExpectations, parseTrace, traceAgentsMax } from "../src/replay/trace.ts";

const rounds = 20_000;
const sequential = {
  startContent: "",
  endContent: "ac",
  txns: [
    { time: "1970-01-01T00:00:00Z", patches: [[0, 0, "ab"]] },
    {
      patches: [
        [1, 1, "c"],
        [2, 0, ""],
      ],
    },
  ],
};
const concurrent = {
  kind: "concurrent",
  endContent: "ab",
  numAgents: 2,
  agentNames: ["y", "x"],
  txns: [
    { parents: [], numChildren: 1, agent: 0, patches: [[0, 0, "a"]] },
    { parents: [0], numChildren: 0, agent: 1, patches: [[1, 0, "b"]] },
  ],
};
const nameless = { ...concurrent, agentNames: undefined };
const expectations = {
  "a.json": { expect: "endContent" },
  "b.json": { expect: "convergence", why: "" },
};

// What a place in the JSON becomes.
const strange: readonly unknown[] = [
  null,
  true,
  "",
  "concurrent",
  "\ud800",
  -1,
  0.5,
  2,
  1e308,
  2 ** 31,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  [],
  [[]],
  {},
  { length: 2 ** 32 },
  { toString: null, valueOf: 1 },
];

function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[randomBelow(random, items.length)]!;
}

/** A copy of `value` with one to three places replaced, taken away, or put under a strange name. */
function mutatedJson(value: unknown, random: Random): string {
  const root = { value: JSON.parse(JSON.stringify(value)) as unknown };
  for (let count = 1 + randomBelow(random, 3); count > 0; count -= 1) mutateOnce(root, random);
  const text = JSON.stringify(root.value) ?? "";
  if (random.next() < 0.8) return text;
  const at = randomBelow(random, text.length + 1);
  return text.slice(0, at) + String.fromCharCode(randomBelow(random, 128)) + text.slice(at + 1);
}

function mutateOnce(root: object, random: Random): void {
  let holder = root as Record<string, unknown>;
  let name = "value";
  for (;;) {
    const inner = holder[name];
    if (typeof inner !== "object" || inner === null || random.next() < 0.15) break;
    const names = Object.keys(inner);
    if (names.length === 0) break;
    holder = inner as Record<string, unknown>;
    name = pick(random, names);
  }
  switch (randomBelow(random, 4)) {
    case 0:
      delete holder[name];
      break;
    case 1:
      Object.defineProperty(holder, "__proto__", {
        value: structuredClone(holder[name]),
        configurable: true,
        enumerable: true,
        writable: true,
      });
      break;
    default:
      holder[name] = structuredClone(pick(random, strange));
  }
}

function attack(parse: (text: string) => void, valid: readonly unknown[]): void {
  for (const value of valid) parse(JSON.stringify(value));
  let refused = 0;
  for (let seed = 0; seed < rounds; seed += 1) {
    const random = new SeededRandom(seed);
    const text = mutatedJson(pick(random, valid), random);
    try {
      parse(text);
    } catch (error) {
      if (!isHoldfastError(error, "corrupt")) throw new Error(`seed ${seed}`, { cause: error });
      refused += 1;
    }
  }
  expect(refused).toBeGreaterThan(rounds / 4);
  expect(refused).toBeLessThan(rounds);
}

describe("strange JSON is refused with a typed error, or read", () => {
  test("parseTrace", () => {
    attack(
      (text) => {
        const { agents, ranks, transactions } = parseTrace(text);
        expect([...ranks].sort((a, b) => a - b)).toEqual([...Array(agents).keys()]);
        transactions.forEach(({ agent, parents }, index) => {
          expect(agent).toBeLessThan(agents);
          for (const parent of parents) expect(parent).toBeLessThan(index);
        });
      },
      [sequential, concurrent, nameless],
    );
  });

  test("parseExpectations", () => {
    attack(
      (text) => {
        for (const [name, expectation] of parseExpectations(text)) {
          expect(typeof name).toBe("string");
          expect(["endContent", "convergence"]).toContain(expectation);
        }
      },
      [expectations],
    );
  });

  test("a trace of very many authors is refused before a list of them is made", () => {
    for (const numAgents of [traceAgentsMax + 1, 2 ** 32, 2 ** 53 - 1]) {
      const text = JSON.stringify({ ...nameless, numAgents });
      expect(() => parseTrace(text)).toThrow(`numAgents is ${numAgents}, at most`);
    }
  });

  test("JSON as deep as it is long is refused", () => {
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    expect(() => parseTrace(deep)).toThrow("txns is not a list");
    expect(() => parseTrace(`{"txns":${deep},"startContent":"","endContent":""}`)).toThrow(
      "txns[0].patches is not a list",
    );
  });
});
