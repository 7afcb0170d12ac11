// Lists: what they are for whoever uses them. That they merge as they should, whatever happens,
// is shown by the laws (property.test.ts), whose histories edit lists, too.

import { VersionVector } from "@holdfast/causality";
import { bundleSizeBytesMax, Doc, type ListPatch, type Value } from "@holdfast/doc";
import {
  concatBytes,
  HoldfastError,
  isHoldfastError,
  randomBelow,
  SeededRandom,
} from "@holdfast/std";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeBundle } from "../src/bundle/bundle.ts";
import { ValueLog } from "../src/content/value_log.ts";
import { openDocument } from "../src/file/document_file.ts";
import { encodeTextBlock } from "../src/file/text_block.ts";
import { putTogether, takeApart } from "./file/file_parts.ts";
import { agentAt, reader } from "./history.ts";
import { document } from "./laws.ts";

function pair(...initial: readonly Value[]): { ann: Doc; bob: Doc } {
  const ann = new Doc({ document, agent: agentAt(0) });
  const bob = new Doc({ document, agent: agentAt(1) });
  ann.change(() => ann.list("todo").push(...initial), { undo: false });
  exchange(ann, bob);
  return { ann, bob };
}

function exchange(a: Doc, b: Doc): void {
  const [toB, toA] = [a.bundle(b.vector()), b.bundle(a.vector())];
  if (toB !== null) expect(b.apply(toB).missing).toEqual([]);
  if (toA !== null) expect(a.apply(toA).missing).toEqual([]);
}

function todo(doc: Doc): Value[] {
  return doc.list("todo").toArray();
}

describe("a list", () => {
  test("is read and edited as an array is", () => {
    const { ann } = pair();
    const list = ann.list("todo");
    expect([list.length, list.get(0), list.toArray()]).toEqual([0, undefined, []]);
    list.push("a", "b");
    list.insert(1, [1, 2], { deep: null });
    expect(list.toArray()).toEqual(["a", [1, 2], { deep: null }, "b"]);
    list.set(0, -0.5);
    list.delete(3);
    list.splice(1, 2, [true, new Uint8Array([7])]);
    expect(list.toArray()).toEqual([-0.5, true, new Uint8Array([7])]);
    expect(list.length).toBe(3);
    expect([list.get(1), list.get(3), list.get(-1), list.get(0.5)]).toEqual([
      true,
      undefined,
      undefined,
      undefined,
    ]);
    expect(list.slice(1, 2)).toEqual([true]);
    expect([list.slice(-5, 99), list.slice(0.9, 1.9), list.slice(2, 1)]).toEqual([
      list.toArray(),
      [-0.5],
      [],
    ]);
    expect([list.slice(Number.NaN), list.slice(1, Number.POSITIVE_INFINITY)]).toEqual([
      [],
      list.toArray().slice(1),
    ]);
    const seen: Value[] = [];
    for (const value of list) {
      seen.push(value);
      if (list.length > 1) list.delete(1);
    }
    expect(seen).toHaveLength(3);
    list.delete(0, 1);
    list.push();
    list.splice(0, 0, []);
    expect(list.toArray()).toEqual([]);
  });

  test("gives out copies, and keeps copies", () => {
    const { ann } = pair();
    const value = { inner: [1] };
    ann.list("todo").push(value);
    value.inner.push(2);
    (ann.list("todo").get(0) as typeof value).inner.push(3);
    expect(todo(ann)).toEqual([{ inner: [1] }]);
  });

  test("is another thing than a text or a map of its name", () => {
    const { ann, bob } = pair();
    ann.text("x").insert(0, "text");
    bob.list("x").push("t", "e", "x", "t");
    bob.map("x").set("text", "map");
    exchange(ann, bob);
    bob.list("x").delete(1, 2);
    ann.text("x").delete(0, 1);
    exchange(ann, bob);
    for (const doc of [ann, bob, Doc.decode(ann.encode(), { agent: reader, verify: true })]) {
      expect(doc.text("x").toString()).toBe("ext");
      expect(doc.list("x").toArray()).toEqual(["t", "t"]);
      expect(doc.map("x").toJSON()).toEqual({ text: "map" });
      expect(doc.list("other").length).toBe(0);
    }
  });

  test("has no pairs that could be split, whatever the numbers of its values are", () => {
    const { ann, bob } = pair("😀");
    ann.text("body").insert(0, "😀");
    const count = 0x1c000;
    ann.list("todo").splice(1, 0, new Array<Value>(count).fill(0));
    exchange(ann, bob);
    // Here units of values, which are their numbers, look like halves of pairs.
    const at = 2 * 0xd900;
    for (const place of [at, at + 1]) {
      ann.list("todo").insert(place, "a");
      ann.list("todo").delete(place - 2);
      bob.list("todo").insert(place, "b");
      bob.list("todo").delete(place - 2);
      exchange(ann, bob);
    }
    expect(todo(bob)).toEqual(todo(ann));
    expect(ann.list("todo").length).toBeGreaterThan(count - 4);
    while (ann.undo());
    expect(ann.list("todo").length).toBeLessThan(4);
  });
});

