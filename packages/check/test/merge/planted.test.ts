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
import { event, list, promisesOf } from "./records.ts";
import { runReplicas } from "./replicas.ts";

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
