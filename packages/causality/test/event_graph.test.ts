// The event graph against sets of ancestors.

import {
  advanceFrontier,
  compareVersions,
  diffVersions,
  dominators,
  EventGraph,
  lacking,
  mergeBase,
  versionContains,
  versionEvents,
} from "@holdfast/causality";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { agentAt, eventsOf, expand, latestOf, pairs, versions } from "./naive_graph.ts";

const withVersions = pairs.chain((pair) =>
  fc.record({ pair: fc.constant(pair), a: versions(pair), b: versions(pair) }),
);

function sorted(numbers: Iterable<number>): number[] {
  return [...numbers].sort((a, b) => a - b);
}

function without(set: ReadonlySet<number>, other: ReadonlySet<number>): number[] {
  return sorted(set).filter((lv) => !other.has(lv));
}

/** A graph that counts how often somebody asks where an entry begins. */
class CountedGraph extends EventGraph {
  reads = 0;

  override entryStart(index: number): number {
    this.reads += 1;
    return super.entryStart(index);
  }
}

describe("EventGraph", () => {
  test("knows each event as the model does", () => {
    fc.assert(
      fc.property(pairs, ({ graph, events }) => {
        expect(graph.size).toBe(events.length);
        expect(graph.frontier).toEqual(latestOf(events, events.keys()));
        const lamports: number[] = [];
        events.forEach(({ agent, seq, parents }, lv) => {
          lamports.push(Math.max(-1, ...parents.map((parent) => lamports[parent]!)) + 1);
          expect(graph.id(lv)).toEqual({ agent, seq });
          expect(graph.find({ agent, seq })).toBe(lv);
          expect(graph.parents(lv)).toEqual(parents);
          expect(graph.lamport(lv)).toBe(lamports[lv]);
        });
        for (let index = 0; index < 4; index += 1) {
          const agent = agentAt(index);
          const count = events.filter((event) => event.agent === agent).length;
          expect(graph.next(agent)).toBe(count);
          expect(graph.vector().next(agent)).toBe(count);
          for (const seq of [count, -1, 0.5, Number.NaN])
            expect(graph.find({ agent, seq })).toBeNull();
          if (count === 0) continue;
          const own = events.flatMap((event, lv) => (event.agent === agent ? [lv] : []));
          expect(expand(graph.ranges({ agent, from: 0, to: count }))).toEqual(own);
        }
      }),
    );
  });

  test("keeps a run as one entry, however it comes", () => {
    const graph = new EventGraph();
    graph.add(agentAt(0), 5, []);
    for (let lv = 4; lv < 100; lv += 1) graph.add(agentAt(0), 1, [lv]);
    expect(graph.entryCount).toBe(1);
    graph.add(agentAt(1), 1, [100]);
    graph.add(agentAt(0), 1, [100]);
    expect(graph.entryCount).toBe(3);
    expect(graph.frontier).toEqual([101, 102]);
  });

  test("takes events upon all that is held as it takes them with their parents", () => {
    fc.assert(
      fc.property(
        pairs,
        fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 3 }), fc.boolean())),
        ({ graph }, own) => {
          for (const [writer, length, isAsked] of own) {
            const agent = agentAt(writer);
            const parents = graph.frontier;
            const before = graph.next(agent);
            const entries = graph.entryCount;
            const isNext = parents.length === 1 && graph.agentOf(parents[0]!) === agent;
            // Asked for, a frontier is an array again, and its next event takes the long way.
            if (!isAsked && graph.size > 0) graph.addOwn(graph.agentOf(graph.size - 1), 1);
            const start = graph.addOwn(agent, length);
            expect(graph.frontier).toEqual([start + length - 1]);
            expect(graph.next(agent)).toBeGreaterThanOrEqual(before + length);
            expect(graph.parents(start)).toEqual(isAsked || start === 0 ? parents : [start - 1]);
            if (isAsked && isNext) expect(graph.entryCount).toBe(entries);
          }
        },
      ),
    );
  });

  test("forgets what was added since a point", () => {
    fc.assert(
      fc.property(pairs, fc.nat(), ({ graph, events }, cut) => {
        const end = events.length === 0 ? 0 : cut % (events.length + 1);
        const kept = events.slice(0, end);
        graph.truncate(end, latestOf(kept, kept.keys()));
        expect(graph.size).toBe(end);
        expect(graph.agents).toEqual([...new Set(kept.map(({ agent }) => agent))]);
        kept.forEach(({ agent, seq, parents }, lv) => {
          expect(graph.id(lv)).toEqual({ agent, seq });
          expect(graph.parents(lv)).toEqual(parents);
        });
        for (const { agent, parents } of events.slice(end)) graph.add(agent, 1, parents);
        events.forEach(({ agent, seq }, lv) => {
          expect(graph.find({ agent, seq })).toBe(lv);
        });
        expect(graph.frontier).toEqual(latestOf(events, events.keys()));
      }),
    );
  });

  test("advances a frontier event by event", () => {
    fc.assert(
      fc.property(pairs, ({ events }) => {
        let frontier: readonly number[] = [];
        events.forEach(({ parents }, lv) => {
          frontier = advanceFrontier(frontier, parents, lv);
          expect(frontier).toEqual(latestOf(events, Array.from({ length: lv + 1 }).keys()));
        });
      }),
    );
  });
});

