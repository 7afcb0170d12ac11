// The machinery of graphs against naive ways: components, junctions, the order of time, and
// every sort of cycle, on small random graphs.

import { randomBelow, SeededRandom } from "@holdfast/std";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Adjacency } from "../../src/graph/adjacency.ts";
import { Budget } from "../../src/graph/budget.ts";
import { type ComponentGraph, cyclicComponents } from "../../src/graph/component_graph.ts";
import { componentsOf } from "../../src/graph/components.ts";
import { type CycleSort, findCycle } from "../../src/graph/cycle_search.ts";
import { realTime, rw, wr, ww } from "../../src/graph/dependency.ts";
import { DependencyGraph } from "../../src/graph/dependency_graph.ts";
import { linkRealTime } from "../../src/graph/time_order.ts";

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

function randomGraph(seed: number, nodes: number, edges: number): DependencyGraph {
  const random = new SeededRandom(seed);
  const graph = new DependencyGraph(nodes);
  for (let count = 0; count < edges; count += 1) {
    const kind = [ww, wr, rw, rw][randomBelow(random, 4)]!;
    graph.link(randomBelow(random, nodes), randomBelow(random, nodes), kind);
  }
  return graph;
}

/** All transactions that each transaction reaches, by one step or more. */
function reachOf({ size, rowStart, target }: Adjacency): Set<number>[] {
  return Array.from({ length: size }, (_, start) => {
    const found = new Set<number>();
    const open = [start];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      for (let edge = rowStart[node]!; edge < rowStart[node + 1]!; edge += 1) {
        if (found.has(target[edge]!)) continue;
        found.add(target[edge]!);
        open.push(target[edge]!);
      }
    }
    return found;
  });
}

test("two nodes are in one component where each reaches the other", () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 1, max: 12 }), fc.nat(30), (seed, nodes, edges) => {
      const graph = randomGraph(seed, nodes, edges).build();
      const reach = reachOf(graph);
      const { of, sizes, count } = componentsOf(graph);
      expect([...sizes].reduce((sum, size) => sum + size, 0)).toBe(nodes);
      expect(new Set(of).size).toBe(count);
      for (let one = 0; one < nodes; one += 1) {
        for (const other of reach[one]!) {
          expect(of[one] === of[other]).toBe(one === other || reach[other]!.has(one));
          expect(of[one]).toBeGreaterThanOrEqual(of[other]!);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test("components of a chain of a million nodes are found, without recursion", () => {
  const graph = new DependencyGraph(1_000_000);
  for (let node = 1; node < 1_000_000; node += 1) graph.link(node - 1, node, ww);
  expect(componentsOf(graph.build()).count).toBe(1_000_000);
  graph.link(999_999, 0, ww);
  expect(componentsOf(graph.build()).count).toBe(1);
});

test("many before many take few edges, and none is before itself", () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 20, max: 40 }), (seed, nodes) => {
      const random = new SeededRandom(seed);
      const pick = () =>
        Array.from({ length: nodes }, (_, node) => node).filter(() => randomBelow(random, 4) > 0);
      const sources = pick();
      const targets = pick();
      fc.pre(sources.length * targets.length > 256);
      const graph = new DependencyGraph(nodes);
      graph.linkAll(sources, targets, rw);
      const wanted = new Set(targets);
      const source = new Set(sources);
      const steps = reachByOneStep(graph.build(), nodes);
      for (let node = 0; node < nodes; node += 1) {
        const expected = source.has(node) ? [...wanted].filter((other) => other !== node) : [];
        expect([...steps[node]!].sort()).toEqual(expected.sort());
      }
      expect(graph.edgeCount).toBeLessThan(4 * targets.length + 2 * sources.length);
    }),
    { numRuns: 100 },
  );
});

/** Transactions that each leads to, with only junctions between. */
function reachByOneStep(graph: Adjacency, transactions: number): Set<number>[] {
  return Array.from({ length: transactions }, (_, start) => {
    const found = new Set<number>();
    const open = [start];
    const seen = new Set(open);
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      for (let edge = graph.rowStart[node]!; edge < graph.rowStart[node + 1]!; edge += 1) {
        const other = graph.target[edge]!;
        if (other < transactions) found.add(other);
        else if (!seen.has(other)) {
          seen.add(other);
          open.push(other);
        }
      }
    }
    return found;
  });
}

