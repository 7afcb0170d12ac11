// Lists that are shown wrong on purpose, and what looks wrong and is not: typing that is
// broken up, elements out of place, and orders that contradict each other.

import { judgeMerge, type MergeRecord } from "@holdfast/check";
import { describe, expect, test } from "vitest";
import { event, list, promisesOf } from "./records.ts";

// All ways to put the letters of two words together.
function mixtures(left: readonly string[], right: readonly string[]): string[][] {
  if (left.length === 0) return [[...right]];
  if (right.length === 0) return [[...left]];
  return [
    ...mixtures(left.slice(1), right).map((rest) => [left[0]!, ...rest]),
    ...mixtures(left, right.slice(1)).map((rest) => [right[0]!, ...rest]),
  ];
}

describe("runs of typing", () => {
  const word = (agent: string, length: number) =>
    Array.from({ length }, (_, place) => `${agent}${place}`);
  // Types a word at the gap between L and R, key by key; the events are numbered by time.
  const typed = (replica: string, letters: readonly string[], isBackwards: boolean) =>
    (isBackwards ? [...letters].reverse() : letters).map((letter, key) => {
      const place = letters.indexOf(letter);
      const beside = isBackwards ? letters[place + 1] : letters[place - 1];
      return event(replica, [replica, key], {
        insert: [letter],
        after: isBackwards ? "L" : (beside ?? "L"),
        before: isBackwards ? (beside ?? "R") : "R",
      });
    });
  const ground: MergeRecord[] = ["ann", "bob"].map((replica) =>
    event(replica, ["g", 0, 2], replica === "ann" ? { insert: ["L", "R"] } : {}),
  );

  test("of two that did not see each other, any mixture is found, and no other", () => {
    for (const isBackwards of [false, true]) {
      for (const [left, right] of [
        [1, 1],
        [1, 3],
        [2, 2],
        [3, 2],
        [3, 3],
      ]) {
        const ours = word("a", left!);
        const theirs = word("b", right!);
        for (const mixture of mixtures(ours, theirs)) {
          const records = [
            ...ground,
            ...typed("ann", ours, isBackwards),
            ...typed("bob", theirs, false),
            event("bob", ["ann", 0, left!]),
            list("bob", "L", ...mixture, "R"),
          ];
          const text = mixture.join("");
          const isWhole = text.includes(ours.join("")) && text.includes(theirs.join(""));
          expect([text, ...promisesOf(records)]).toEqual(
            isWhole ? [text] : [text, "no-interleaving"],
          );
        }
      }
    }
  });

  test("grow at both ends", () => {
    const key = (number: number, letter: string, after: string, before: string) =>
      event("ann", ["ann", number], { insert: [letter], after, before });
    const ann = [key(0, "a1", "L", "R"), key(1, "a2", "a1", "R"), key(2, "a0", "L", "a1")];
    const records = [...ground, ...ann, ...typed("bob", ["b0"], false)];
    const shown = (...elements: string[]) =>
      promisesOf([...records, event("ann", ["bob", 0]), list("ann", "L", ...elements, "R")]);
    expect(shown("a0", "b0", "a1", "a2")).toEqual(["no-interleaving"]);
    expect(shown("a0", "a1", "b0", "a2")).toEqual(["no-interleaving"]);
    expect(shown("a0", "a1", "a2", "b0")).toEqual([]);
  });

  test("that a replica resumes after it heard of the other are no run", () => {
    const [first, second] = typed("ann", ["a0", "a1"], false) as [MergeRecord, MergeRecord];
    const bob = typed("bob", ["b0"], false);
    const mixed = list("ann", "L", "a0", "b0", "a1", "R");
    const hears = event("ann", ["bob", 0]);
    expect(promisesOf([...ground, first, second, ...bob, hears, mixed])).toEqual([
      "no-interleaving",
    ]);
    expect(promisesOf([...ground, first, ...bob, hears, second, mixed])).not.toContain(
      "no-interleaving",
    );
  });

  test("at a gap of which one author knew what the other typed, are not accused", () => {
    const records = [
      ...ground,
      ...typed("ann", ["a0", "a1"], false),
      event("bob", ["ann", 0, 2]),
      ...typed("bob", ["b0"], false),
      list("bob", "L", "a0", "b0", "a1", "R"),
    ];
    expect(promisesOf(records)).not.toContain("no-interleaving");
    const turned = [
      ...ground,
      ...typed("bob", ["b0"], false),
      event("ann", ["bob", 0]),
      ...typed("ann", ["a0", "a1"], false),
      list("ann", "L", "a0", "b0", "a1", "R"),
    ];
    expect(promisesOf(turned)).not.toContain("no-interleaving");
  });

  test("of which two replicas tell are not accused: nobody knows whose they are", () => {
    const ann = typed("ann", ["a0", "a1"], false);
    const records = [
      ...ground,
      ...ann,
      ...typed("bob", ["b0"], false),
      ...ann.map((record): MergeRecord => ({ ...record, replica: "bob" }) as MergeRecord),
      list("bob", "L", "a0", "b0", "a1", "R"),
    ];
    expect(promisesOf(records)).toEqual([]);
  });
});

