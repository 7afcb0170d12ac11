// Faults that are planted so that their construction proves them, and what looks like one
// and is none.

import {
  judgeMerge,
  type MergeId,
  type MergeIds,
  type MergePromise,
  type MergeRecord,
  mergePromises,
} from "@holdfast/check";
import { HoldfastError, SeededRandom } from "@holdfast/std";
import { describe, expect, test } from "vitest";
import { runReplicas } from "./replicas.ts";

const promisesOf = (records: readonly MergeRecord[]) => [
  ...new Set(judgeMerge(records).faults.map(({ promise }) => promise)),
];

const list = (replica: string, ...elements: MergeIds[]): MergeRecord => ({
  type: "state",
  replica,
  list: elements,
});
const event = (replica: string, id: MergeIds, what: object = {}): MergeRecord => ({
  type: "event",
  replica,
  id,
  ...what,
});

// What each planting must be found as, and what follows from it.
const plantings: Readonly<Record<string, (records: readonly MergeRecord[]) => MergeRecord[]>> = {
  once: (records) => {
    const first = records.find(({ type }) => type === "event")!;
    if (first.type !== "event") throw new Error("no event");
    return [...records, { type: "event", replica: first.replica, id: first.id }];
  },
  "causal-delivery": (records) => [...records, event("ann", ["z", 5])],
  "no-rollback": (records) => [...records, { type: "version", replica: "ann", events: [] }],
  durability: (records) => [
    ...records,
    { type: "durable", replica: "ann" },
    { type: "restart", replica: "ann", events: [] },
  ],
  "eventual-delivery": (records) => [...records, event("ann", "new"), { type: "settled" }],
  convergence: (records) => [
    ...records,
    { type: "state", replica: "ann", object: "register", value: "nobody wrote this" },
  ],
  contents: (records) => [
    ...records,
    event("ann", "new"),
    { type: "state", replica: "ann", object: "text", list: ["strange"] },
  ],
  tree: (records) => [
    ...records,
    event("ann", "new"),
    { type: "state", replica: "ann", object: "other tree", tree: [["x", "x"]] },
  ],
  placement: (records) => [
    ...records,
    event("ann", ["n", 0, 2], { insert: ["p", "q"], after: null, before: null }),
    event("ann", ["n", 2], { insert: ["r"], after: "p", before: "q" }),
    list("ann", "p", "q", "r"),
  ],
  "weak-list": (records) => [
    ...records,
    event("ann", ["n", 0]),
    { type: "state", replica: "ann", object: "o", list: ["p", "q"] },
    event("ann", ["n", 1]),
    { type: "state", replica: "ann", object: "o", list: ["q", "p"] },
  ],
  "strong-list": (records) => [
    ...records,
    ...[
      ["p", "q"],
      ["q", "r"],
      ["r", "p"],
    ].flatMap((elements, place): MergeRecord[] => [
      event("ann", ["n", place]),
      { type: "state", replica: "ann", object: "o", list: elements },
    ]),
  ],
  identity: (records) => [
    ...records,
    event("ann", ["n", 0], { object: "o", insert: ["p"] }),
    event("ann", ["n", 1], { object: "o", insert: ["p"] }),
  ],
};

// Where a planting breaks more than it is named for.
const following: Readonly<Record<string, readonly MergePromise[]>> = {
  "no-rollback": ["durability"],
  placement: ["weak-list"],
};

describe.each(Object.keys(plantings))("%s, planted in logs that keep all", (promise) => {
  test("is found, and nothing else", () => {
    for (let seed = 0; seed < 8; seed += 1) {
      const { records } = runReplicas(new SeededRandom(seed), { replicas: 3, steps: 60 });
      const found = promisesOf(plantings[promise]!(records));
      expect(found, `seed ${seed}`).toContain(promise);
      const others = found.filter(
        (other) => other !== promise && !(following[promise] ?? []).includes(other),
      );
      expect(others, `seed ${seed}`).toEqual([]);
    }
  });
});

test("every promise is planted", () => {
  const others: MergePromise[] = ["no-interleaving"];
  expect([...Object.keys(plantings), ...others].sort()).toEqual([...mergePromises].sort());
});

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

