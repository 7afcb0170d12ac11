// Two who write one document, of whom one hears of the other and the other of nobody.

import { Doc } from "@holdfast/doc";
import { randomBelow, SeededRandom } from "@holdfast/std";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { KeptWalker } from "../src/merge/kept_walker.ts";
import { SpanTree } from "../src/merge/span_tree.ts";
import { Units } from "../src/merge/units.ts";
import { UponAll } from "../src/merge/upon_all.ts";
import { agentAt, reader } from "./history.ts";
import { document, Mirror } from "./laws.ts";
import { exchange, pair } from "./two_writers.ts";

// What `from` wrote since its last call, given to `to`.
function hand(from: Doc, to: Doc): void {
  const bundle = from.bundle(to.vector());
  if (bundle !== null) expect(to.apply(bundle).missing).toEqual([]);
}

// Types on both sides, and tells Ann of Bob's; counts the events that came in sight or went out of it.
function toggledEvents(keystrokes: number, each: (ann: Doc) => void): number {
  const { ann, bob } = pair();
  const toggle = vi.spyOn(Units.prototype, "toggle");
  try {
    for (let count = 0; count < keystrokes; count += 1) {
      const text = ann.text("body");
      text.insert(count % 3 === 0 ? 0 : text.length, "a");
      if (count % 5 === 4) text.delete(randomBelow(new SeededRandom(count), text.length - 5), 1);
      bob.text("body").insert(bob.text("body").length, "b");
      hand(bob, ann);
      each(ann);
    }
    const toggled = toggle.mock.calls.reduce((sum, [start, end]) => sum + end - start, 0);
    exchange(ann, bob);
    expect(bob.text("body").toString()).toBe(ann.text("body").toString());
    return toggled;
  } finally {
    toggle.mockRestore();
  }
}

test("to hear each keystroke of one who hears nothing costs no look at what one wrote oneself", () => {
  expect(toggledEvents(250, () => {})).toBeLessThan(10);
  const cursor = (ann: Doc): void => {
    const text = ann.text("body");
    expect(text.position(text.cursor(7, "after"))).toBe(7);
  };
  expect(toggledEvents(250, cursor)).toBeLessThan(10);
});

test("what one types in a row is one span, however often one asks where it is", () => {
  const { ann, bob } = pair();
  bob.text("body").insert(0, "b");
  ann.text("body").insert(0, "a");
  hand(bob, ann);
  const text = ann.text("body");
  expect(text.position(text.cursor(1, "before"))).toBe(1);
  const spans = vi.spyOn(SpanTree.prototype, "insert");
  try {
    for (let count = 0; count < 50; count += 1) {
      text.insert(text.length, "a");
      expect(text.position(text.cursor(text.length, "before"))).toBe(text.length);
    }
    expect(spans).toHaveBeenCalledTimes(1);
  } finally {
    spans.mockRestore();
  }
});

test("what one types in a row meanwhile gives no reason to begin anew", () => {
  const { ann, bob } = pair();
  const begin = vi.spyOn(KeptWalker.prototype, "begin");
  try {
    for (let round = 0; round < 4; round += 1) {
      for (let count = 0; count < 100; count += 1) ann.text("body").insert(round + count, "a");
      bob.text("body").insert(0, "b");
      hand(bob, ann);
    }
    expect(begin).toHaveBeenCalledTimes(1);
    // But what falls behind by more than it would take is given up.
    for (let count = 0; count < 200; count += 1) ann.text("body").insert((count % 2) * 9, "a");
    bob.text("body").insert(0, "b");
    hand(bob, ann);
    expect(begin).toHaveBeenCalledTimes(2);
  } finally {
    begin.mockRestore();
  }
  exchange(ann, bob);
  expect(bob.text("body").toString()).toBe(ann.text("body").toString());
});

const snippets = ["a", "bc", "def", "\u{1F600}"];

// Inserts, deletes forwards and back, in a text and a list; near the last edit as often as not.
// `meanwhile` happens between backspaces.
function edit(doc: Doc, random: SeededRandom, caret: number, meanwhile = () => {}): number {
  const text = doc.text("body");
  const near = random.next() < 0.6 ? caret : randomBelow(random, text.length + 1);
  const starts = [0];
  for (const char of text.toString()) starts.push(starts.at(-1)! + char.length);
  const index = starts.filter((start) => start <= near).length - 1;
  const at = starts[index]!;
  const draw = random.next();
  if (draw < 0.5) {
    const snippet = snippets[randomBelow(random, snippets.length)]!;
    text.insert(at, snippet);
    return at + snippet.length;
  }
  if (draw < 0.65) {
    let end = index;
    for (let count = 1 + randomBelow(random, 3); count > 0 && end > 0; count -= 1) {
      text.delete(starts[end - 1]!, starts[end]! - starts[end - 1]!);
      end -= 1;
      if (random.next() < 0.3) meanwhile();
    }
    return starts[end]!;
  }
  if (draw < 0.8) {
    const end = starts[Math.min(starts.length - 1, index + 1 + randomBelow(random, 6))]!;
    text.delete(at, end - at);
    return at;
  }
  const list = doc.list("body");
  const place = randomBelow(random, list.length + 1);
  list.splice(place, Math.min(randomBelow(random, 3), list.length - place), [draw, "v"]);
  return caret;
}