test("one transaction is before another in real time where it was over before that began", () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 1, max: 30 }), fc.boolean(), (seed, count, sorted) => {
      const random = new SeededRandom(seed);
      const begins = Array.from({ length: count }, () => randomBelow(random, 40));
      if (sorted) begins.sort((left, right) => left - right);
      const invokedAt = Float64Array.from(begins);
      const completedAt = invokedAt.map((at) =>
        randomBelow(random, 5) === 0 ? Infinity : at + randomBelow(random, 8),
      );
      const took = (transaction: number) => transaction % 7 !== 6;
      const graph = new DependencyGraph(count);
      linkRealTime(graph, { invokedAt, completedAt, took });
      const steps = reachByOneStep(graph.build(), count);
      for (let one = 0; one < count; one += 1) {
        for (let other = 0; other < count; other += 1) {
          const before = completedAt[one]! < invokedAt[other]! && took(one) && took(other);
          expect(steps[one]!.has(other)).toBe(before);
        }
      }
      expect(graph.edgeCount).toBeLessThanOrEqual(3 * count);
    }),
    { numRuns: 500 },
  );
});

test("the first cycle is shown however long it is; then looking for a smaller one gives up", () => {
  const length = 2_100_000;
  const graph = new DependencyGraph(length);
  for (let node = 0; node < length; node += 1) graph.link(node, (node + 1) % length, ww);
  const whole = graph.build();
  const [ring] = cyclicComponents(whole, componentsOf(whole), length);
  const found = findCycle(ring!, { free: ww, jump: 0, jumps: "none" }, new Budget(1e9));
  expect(typeof found === "object" && [found.transactions.length, found.smallest]).toEqual([
    length,
    false,
  ]);
  expect(findCycle(ring!, { free: ww, jump: 0, jumps: "none" }, new Budget(100))).toBe("open");
});

const sorts: readonly CycleSort[] = [
  { free: ww, jump: 0, jumps: "none" },
  { free: ww | wr, jump: 0, jumps: "none" },
  { free: ww | wr, jump: rw, jumps: "single" },
  { free: ww | wr, jump: rw, jumps: "apart" },
  { free: ww | wr, jump: rw, jumps: "any" },
  { free: ww | wr | realTime, jump: rw, jumps: "single" },
];

/** Steps of the smallest cycle of a sort, by walking all walks; 0 where there is none. */
function smallestByWalking(graph: ComponentGraph, { free, jump, jumps }: CycleSort): number {
  let best = 0;
  // Where, came by a jump, jumps so far (up to 2), and how the walk began.
  for (let start = 0; start < graph.size; start += 1) {
    for (const firstJump of [false, true]) {
      let shell = new Set<string>();
      const seen = new Set<string>();
      const push = (into: Set<string>, node: number, jumped: boolean, count: number) => {
        const state = `${node} ${jumped} ${Math.min(count, 2)}`;
        if (!seen.has(state)) into.add(state);
        seen.add(state);
      };
      const expand = (
        node: number,
        jumped: boolean,
        count: number,
        into: Set<string>,
        first: boolean,
      ) => {
        for (let edge = graph.rowStart[node]!; edge < graph.rowStart[node + 1]!; edge += 1) {
          const bits = graph.bits[edge]!;
          const isFree = (bits & free) !== 0;
          if (!isFree && (bits & jump) === 0) continue;
          if (first && isFree === firstJump) continue;
          if (!isFree && jumped && jumps === "apart") continue;
          push(into, graph.target[edge]!, !isFree, count + (isFree ? 0 : 1));
        }
      };
      expand(start, false, 0, shell, true);
      for (let steps = 1; shell.size > 0 && (best === 0 || steps < best); steps += 1) {
        for (const state of shell) {
          const [node, jumped, count] = state.split(" ");
          const closes =
            Number(node) === start && !(jumps === "apart" && firstJump && jumped === "true");
          const fits =
            jumps === "none" ? count === "0" : jumps === "single" ? count === "1" : count !== "0";
          if (closes && fits) best = best === 0 ? steps : Math.min(best, steps);
        }
        const next = new Set<string>();
        for (const state of shell) {
          const [node, jumped, count] = state.split(" ");
          expand(Number(node), jumped === "true", Number(count), next, false);
        }
        shell = next;
      }
    }
  }
  return best;
}

test.each(sorts)("cycles with %o are found where they are, and none is smaller", (sort) => {
  let found = 0;
  let none = 0;
  fc.assert(
    fc.property(seeds, fc.integer({ min: 2, max: 9 }), fc.nat(20), (seed, nodes, edges) => {
      const graph = randomGraph(seed, nodes, edges);
      const whole = graph.build();
      for (const component of cyclicComponents(whole, componentsOf(whole), nodes)) {
        const cycle = findCycle(component, sort, new Budget(1e9));
        const expected = smallestByWalking(component, sort);
        if (cycle === "none") none += 1;
        else found += 1;
        if (cycle === "none" || cycle === "open") {
          expect([cycle, expected]).toEqual(["none", 0]);
          continue;
        }
        expect([cycle.transactions.length, cycle.smallest]).toEqual([expected, true]);
        expect(cycle.types).toHaveLength(expected);
      }
    }),
    { numRuns: 1500, seed: 4 },
  );
  expect(Math.min(found, none)).toBeGreaterThan(50);
});
