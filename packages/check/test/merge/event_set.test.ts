// Sets of events, against sets of texts.

import { randomBelow, SeededRandom } from "@holdfast/std";
import { expect, test } from "vitest";
import { EventSet, eventSetOf } from "../../src/merge/event_set.ts";

const namesOf = (runs: Iterable<{ agent: number; from: number; to: number }>) =>
  [...runs].flatMap(({ agent, from, to }) =>
    Array.from({ length: to - from }, (_, offset) => `${agent}:${from + offset}`),
  );

test("hold what was added, in whichever order", () => {
  for (let seed = 0; seed < 300; seed += 1) {
    const random = new SeededRandom(seed);
    const set = new EventSet();
    const naive = new Set<string>();
    for (let times = 0; times < 12; times += 1) {
      const from = randomBelow(random, 12);
      const run = { agent: randomBelow(random, 2), from, to: from + 1 + randomBelow(random, 4) };
      const names = namesOf([run]);
      expect(namesOf(set.parts(run, true))).toEqual(names.filter((name) => naive.has(name)));
      expect(namesOf(set.parts(run, false))).toEqual(names.filter((name) => !naive.has(name)));
      set.add(run);
      for (const name of names) naive.add(name);
      expect(set.size).toBe(naive.size);
      expect(namesOf(set.runs()).sort()).toEqual([...naive].sort());
    }
    for (let sequence = 0; sequence < 16; sequence += 1) {
      expect(set.has(0, sequence)).toBe(naive.has(`0:${sequence}`));
    }
    const again = eventSetOf([...set.runs()].reverse());
    expect([again.key, again.equals(set), set.equals(again)]).toEqual([set.key, true, true]);
    const [first] = set.runs();
    const less = eventSetOf([...set.runs()].slice(1));
    expect([less.equals(set), set.equals(less), less.key === set.key]).toEqual([
      false,
      false,
      false,
    ]);
    expect(namesOf(set.without(less))).toEqual(namesOf([first!]));
  }
});