// Types right behind what `other` inserted last.
function typeBehind(doc: Doc, other: Doc): void {
  const unit = { agent: other.agent, seq: other.vector().next(other.agent) - 1 };
  const at = doc.text("body").position({ side: "before", unit });
  if (at !== null) doc.text("body").insert(at, "z");
}

test("D1 who hears of the other one-sidedly ends as who takes in everything at once", () => {
  const insert = vi.spyOn(UponAll.prototype, "insert");
  const remove = vi.spyOn(UponAll.prototype, "delete");
  try {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 31 }), fc.integer({ min: 1, max: 60 }), (seed, moves) => {
        const random = new SeededRandom(seed);
        const { ann, bob } = pair();
        const third = new Doc({ document, agent: agentAt(2) });
        const mirror = new Mirror(ann);
        let carets = [0, 0];
        for (let count = 0; count < moves; count += 1) {
          const draw = random.next();
          if (draw < 0.4)
            carets = [edit(ann, random, carets[0]!, () => hand(ann, bob)), carets[1]!];
          else if (draw < 0.7) carets = [carets[0]!, edit(bob, random, carets[1]!)];
          else if (draw < 0.9) hand(bob, ann);
          else if (draw < 0.93) hand(ann, bob);
          else if (draw < 0.96) ann.undo();
          else {
            hand(bob, third);
            edit(third, random, 0);
            hand(third, ann);
            typeBehind(ann, third);
          }
        }
        hand(third, ann);
        exchange(ann, bob);
        mirror.check();
        const once = Doc.decode(ann.encode(), { agent: reader, verify: true });
        const late = new Doc({ document, agent: reader });
        hand(ann, late);
        for (const doc of [bob, once, late]) {
          expect(doc.text("body").toString()).toBe(ann.text("body").toString());
          expect(doc.list("body").toArray()).toEqual(ann.list("body").toArray());
        }
        for (let at = 0; at <= ann.text("body").length; at += 1) {
          const cursor = ann.text("body").cursor(at, "before");
          expect(cursor).toEqual(late.text("body").cursor(at, "before"));
        }
      }),
      { numRuns: 60 },
    );
    expect(insert.mock.calls.length).toBeGreaterThan(60);
    expect(remove.mock.calls.filter(([, , , backward]) => backward).length).toBeGreaterThan(5);
    expect(remove.mock.calls.length).toBeGreaterThan(30);
  } finally {
    insert.mockRestore();
    remove.mockRestore();
  }
});

test("D4 what one types right behind another's letter is no part of what that one typed", () => {
  const agents = Array.from({ length: 5 }, (_, index) => agentAt(index)).sort();
  const docs = agents.map((agent) => new Doc({ document, agent }));
  const [cat, bob, dan, post, ann] = docs as [Doc, Doc, Doc, Doc, Doc];
  ann.text("body").insert(0, "[]");
  for (const doc of [cat, bob, post]) hand(ann, doc);
  bob.text("body").insert(1, "BBBBBB");
  cat.text("body").insert(1, "c");
  hand(bob, post);
  hand(cat, post);
  for (const doc of [ann, dan]) hand(post, doc);
  ann.text("body").insert(2, "a");
  dan.text("body").insert(2, "d");
  hand(dan, ann);
  hand(ann, dan);
  expect(dan.text("body").toString()).toBe("[cdaBBBBBB]");
  expect(ann.text("body").toString()).toBe("[cdaBBBBBB]");
});

test("D10 of what one erased backwards, undo knows what another erased too", () => {
  const { ann, bob } = pair();
  ann.text("body").splice(0, ann.text("body").length, "abcdef");
  exchange(ann, bob);
  bob.text("body").insert(0, "X");
  ann.map("meta").set("k", 1);
  hand(bob, ann);
  ann.text("body").delete(6, 1);
  hand(ann, bob);
  ann.text("body").delete(5, 1);
  bob.text("body").delete(5, 1);
  hand(bob, ann);
  expect(ann.text("body").toString()).toBe("Xabcd");
  ann.undo();
  ann.undo();
  expect(ann.text("body").toString()).toBe("Xabcdf");
});