describe("an element", () => {
  const typed = event("ann", ["a", 0, 2], { insert: ["p", "q"] });
  const shown = (neighbours: object, ...elements: string[]) =>
    promisesOf([
      typed,
      event("ann", ["a", 2], { insert: ["r"], ...neighbours }),
      list("ann", ...elements),
    ]);

  test("stands beside the one neighbour that is told", () => {
    expect(shown({ before: "q" }, "p", "r", "q")).toEqual([]);
    expect(shown({ before: "q" }, "r", "p", "q")).toEqual(["placement"]);
    expect(shown({ after: "p" }, "p", "r", "q")).toEqual([]);
    expect(shown({ after: "p" }, "p", "q", "r")).toEqual(["placement"]);
    expect(shown({ after: null }, "p", "r", "q")).toEqual(["placement"]);
  });

  test("is looked for though a record comes between that changes nothing", () => {
    const inserts = event("ann", ["a", 2], { insert: ["r"], before: "q" });
    const durable: MergeRecord = { type: "durable", replica: "ann" };
    expect(promisesOf([typed, inserts, durable, list("ann", "r", "p", "q")])).toEqual([
      "placement",
    ]);
  });

  test("is in an order with its neighbours, wherever those are shown", () => {
    const inserts = event("ann", "x", { insert: ["r"], after: "p", before: "q" });
    const elsewhere = [event("bob", "y"), list("bob", "q", "p")];
    expect(promisesOf([inserts, ...elsewhere])).toContain("weak-list");
  });

  test("stands anywhere where its neighbour is not shown", () => {
    expect(shown({ after: "gone", before: "q" }, "p", "r", "q")).toEqual([]);
  });
});

describe("lists that no one order fits", () => {
  const shows = (lists: readonly (readonly string[])[]) =>
    lists.flatMap((elements, place) => [
      event(`r${place}`, ["e", place]),
      list(`r${place}`, ...elements),
    ]);
  const names = (count: number) => Array.from({ length: count }, (_, place) => `x${place}`);
  const orders = (lists: readonly (readonly string[])[]) => {
    const { faults, promises } = judgeMerge(shows(lists), { promises: ["strong-list"] });
    return { faults, weak: promises["weak-list"], strong: promises["strong-list"] };
  };

  test("two long ones, one of them turned, are told apart by two elements", () => {
    const all = names(2000);
    const { faults, weak, strong } = orders([all, [...all.slice(1000), ...all.slice(0, 1000)]]);
    expect([weak, strong]).toEqual(["violation", "violation"]);
    expect(faults.map(({ ids }) => ids.length)).toEqual([2]);
  });

  test("three long ones in a ring keep the weak specification", () => {
    const [x, y, z] = [names(200), names(400).slice(200), names(600).slice(400)];
    const { faults, weak, strong } = orders([
      [...x, ...y],
      [...y, ...z],
      [...z, ...x],
    ]);
    expect([weak, strong]).toEqual(["ok", "violation"]);
    expect(faults.map(({ ids, places }) => [ids.length, places.length])).toEqual([[3, 3]]);
  });

  test("a turned pair is found among hundreds, wherever it is", () => {
    const all = names(300);
    const ring = all.map((name, place) => [name, all[(place + 1) % all.length]!]);
    const { faults, weak } = orders([...ring, ["x150", "x149"]]);
    expect(weak).toBe("violation");
    expect(faults.map(({ ids }) => ids)).toEqual([["x149", "x150"]]);
  });

  test("a ring of hundreds is shown whole", () => {
    const all = names(300);
    const { faults, weak, strong } = orders(
      all.map((name, place) => [name, all[(place + 1) % all.length]!]),
    );
    expect([weak, strong]).toEqual(["ok", "violation"]);
    expect(faults.map(({ ids }) => ids.length)).toEqual([300]);
  });

  test("of two rings, the smaller comes first", () => {
    const ring = (elements: readonly string[]) =>
      elements.map((name, place) => [name, elements[(place + 1) % elements.length]!]);
    const { faults } = orders([...ring(names(5)), ...ring(["p", "q", "r"])]);
    expect(faults.map(({ ids }) => ids.length)).toEqual([3, 5]);
  });
});