describe("trees whose nodes were moved and deleted", () => {
  const grown = [
    event("ann", ["a", 0], { insert: ["x"], parent: null }),
    event("ann", ["a", 1], { insert: ["y"], parent: "x" }),
    event("ann", ["a", 2], { insert: ["z"], parent: null }),
  ];
  const tree = (...nodes: (readonly [string, string | null])[]): MergeRecord => ({
    type: "state",
    replica: "ann",
    tree: nodes,
  });
  const after = (...records: MergeRecord[]) => promisesOf([...grown, ...records]);

  test("show all that nobody deleted", () => {
    expect(after(tree(["x", null], ["y", "x"], ["z", null]))).toEqual([]);
    expect(after(tree(["x", null], ["y", "x"]))).toEqual(["contents"]);
    expect(after(tree(["x", null], ["z", null]))).toEqual(["contents"]);
  });

  test("hide what lies below a deleted one", () => {
    const deletes = event("ann", ["a", 3], { delete: ["x"] });
    expect(after(deletes, tree(["z", null]))).toEqual([]);
    expect(after(deletes, tree())).toEqual(["contents"]);
  });

  test("may hide what was ever moved below a missing one, or show it", () => {
    const deletes = event("ann", ["a", 3], { delete: ["x"] });
    const moves = event("ann", ["a", 4], { move: ["z"], parent: "x" });
    expect(after(deletes, moves, tree())).toEqual([]);
    expect(after(deletes, moves, tree(["z", null]))).toEqual([]);
    // Another replica's move is no excuse for who has not applied it.
    const elsewhere = event("bob", ["b", 0], { move: ["z"], parent: "x" });
    expect(after(deletes, elsewhere, tree())).toEqual(["contents"]);
  });

  test("may show a deleted one that was moved or has children, and no other", () => {
    const deletes = (node: string) => event("ann", ["a", 3], { delete: [node] });
    const moves = event("ann", ["a", 4], { move: ["z"], parent: "x" });
    const all = tree(["x", null], ["y", "x"], ["z", null]);
    expect(after(deletes("z"), all)).toEqual(["contents"]);
    expect(after(deletes("z"), moves, all)).toEqual([]);
    expect(after(deletes("x"), all)).toEqual([]);
  });

  test("are told to run in a circle by a node of it", () => {
    const circle: MergeRecord = {
      type: "state",
      replica: "ann",
      object: "other",
      tree: [
        ["z", "x"],
        ["x", "y"],
        ["y", "x"],
      ],
    };
    expect(judgeMerge([circle]).faults.map(({ sentence }) => sentence)).toEqual([
      "ann shows x below itself (R0)",
    ]);
  });

  test("show nothing that was not inserted yet", () => {
    const strange = tree(["x", null], ["y", "x"], ["z", null], ["n", null]);
    expect(after(strange)).toEqual(["contents"]);
  });

  test("differ where a node has another parent, or nodes of one parent another order", () => {
    const shown = (...nodes: (readonly [string, string | null])[]) =>
      [event("ann", "e"), event("bob", "e")].concat([
        {
          type: "state",
          replica: "ann",
          tree: [
            ["x", null],
            ["y", null],
            ["z", "x"],
          ],
        },
        { type: "state", replica: "bob", tree: nodes },
      ]);
    expect(promisesOf(shown(["z", "x"], ["x", null], ["y", null]))).toEqual([]);
    const sentences = (...nodes: (readonly [string, string | null])[]) =>
      judgeMerge(shown(...nodes)).faults.map(({ sentence }) => sentence);
    expect(sentences(["x", null], ["y", null], ["z", "y"])).toEqual([
      "after the same event ann shows z below x (R2) and bob z below y (R3)",
    ]);
    expect(sentences(["x", null], ["y", null])).toEqual([
      "after the same event ann shows z below x (R2) and bob no z (R3)",
    ]);
    expect(sentences(["y", null], ["x", null], ["z", "x"])).toEqual([
      "after the same event ann shows its nodes in one order (R2) and bob them in another (R3)",
    ]);
  });
});