describe("D4 concurrent edits of a list", () => {
  test("do not mix what is inserted in one go", () => {
    const { ann, bob } = pair("[", "]");
    ann.list("todo").insert(1, 1, 2, 3);
    for (const value of ["a", "b", "c"]) bob.list("todo").insert(1, value);
    exchange(ann, bob);
    expect(todo(bob)).toEqual(todo(ann));
    expect([
      ["[", 1, 2, 3, "c", "b", "a", "]"],
      ["[", "c", "b", "a", 1, 2, 3, "]"],
    ]).toContainEqual(todo(ann));
  });

  test("delete a value once, and keep both of two that were set at once", () => {
    const { ann, bob } = pair("a", "b", "c");
    ann.list("todo").delete(0);
    bob.list("todo").delete(0, 2);
    exchange(ann, bob);
    expect([todo(ann), todo(bob)]).toEqual([["c"], ["c"]]);
    ann.list("todo").set(0, "ann");
    bob.list("todo").set(0, "bob");
    exchange(ann, bob);
    expect(todo(ann)).toEqual(todo(bob));
    expect(todo(ann).sort()).toEqual(["ann", "bob"]);
  });
});

describe("D7 what can't be is refused, and changes nothing", () => {
  const deep = (depth: number): Value => (depth === 0 ? null : [deep(depth - 1)]);
  const edits: Record<string, readonly [act: (doc: Doc) => void, code: string]> = {
    "an insert behind the end": [(doc) => doc.list("todo").insert(3, 1), "invalid_argument"],
    "an insert before the beginning": [(doc) => doc.list("todo").insert(-1, 1), "invalid_argument"],
    "an insert between": [(doc) => doc.list("todo").insert(0.5, 1), "invalid_argument"],
    "a delete behind the end": [(doc) => doc.list("todo").delete(2), "invalid_argument"],
    "a delete over the end": [(doc) => doc.list("todo").delete(1, 2), "invalid_argument"],
    "a delete of less than nothing": [(doc) => doc.list("todo").delete(1, -1), "invalid_argument"],
    "a set behind the end": [(doc) => doc.list("todo").set(2, 1), "invalid_argument"],
    "a set of nothing": [
      (doc) => doc.list("todo").set(0, undefined as unknown as Value),
      "invalid_argument",
    ],
    "a function": [
      (doc) => doc.list("todo").push(1, (() => 1) as unknown as Value),
      "invalid_argument",
    ],
    "an array with a hole": [
      (doc) => doc.list("todo").splice(0, 1, new Array<Value>(2)),
      "invalid_argument",
    ],
    "no array": [
      (doc) => doc.list("todo").splice(0, 1, "ab" as unknown as Value[]),
      "invalid_argument",
    ],
    "no number": [(doc) => doc.list("todo").push(Number.NaN), "invalid_argument"],
    "half a pair": [(doc) => doc.list("todo").push(1, "\ud83d"), "invalid_argument"],
    "a deep value": [(doc) => doc.list("todo").push(deep(34)), "too_large"],
    "a large value": [(doc) => doc.list("todo").push("x".repeat(32_768)), "too_large"],
    "a name that is none": [(doc) => doc.list(""), "invalid_argument"],
    "a name with half a pair": [(doc) => doc.list("\udc00x"), "invalid_argument"],
    "a cursor behind the end": [(doc) => doc.list("todo").cursor(3, "after"), "invalid_argument"],
  };
  test.each(Object.entries(edits))("%s", (_, [act, code]) => {
    const { ann } = pair("a", "b");
    const bytes = ann.encode();
    let patches = 0;
    ann.subscribe(() => {
      patches += 1;
    });
    for (const whole of [act, (doc: Doc) => void doc.change(() => act(doc))]) {
      expect(() => whole(ann)).toSatisfy(isRefusedAs(code));
      expect(() => {
        ann.change(() => {
          ann.list("todo").splice(0, 2, ["c"]);
          whole(ann);
        });
      }).toSatisfy(isRefusedAs(code));
    }
    expect(todo(ann)).toEqual(["a", "b"]);
    expect([patches, ann.canUndo]).toEqual([0, false]);
    expect(ann.encode()).toEqual(bytes);
  });

  function isRefusedAs(code: string): (act: () => void) => boolean {
    return (act) => {
      try {
        act();
      } catch (error) {
        if (!isHoldfastError(error)) throw error;
        return error instanceof HoldfastError && error.code === code;
      }
      return false;
    };
  }
});