describe("versions", () => {
  test("diff, order and content are those of the sets", () => {
    fc.assert(
      fc.property(withVersions, ({ pair: { graph, events }, a, b }) => {
        const inA = eventsOf(events, a);
        const inB = eventsOf(events, b);
        const { onlyA, onlyB } = diffVersions(graph, a, b);
        expect(expand(onlyA)).toEqual(without(inA, inB));
        expect(expand(onlyB)).toEqual(without(inB, inA));
        expect(expand(versionEvents(graph, a))).toEqual(sorted(inA));
        const covers = without(inB, inA).length === 0;
        const isCovered = without(inA, inB).length === 0;
        const order = covers
          ? isCovered
            ? "equal"
            : "after"
          : isCovered
            ? "before"
            : "concurrent";
        expect(compareVersions(graph, a, b)).toBe(order);
        for (const lv of events.keys()) expect(versionContains(graph, a, lv)).toBe(inA.has(lv));
        expect(lacking(graph, a, [...b].reverse())).toEqual(b.filter((lv) => !inA.has(lv)));
      }),
      { numRuns: 300 },
    );
  });

  test("dominators are the latest", () => {
    fc.assert(
      fc.property(pairs, fc.array(fc.nat(), { maxLength: 6 }), ({ graph, events }, picks) => {
        const members = events.length === 0 ? [] : picks.map((pick) => pick % events.length);
        expect(dominators(graph, members)).toEqual(latestOf(events, members));
      }),
      { numRuns: 300 },
    );
  });

  test("a merge base is before all that it names as since, and they and it are everything", () => {
    fc.assert(
      fc.property(withVersions, ({ pair: { graph, events }, a, b }) => {
        const { base, since } = mergeBase(graph, [a, b]);
        const below = eventsOf(events, base);
        const after = expand(since);
        const union = eventsOf(events, [...a, ...b]);
        expect(sorted([...below, ...after])).toEqual(sorted(union));
        expect(latestOf(events, base)).toEqual(base);
        for (const lv of after) {
          for (const head of base) expect(events[lv]!.ancestors.has(head)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("a merge base is as late as it can be where branches leave one event, or one merge", () => {
    const graph = new EventGraph();
    graph.add(agentAt(0), 10, []);
    graph.add(agentAt(0), 5, [9]);
    graph.add(agentAt(1), 5, [9]);
    expect(mergeBase(graph, [[14], [19]])).toEqual({ base: [9], since: [{ start: 10, end: 20 }] });
    expect(mergeBase(graph, [[12], [14]])).toEqual({ base: [12], since: [{ start: 13, end: 15 }] });
    graph.add(agentAt(0), 1, [14, 19]);
    graph.add(agentAt(1), 1, [14, 19]);
    expect(mergeBase(graph, [[20], [21]])).toEqual({
      base: [14, 19],
      since: [{ start: 20, end: 22 }],
    });
    expect(mergeBase(graph, [[], [21]])).toEqual({
      base: [],
      since: [
        { start: 0, end: 20 },
        { start: 21, end: 22 },
      ],
    });
  });

  test("what nobody saw is told from what everybody did without going back to it", () => {
    const graph = new CountedGraph();
    const unseen = graph.add(agentAt(2), 1, []);
    let last = graph.add(agentAt(0), 1, []);
    for (let round = 0; round < 500; round += 1) {
      const next = graph.add(agentAt(round % 2), 1, [last]);
      graph.reads = 0;
      expect(lacking(graph, [last], [unseen, last])).toEqual([unseen]);
      expect(graph.reads).toBeLessThan(10);
      last = next;
    }
  });

  test("content is told without going back over all that one saw of another's, who did not see it", () => {
    const graph = new CountedGraph();
    const rounds = 500;
    const seen: number[] = [];
    for (let round = 0; round < rounds; round += 1)
      seen.push(graph.add(agentAt(0), 1, seen.slice(-1)));
    let own = graph.add(agentAt(1), 1, [seen[0]!]);
    for (const [round, lv] of seen.entries()) {
      if (round === 0) continue;
      graph.reads = 0;
      expect(versionContains(graph, [own], lv)).toBe(false);
      expect(versionContains(graph, [own], seen[round - 1]!)).toBe(true);
      expect(graph.reads).toBeLessThan(30);
      own = graph.add(agentAt(1), 1, [lv, own]);
    }
  });
});