describe("what replicas hold", () => {
  const apply = (replica: string, id: MergeIds, ...parents: MergeId[]) =>
    event(replica, id, parents.length === 0 ? {} : { parents });
  const restart = (...events: MergeIds[]): MergeRecord => ({
    type: "restart",
    replica: "ann",
    events,
  });
  const durable: MergeRecord = { type: "durable", replica: "ann" };
  const counts = (...records: MergeRecord[]) =>
    judgeMerge(records).faults.map(({ promise, places }) => `${promise} ${places}`);

  test("a parent that comes later in the same run is missing", () => {
    const tells = apply("ann", ["a", 1], ["a", 2]);
    expect(counts(apply("ann", ["a", 0]), tells, apply("bob", ["a", 0, 3]))).toEqual([
      "causal-delivery 1",
      "causal-delivery 2",
    ]);
  });

  test("the event of its writer before it may be named as a parent, or not", () => {
    const first = [apply("ann", "x"), apply("ann", ["a", 0])];
    const same = [apply("bob", "x"), apply("bob", ["a", 0])];
    const told = (...parents: MergeId[]) => [
      ...first,
      apply("ann", ["a", 1], "x"),
      ...same,
      apply("bob", ["a", 1], ...parents),
    ];
    expect(counts(...told(["a", 0], "x"))).toEqual([]);
    expect(counts(...told(["a", 0]))).toEqual(["identity 2,5"]);
  });

  test("what an event does is known whoever told of it first", () => {
    const inserts = (replica: string, sequence: number) =>
      event(replica, ["a", sequence], { insert: [["a", sequence]] });
    const shown = list("bob", ["a", 0]);
    const log = [inserts("cy", 1), inserts("ann", 0), apply("bob", ["a", 0]), shown];
    expect(counts(...log)).toEqual(["causal-delivery 0"]);
  });

  test("a parent is looked for whoever told of it first", () => {
    const tells = [apply("cy", ["a", 2], "x"), apply("ann", ["a", 0], "x")];
    expect(counts(...tells, apply("bob", ["a", 0, 2]), apply("bob", ["a", 2]))).toEqual([
      "causal-delivery 0",
      "causal-delivery 0",
      "causal-delivery 1",
      "causal-delivery 2",
      "causal-delivery 3",
    ]);
  });

  test("what came back from a restart can be called durable", () => {
    const begin = [apply("ann", ["a", 0, 2]), restart(["a", 0, 2])];
    expect(counts(...begin, durable, restart(["a", 0]))).toEqual(["durability 3"]);
    expect(counts(...begin, restart(["a", 0]))).toEqual([]);
  });

  test("what was durable and lost is blamed once, and may be promised again", () => {
    const lost = [apply("ann", ["a", 0]), durable, restart()];
    expect(counts(...lost, restart())).toEqual(["durability 2"]);
    expect(counts(...lost, apply("ann", ["a", 0]), durable, restart())).toEqual([
      "durability 2",
      "durability 5",
    ]);
  });

  test("durable is what is named, and it must be held", () => {
    const some: MergeRecord = { ...durable, events: [["a", 0]] } as MergeRecord;
    expect(counts(apply("ann", ["a", 0, 2]), some, restart(["a", 0]))).toEqual([]);
    expect(counts(apply("bob", ["a", 0]), some)).toEqual(["durability 1"]);
  });
});

describe("states of the same events", () => {
  const shows = (replica: string, digest: string): MergeRecord[] => [
    event(replica, "x"),
    { type: "state", replica, digest },
  ];

  test("are compared with all that were shown before, and blamed once", () => {
    const records = [...shows("ann", "A"), ...shows("bob", "B"), ...shows("cy", "B")];
    expect(judgeMerge(records).faults.map(({ replicas }) => replicas)).toEqual([["ann", "bob"]]);
  });

  test("are the same however their lists are cut into runs", () => {
    const lists: MergeIds[][] = [
      [["a", 0, 3], "x"],
      [
        ["a", 0],
        ["a", 1, 3],
        ["x", 0],
      ],
    ];
    const records = lists.flatMap((elements, place) => [
      event(`r${place}`, "e"),
      list(`r${place}`, ...elements),
    ]);
    expect(judgeMerge(records).faults).toEqual([]);
  });

  test("tell nothing where there are no events", () => {
    const records = ["ann", "bob"].map(
      (replica): MergeRecord => ({ type: "state", replica, digest: "empty" }),
    );
    expect(judgeMerge(records).promises.convergence).toBe("unknown");
    expect(judgeMerge([...shows("ann", "A"), ...shows("bob", "A")]).verdict).toBe("ok");
  });
});

describe("what is asked for", () => {
  const typed = event("ann", ["a", 0], { insert: [["a", 0]] });

  test("a promise that the log says nothing of is unknown", () => {
    const { verdict, promises } = judgeMerge([typed], { promises: ["tree"] });
    expect([verdict, promises.tree, promises.once]).toEqual(["unknown", "unknown", "ok"]);
    expect(judgeMerge([typed]).verdict).toBe("unknown");
    expect(judgeMerge([typed], { promises: ["once"] }).verdict).toBe("ok");
  });

  test("what was not asked for is no violation", () => {
    const records = [typed, event("ann", ["a", 0])];
    const { verdict, faults, promises } = judgeMerge(records, { promises: ["identity"] });
    expect([verdict, faults, promises.once]).toEqual(["ok", [], "violation"]);
    expect(judgeMerge(records, { promises: ["once"] }).verdict).toBe("violation");
  });

  test("a promise of no such name is refused", () => {
    expect(() => judgeMerge([], { promises: ["tea"] as never })).toThrow(HoldfastError);
    expect(() => judgeMerge([], { stepsMax: Number.NaN })).toThrow("stepsMax is NaN");
  });

  test("who is called off, or runs out of steps, does not know", () => {
    const { records } = runReplicas(new SeededRandom(1), { replicas: 3, steps: 200 });
    expect(judgeMerge(records).verdict).toBe("ok");
    const short = judgeMerge(records, { stepsMax: 50 });
    expect([short.verdict, short.ended, short.promises.convergence]).toEqual([
      "unknown",
      true,
      "unknown",
    ]);
    const many = Array.from({ length: 100_000 }, (_, place) => event("ann", ["a", place]));
    expect(judgeMerge(many, { shouldStop: () => true }).ended).toBe(true);
    expect(judgeMerge(many, { shouldStop: () => false }).ended).toBe(false);
  });
});
