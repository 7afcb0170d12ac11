// Walks and sections of history, against sets of ancestors.

import { diffVersions, EventGraph, mergeBase, sections, Walk } from "@holdfast/causality";
import fc from "fast-check";
import { expect, test } from "vitest";
import { agentAt, eventsOf, expand, latestOf, type Pair, pairs, versions } from "./naive_graph.ts";

const withVersions = pairs.chain((pair) =>
  fc.record({ pair: fc.constant(pair), a: versions(pair), b: versions(pair) }),
);

/** The events in sight. Whatever comes in was out, and the reverse. */
class NaiveSight {
  readonly events: Set<number>;

  constructor(events: Iterable<number>) {
    this.events = new Set(events);
  }

  toggle(start: number, end: number, by: number): void {
    expect(end).toBeGreaterThan(start);
    for (let lv = start; lv < end; lv += 1) {
      expect(this.events.has(lv)).toBe(by === -1);
      if (by === 1) this.events.add(lv);
      else this.events.delete(lv);
    }
  }
}

/** Walks to the end, and checks that before each piece its version is in sight, and nothing else. */
function checkWalk(walk: Walk, sight: NaiveSight, { events }: Pair): readonly number[] {
  const walked: number[] = [];
  while (walk.next(sight)) {
    const expected = eventsOf(events, events[walk.start]!.parents);
    expect([...sight.events].sort((a, b) => a - b)).toEqual([...expected].sort((a, b) => a - b));
    for (let lv = walk.start; lv < walk.end; lv += 1) {
      if (lv > walk.start) expect(events[lv]!.parents).toEqual([lv - 1]);
      sight.events.add(lv);
      walked.push(lv);
    }
  }
  expect(walk.next(sight)).toBe(false);
  return walked;
}

test("before each piece of a walk its version is in sight; it is found in all three ways", () => {
  const paths = { straight: 0, logged: 0, compared: 0 };
  const note = (walk: Walk): void => {
    for (const path of ["straight", "logged", "compared"] as const) paths[path] += walk.paths[path];
  };
  fc.assert(
    fc.property(withVersions, ({ pair, a, b }) => {
      const { graph, events } = pair;
      if (events.length === 0) return;
      const whole = new Walk(graph, [{ start: 0, end: events.length }]);
      const order = checkWalk(whole, new NaiveSight([]), pair);
      expect([...order].sort((x, y) => x - y)).toEqual([...events.keys()]);
      // Nothing but the log is needed where nothing is outside.
      expect(whole.paths.compared).toBe(0);
      note(whole);
      // From a version on, upon what it has in common with the rest.
      const head = latestOf(events, [...a, ...b]);
      const since = diffVersions(graph, head, a).onlyA;
      if (since.length === 0) return;
      for (const base of [[], mergeBase(graph, [a, head]).base]) {
        const walk = new Walk(graph, since, { version: a, base });
        const walked = checkWalk(walk, new NaiveSight(eventsOf(events, a)), pair);
        expect([...walked].sort((x, y) => x - y)).toEqual(expand(since));
        note(walk);
      }
    }),
    { numRuns: 400 },
  );
  for (const count of Object.values(paths)) expect(count).toBeGreaterThan(0);
});

test("a walk finishes a branch before it begins another", () => {
  const graph = new EventGraph();
  graph.add(agentAt(0), 1, []);
  let heads: readonly [number, number] = [0, 0];
  for (let round = 0; round < 50; round += 1) {
    heads = [graph.add(agentAt(0), 1, [heads[0]]), graph.add(agentAt(1), 1, [heads[1]])];
  }
  const walk = new Walk(graph, [{ start: 0, end: graph.size }]);
  let last = -1;
  let switches = 0;
  while (walk.next({ toggle: () => {} })) {
    if (last >= 0 && !graph.parents(walk.start).includes(last)) switches += 1;
    last = walk.end - 1;
  }
  expect(switches).toBe(1);
});

test.each([
  ["one sees another's", [[], [0]]],
  ["three see one's", [[], [0], [0], [0]]],
  ["each sees the one's before it", [[], [0], [1], [2]]],
  ["one sees both of two", [[], [0], [0], [1, 2]]],
])(
  "%s keystrokes, and is not seen: the walk goes over few events more than there are",
  (_, sees) => {
    const rounds = 200;
    const orders = [
      // As they come, and one after the other.
      Array.from({ length: rounds * sees.length }, (_, index) => index % sees.length),
      sees.flatMap((_, who) => new Array<number>(rounds).fill(who)),
    ];
    for (const order of orders) {
      const graph = new EventGraph();
      const made: number[][] = sees.map(() => []);
      for (const who of order) {
        const round = made[who]!.length;
        const seen = sees[who]!.map((other) => made[other]![round]!);
        const own = made[who]!.slice(-1);
        made[who]!.push(
          graph.add(
            agentAt(who),
            1,
            [...own, ...seen].sort((a, b) => a - b),
          ),
        );
      }
      const walk = new Walk(graph, [{ start: 0, end: graph.size }]);
      let toggled = 0;
      const toggle = (start: number, end: number): void => {
        toggled += end - start;
      };
      while (walk.next({ toggle }));
      expect(toggled).toBeLessThan(4 * graph.size);
    }
  },
);

test("very many branches that come to be ready at once are walked from the lightest on", () => {
  const graph = new EventGraph();
  const root = graph.add(agentAt(0), 1, []);
  for (let branch = 0; branch < 40; branch += 1) {
    graph.add(agentAt(branch + 1), 1 + ((branch * 7) % 40), [root]);
  }
  const walk = new Walk(graph, [{ start: root, end: graph.size }]);
  const lengths: number[] = [];
  while (walk.next({ toggle: () => {} })) lengths.push(walk.end - walk.start);
  expect(lengths).toEqual([1, ...Array.from({ length: 40 }, (_, index) => index + 1)]);
});

test("sections are as many as there can be, and each stands upon all before it", () => {
  let count = 0;
  fc.assert(
    fc.property(withVersions, ({ pair: { graph, events }, a, b }) => {
      const after = latestOf(events, [...a, ...b]);
      const ranges = diffVersions(graph, after, a).onlyA;
      const found = sections(graph, ranges, a, after);
      expect(found.flatMap((section) => expand(section))).toEqual(expand(ranges));
      const known = eventsOf(events, a);
      const standsUponAll = (section: readonly number[]): boolean =>
        section.every((lv) => [...known].every((other) => events[lv]!.ancestors.has(other)));
      const rest = expand(ranges);
      found.forEach((section, index) => {
        const own = expand(section);
        if (index > 0) {
          expect(own.length).toBeGreaterThan(0);
          expect(standsUponAll(rest)).toBe(true);
        }
        for (const lv of own) {
          // Where the next section could have begun, upon one latest event.
          const isCut = graph.entryAt(lv).start === lv || ranges.some(({ start }) => start === lv);
          const canBegin = isCut && latestOf(events, known).length <= 1;
          const isFirst = lv === own[0] && index > 0;
          if (canBegin && !isFirst) expect(standsUponAll(rest)).toBe(false);
          known.add(lv);
          rest.shift();
        }
        if (index > 0) count += 1;
      });
    }),
    { numRuns: 400 },
  );
  expect(count).toBeGreaterThan(0);
});