describe("D8 patches of lists", () => {
  test("say in few edits what was done, here and there", () => {
    const { ann, bob } = pair("a", "b", "c");
    const found: (readonly ListPatch[])[] = [];
    for (const doc of [ann, bob]) doc.subscribe(({ list }) => found.push(list));
    ann.change(() => {
      ann.list("todo").push("d");
      ann.list("todo").push({ e: 1 });
      ann.list("todo").set(0, "A");
      ann.list("todo").set(1, "B");
      ann.list("more").push(1);
    });
    exchange(ann, bob);
    const wanted: readonly ListPatch[] = [
      {
        container: "todo",
        edits: [
          { at: 3, deleted: 0, inserted: ["d", { e: 1 }] },
          { at: 0, deleted: 2, inserted: ["A", "B"] },
        ],
      },
      { container: "more", edits: [{ at: 0, deleted: 0, inserted: [1] }] },
    ];
    expect(found).toEqual([wanted, wanted]);
    ann.change(() => {
      ann.list("todo").delete(4);
      ann.list("todo").delete(3);
    });
    expect(found[2]).toEqual([{ container: "todo", edits: [{ at: 3, deleted: 2, inserted: [] }] }]);
  });
});

describe("D10 undo in a list", () => {
  test("takes back one's own edits, and what another did meanwhile stays", () => {
    const { ann, bob } = pair("a", "b", "c");
    ann.list("todo").delete(0, 2);
    ann.list("todo").push("d");
    exchange(ann, bob);
    bob.list("todo").insert(0, "B");
    exchange(ann, bob);
    expect(todo(ann)).toEqual(["B", "c", "d"]);
    expect([ann.undo(), todo(ann)]).toEqual([true, ["B", "c"]]);
    expect([ann.undo(), [...todo(ann)].sort()]).toEqual([true, ["B", "a", "b", "c"]]);
    expect([ann.undo(), ann.redo(), ann.redo(), ann.redo()]).toEqual([false, true, true, false]);
    expect(todo(ann)).toEqual(["B", "c", "d"]);
    exchange(ann, bob);
    expect(todo(bob)).toEqual(todo(ann));
  });

  test("of a set brings the value back, over and over; and not what another deleted, too", () => {
    const { ann, bob } = pair("a", "b");
    ann.list("todo").set(0, "x");
    for (let count = 0; count < 3; count += 1) {
      expect([ann.undo(), todo(ann)]).toEqual([true, ["a", "b"]]);
      expect([ann.redo(), todo(ann)]).toEqual([true, ["x", "b"]]);
    }
    exchange(ann, bob);
    ann.list("todo").delete(1);
    bob.list("todo").delete(1);
    exchange(ann, bob);
    // Of the latest there is nothing to undo: the one before it is undone.
    expect([ann.undo(), todo(ann)]).toEqual([true, ["a"]]);
  });

  test("D11 cursors stay with their value, and go with what comes back", () => {
    const { ann, bob } = pair("a", "b", "c");
    const list = ann.list("todo");
    const cursors = [0, 1, 2, 3].map((at) => list.cursor(at, at < 2 ? "after" : "before"));
    const places = (doc: Doc) => cursors.map((cursor) => doc.list("todo").position(cursor));
    expect(places(ann)).toEqual([0, 1, 2, 3]);
    bob.list("todo").insert(0, 1, 2);
    exchange(ann, bob);
    expect([places(ann), places(bob)]).toEqual([
      [2, 3, 4, 5],
      [2, 3, 4, 5],
    ]);
    list.delete(3);
    expect(places(ann)).toEqual([2, 3, 3, 4]);
    ann.undo();
    expect(places(ann)).toEqual([2, 3, 4, 5]);
    expect(ann.text("todo").position(cursors[1]!)).toBe(null);
    expect(ann.list("more").position(cursors[1]!)).toBe(null);
  });
});

