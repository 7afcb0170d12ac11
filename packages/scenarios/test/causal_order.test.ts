// Traces are placed as their parents say, and every shuffled order is causal.

import { SeededRandom } from "@holdfast/std";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { placeTransactions, shuffleCausally } from "../src/replay/causal_order.ts";
import { parseTrace, type Trace, type TraceTransaction } from "../src/replay/trace.ts";

/** A random trace: each author merges some of the latest transactions, and always its own previous one. */
const traces: fc.Arbitrary<Trace> = fc
  .array(fc.tuple(fc.nat(3), fc.array(fc.nat(1000), { maxLength: 3 })), { maxLength: 40 })
  .map((steps) => {
    const last = new Map<number, number>();
    const transactions: TraceTransaction[] = steps.map(([agent, draws], index) => {
      const parents = new Set(index === 0 ? [] : draws.map((draw) => draw % index));
      const own = last.get(agent);
      if (own !== undefined) parents.add(own);
      last.set(agent, index);
      return { agent, parents: [...parents], patches: [] };
    });
    return { agents: 4, ranks: [0, 1, 2, 3], transactions, endContent: "" };
  });

function ancestors(trace: Trace, index: number): Set<number> {
  const found = new Set<number>();
  const walk = (at: number): void => {
    for (const parent of trace.transactions[at]!.parents) {
      if (found.has(parent)) continue;
      found.add(parent);
      walk(parent);
    }
  };
  walk(index);
  return found;
}

describe("placeTransactions", () => {
  test("news are the ancestors that the agent did not know, less its own", () => {
    fc.assert(
      fc.property(traces, (trace) => {
        const placed = placeTransactions(trace);
        const known = new Map<number, Set<number>>();
        for (const transaction of placed) {
          const { agent, index } = transaction;
          const seen = ancestors(trace, index);
          const before = known.get(agent) ?? new Set();
          const news = [...seen].filter(
            (at) => !before.has(at) && trace.transactions[at]!.agent !== agent,
          );
          expect(transaction.news).toEqual(news.sort((a, b) => a - b));
          known.set(agent, new Set([...before, ...seen]));
        }
      }),
    );
  });

  test("an author that forgot its own previous transaction is refused", () => {
    const trace = parseTrace(
      JSON.stringify({
        kind: "concurrent",
        numAgents: 1,
        endContent: "",
        txns: [
          { agent: 0, parents: [], patches: [] },
          { agent: 0, parents: [], patches: [] },
        ],
      }),
    );
    expect(() => placeTransactions(trace)).toThrow("txns[1] did not see its agent's previous one");
  });
});

test("every shuffled order holds each transaction once, after those it stands upon", () => {
  fc.assert(
    fc.property(traces, fc.integer(), (trace, seed) => {
      const indexes = trace.transactions.map((_, index) => index);
      const order = shuffleCausally(trace.transactions, indexes, new SeededRandom(seed));
      expect([...order].sort((a, b) => a - b)).toEqual(indexes);
      order.forEach((index, position) => {
        for (const parent of trace.transactions[index]!.parents) {
          expect(order.indexOf(parent)).toBeLessThan(position);
        }
      });
    }),
  );
});

describe("parseTrace", () => {
  const cases: [string, string][] = [
    ["{", "file is not JSON"],
    ["[]", "txns is not a list"],
    ['{"txns":[{}],"startContent":"","endContent":""}', "txns[0].patches is not a list"],
    ['{"txns":[],"startContent":"x","endContent":""}', "startContent is not empty"],
    ['{"txns":[{"patches":[[0,-1,""]]}],"startContent":"","endContent":""}', "is not a count"],
    [
      '{"kind":"concurrent","numAgents":1,"endContent":"","txns":[{"agent":1,"parents":[],"patches":[]}]}',
      "txns[0].agent is 1, of 1",
    ],
    [
      '{"kind":"concurrent","numAgents":1,"endContent":"","txns":[{"agent":0,"parents":[0],"patches":[]}]}',
      "names 0, which does not come before",
    ],
  ];
  test.each(cases)("%s: %s", (text, problem) => {
    expect(() => parseTrace(text)).toThrow(problem);
  });
});