// Each change does the same to a text and to a list of letters: whatever is done, undone, redone,
// given to others and read from files, they read the same.
test("D1 D9 D10 D11: a list does what a text does", () => {
  const letters = "abcdefghijklmnopqrstuvwxyz";
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 31 }), fc.integer({ min: 1, max: 40 }), (seed, moves) => {
      const random = new SeededRandom(seed);
      const docs = [0, 1, 2].map((index) => new Doc({ document, agent: agentAt(index) }));
      const check = (doc: Doc): void => {
        const [text, list] = [doc.text("body"), doc.list("body")];
        expect(list.toArray().join("")).toBe(text.toString());
        const at = randomBelow(random, text.length + 1);
        for (const side of ["before", "after"] as const) {
          expect(list.position(list.cursor(at, side))).toBe(at);
        }
      };
      for (let move = 0; move < moves; move += 1) {
        const index = randomBelow(random, docs.length);
        const doc = docs[index]!;
        const draw = random.next();
        const { length } = doc.text("body");
        const at = randomBelow(random, length + 1);
        if (draw < 0.5) {
          const count = randomBelow(random, Math.min(4, length - at + 1));
          const from = randomBelow(random, letters.length);
          const inserted = letters.slice(from, from + randomBelow(random, 4));
          const undo = random.next() < 0.2 ? "join" : true;
          doc.change(
            () => {
              doc.text("body").splice(at, count, inserted);
              doc.list("body").splice(at, count, [...inserted]);
            },
            { undo },
          );
        } else if (draw < 0.65) doc.undo();
        else if (draw < 0.72) doc.redo();
        else if (draw < 0.77) docs[index] = Doc.decode(doc.encode(), { agent: doc.agent });
        else exchange(doc, docs[(index + 1 + randomBelow(random, 2)) % docs.length]!);
        check(docs[index]!);
      }
      for (const one of docs) for (const other of docs) if (one !== other) exchange(one, other);
      for (const doc of docs) {
        check(doc);
        expect(doc.list("body").toArray()).toEqual(docs[0]!.list("body").toArray());
      }
    }),
    { numRuns: 60 },
  );
});

describe("D12 bundles of lists", () => {
  test("may be held in part, whatever pairs there are in the texts beside them", () => {
    const { ann, bob } = pair();
    ann.text("body").insert(0, "a😀b");
    ann.list("todo").push(1, 2);
    exchange(ann, bob);
    ann.list("todo").push(3);
    const { applied } = bob.apply(ann.bundle(new VersionVector())!);
    expect(applied).toEqual([{ agent: ann.agent, from: 6, to: 7 }]);
    expect(todo(bob)).toEqual([1, 2, 3]);
  });

  test("are cut between values, and none is too large", () => {
    const { ann, bob } = pair();
    const large = "x".repeat(30_000);
    const values = ["small", large, large, large, ...new Array<Value>(40_000).fill("y"), large];
    ann.list("todo").splice(0, 0, values);
    const bundles = ann.bundles(bob.vector());
    expect(bundles.length).toBeGreaterThan(3);
    for (const bytes of bundles) {
      expect(bytes.length).toBeLessThanOrEqual(bundleSizeBytesMax);
      expect(bob.apply(bytes).missing).toEqual([]);
    }
    expect(todo(bob)).toEqual(values);
  });

  test("end before a value that is too large for what is left of them", () => {
    const { ann, bob } = pair();
    const large = "x".repeat(30_000);
    ann.change(() => {
      for (let count = 0; count < 5; count += 1) {
        ann.list("todo").push(large);
        ann.text("body").insert(0, "between");
      }
    });
    const bundles = ann.bundles(bob.vector());
    expect(bundles.length).toBe(3);
    for (const bytes of bundles) expect(bob.apply(bytes).missing).toEqual([]);
    expect(todo(bob)).toEqual(new Array<Value>(5).fill(large));
  });

  test("say few bytes for a value pushed, and for many", () => {
    const { ann } = pair();
    const small = ann.change(() => ann.list("todo").push(1))!.bundle();
    const many = ann.change(() => ann.list("todo").push(...new Array<Value>(100).fill(1)))!;
    expect(small.length).toBeLessThan(80);
    expect(many.bundle().length).toBe(small.length + 2 * 99 + 2);
    const [section] = decodeBundle(small).sections;
    expect(section!.payload.length).toBe(14);
  });
});

describe("D9 a file with lists", () => {
  const writer = new Doc({ document, agent: agentAt(0) });
  writer.list("todo").push("a", { b: [1, 2] }, "c", "gone");
  writer.list("todo").delete(3);
  writer.list("empty").push(1);
  writer.list("empty").delete(0);
  writer.text("body").insert(0, "body");
  const values = ["a", { b: [1, 2] }, "c"];
  const file = writer.encode();

  test("shows them without its log, and says corrupt where something needs that", () => {
    const damaged = file.slice();
    damaged[damaged.length - 5]! ^= 1;
    const doc = Doc.decode(damaged, { agent: agentAt(1) });
    expect([todo(doc), doc.list("empty").toArray()]).toEqual([values, []]);
    doc.list("todo").push("d");
    doc.list("todo").set(0, "A");
    expect(todo(doc)).toEqual(["A", { b: [1, 2] }, "c", "d"]);
    expect(doc.bundle(writer.vector())).not.toBeNull();
    expect(() => doc.undo()).toThrow(/checksum/);
    expect(() => doc.list("todo").cursor(1, "before")).toThrow(/checksum/);
    expect(todo(doc)).toEqual(["A", { b: [1, 2] }, "c", "d"]);
  });

  test("says corrupt where a list is damaged, and not elsewhere", () => {
    const { head, parts } = takeApart(file);
    const [list, ...rest] = parts;
    const wrong: Record<string, Uint8Array> = {
      "no values": encodeTextBlock(new Uint8Array([99])),
      "half a value": encodeTextBlock(ValueLog.of(values).bytes().subarray(1)),
      "too few values": encodeTextBlock(ValueLog.of(values.slice(1)).bytes()),
      "other bytes": list!.subarray(1),
    };
    for (const part of Object.values(wrong)) {
      const doc = Doc.decode(putTogether({ head, parts: [part, ...rest] }), { agent: reader });
      for (const act of [() => todo(doc), () => doc.list("todo").push(1)]) {
        expect(act).toSatisfy((read: () => void) => {
          try {
            read();
            return false;
          } catch (error) {
            return isHoldfastError(error, "corrupt");
          }
        });
      }
      expect([doc.text("body").toString(), doc.list("todo").length]).toEqual(["body", 3]);
    }
    expect(openDocument(file).texts).toHaveLength(3);
  });

  test("is found out by replaying, where a list is not what its log adds up to", () => {
    const doc = new Doc({ document, agent: agentAt(0) });
    doc.list("todo").push(1);
    const { head, parts } = takeApart(doc.encode());
    const others = encodeTextBlock(ValueLog.of([3]).bytes());
    const lying = putTogether({ head, parts: [others, ...parts.slice(1)] });
    expect(todo(Doc.decode(lying, { agent: reader }))).toEqual([3]);
    expect(() => Doc.decode(lying, { agent: reader, verify: true })).toThrow(/not add up/);
  });

  test("goes on with what was appended, and keeps values that are gone", () => {
    const doc = Doc.decode(file, { agent: agentAt(1) });
    const { eventCount } = doc;
    doc.list("todo").delete(0);
    doc.list("new").push("n");
    const appended = concatBytes([file, doc.encodeAppend(eventCount)!]);
    const again = Doc.decode(appended, { agent: agentAt(2), verify: true });
    expect([todo(again), again.list("new").toArray()]).toEqual([values.slice(1), ["n"]]);
    const without = Doc.decode(again.encode({ deletedText: false }), { agent: reader });
    const fresh = new Doc({ document, agent: reader });
    fresh.apply(without.bundle(new VersionVector())!);
    expect(todo(fresh)).toEqual(values.slice(1));
    const { version } = fresh.versions(100)[3]!;
    expect(fresh.checkout(version).list("todo").toArray()).toEqual([...values, "gone"]);
  });
});
