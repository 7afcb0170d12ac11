// Undo and redo, and cursors, while others edit.

import { VersionVector } from "@holdfast/causality";
import { Doc, decodeCursor, encodeCursor } from "@holdfast/doc";
import { SeededRandom } from "@holdfast/std";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { agentAt, historyArbitrary, reader } from "./history.ts";
import { document, Mirror, play } from "./laws.ts";
import { erase, exchange, initial, pair, position, scribble } from "./two_writers.ts";

const seedArbitrary = fc.nat({ max: 2 ** 31 });
function withoutBob(doc: Doc): string {
  return doc.text("body").toString().replace(/[A-Z]/g, "");
}

function bobOnly(doc: Doc): string {
  return doc
    .text("body")
    .toString()
    .replace(/[^A-Z]/g, "");
}

describe("D10 undo", () => {
  test("takes back one's own edits only, and redo brings them back", () => {
    fc.assert(
      fc.property(seedArbitrary, fc.nat({ max: 25 }), (seed, moves) => {
        const random = new SeededRandom(seed);
        const { ann, bob } = pair();
        const mirror = new Mirror(ann);
        for (let count = 0; count < moves; count += 1) {
          const draw = random.next();
          if (draw < 0.35) scribble(ann, random, "xyz");
          else if (draw < 0.6) erase(ann, random);
          else if (draw < 0.65) ann.map("meta").set("k", count);
          else if (draw < 0.85) scribble(bob, random, "XYZ");
          else exchange(ann, bob);
        }
        exchange(ann, bob);
        const written = withoutBob(ann);
        const value = ann.map("meta").get("k");
        const theirs = bobOnly(ann);
        let steps = 0;
        while (ann.canUndo && ann.undo()) {
          steps += 1;
          if (random.next() < 0.2) scribble(bob, random, "PQ");
          if (random.next() < 0.2) exchange(ann, bob);
        }
        expect(withoutBob(ann)).toBe(initial);
        expect(ann.map("meta").get("k")).toBe("initial");
        for (let count = 0; count < steps; count += 1) {
          expect(ann.redo()).toBe(true);
          if (random.next() < 0.2) exchange(ann, bob);
        }
        expect(ann.redo()).toBe(false);
        expect(withoutBob(ann)).toBe(written);
        expect(ann.map("meta").get("k")).toEqual(value);
        expect(bobOnly(ann).replace(/[PQ]/g, "")).toBe(theirs);
        exchange(ann, bob);
        expect(bob.text("body").toString()).toBe(ann.text("body").toString());
        expect(bob.map("meta").toJSON()).toEqual(ann.map("meta").toJSON());
        mirror.check();
      }),
      { numRuns: 150 },
    );
  });

  test("undo, redo, undo again, over and over", () => {
    const { ann } = pair();
    ann.text("body").delete(4, 8);
    ann.text("body").splice(4, 4, "words");
    const written = ann.text("body").toString();
    for (let count = 0; count < 4; count += 1) {
      expect([ann.undo(), ann.undo(), ann.undo()]).toEqual([true, true, false]);
      expect(ann.text("body").toString()).toBe(initial);
      expect([ann.redo(), ann.redo(), ann.redo()]).toEqual([true, true, false]);
      expect(ann.text("body").toString()).toBe(written);
    }
  });

  test("what another deleted stays deleted", () => {
    const { ann, bob } = pair();
    ann.text("body").insert(0, "mine ");
    exchange(ann, bob);
    bob.text("body").delete(0, 3);
    exchange(ann, bob);
    ann.undo();
    expect(ann.text("body").toString()).toBe(initial);
    exchange(ann, bob);
    ann.text("body").delete(0, 4);
    bob.text("body").delete(0, 4);
    exchange(ann, bob);
    ann.undo();
    expect(ann.text("body").toString()).toBe(initial.slice(4));
  });

  test("what another wrote over one's own value stays", () => {
    const { ann, bob } = pair();
    ann.map("meta").set("k", "ann");
    exchange(ann, bob);
    bob.map("meta").set("k", "bob");
    exchange(ann, bob);
    ann.undo();
    expect(ann.map("meta").get("k")).toBe("bob");
  });

  test("of keystrokes, unwatched or watched, goes a thousand steps back, and forth again", () => {
    for (const [typed, isWatched] of [
      [1_001, true],
      [2_001, false],
    ] as const) {
      const doc = new Doc({ document, agent: agentAt(0) });
      const steps = new Set<number>();
      if (isWatched) doc.subscribe(({ step }) => steps.add(step!));
      const text = doc.text("body");
      for (let count = 0; count < typed; count += 1) text.insert(count, "ab"[count % 2]!);
      const whole = text.toString();
      // The latest ones go on as a step that is joined to a keystroke.
      doc.change(() => text.insert(0, "cc"), { undo: "join" });
      if (!isWatched) doc.subscribe(({ step }) => steps.add(step!));
      expect(doc.undo()).toBe(true);
      expect(text.toString()).toBe(whole.slice(0, -1));
      let undone = 1;
      while (doc.undo()) undone += 1;
      expect(undone).toBe(1_000);
      expect(text.toString()).toBe(whole.slice(0, typed - 1_000));
      while (doc.redo()) undone -= 1;
      expect(undone).toBe(0);
      expect(text.toString()).toBe(`cc${whole}`);
      expect(steps.size).toBe(isWatched ? typed : 1_000);
      doc.undo();
      expect(doc.canRedo).toBe(true);
      text.insert(0, "d");
      expect(doc.canRedo).toBe(false);
    }
  });

  test("a change ends what could be redone", () => {
    const { ann } = pair();
    ann.text("body").insert(0, "a");
    ann.undo();
    ann.text("body").insert(0, "b");
    expect(ann.canRedo).toBe(false);
    expect(ann.redo()).toBe(false);
  });

  test("of another's edits there is nothing to undo", () => {
    const { ann, bob } = pair();
    ann.text("body").insert(0, "a");
    exchange(ann, bob);
    expect(bob.canUndo).toBe(false);
    expect(bob.undo()).toBe(false);
    expect(Doc.decode(ann.encode(), { agent: agentAt(0) }).canUndo).toBe(false);
  });
});

describe("D10 joined changes", () => {
  test("are undone together, as if they had been one change", () => {
    fc.assert(
      fc.property(seedArbitrary, fc.nat({ max: 25 }), (seed, moves) => {
        const random = new SeededRandom(seed);
        const { ann, bob } = pair();
        const shown = [ann.text("body").toString()];
        const values = [ann.map("meta").get("k")];
        const others = random.next() < 0.5;
        for (let count = 0; count < moves; count += 1) {
          const joins = count > 0 && random.next() < 0.5;
          const edit = (): void => {
            const draw = random.next();
            if (draw < 0.5) scribble(ann, random, "xyz");
            else if (draw < 0.9) erase(ann, random);
            else ann.map("meta").set("k", count);
          };
          const version = ann.vector();
          ann.change(edit, { undo: joins ? "join" : true });
          const isNothing = ann.vector().next(ann.agent) === version.next(ann.agent);
          if (isNothing) continue;
          if (joins && shown.length > 1) {
            shown.pop();
            values.pop();
          }
          shown.push(withoutBob(ann));
          values.push(ann.map("meta").get("k"));
          if (others && random.next() < 0.3) {
            scribble(bob, random, "XYZ");
            exchange(ann, bob);
          }
        }
        const steps = shown.length - 1;
        for (let step = steps; step > 0; step -= 1) {
          expect(withoutBob(ann)).toBe(shown[step]);
          // A step that came to nothing is passed over, and the one before it undone instead.
          const reached = [...shown.slice(0, step)];
          ann.undo();
          expect(reached).toContain(withoutBob(ann));
          step = reached.lastIndexOf(withoutBob(ann)) + 1;
        }
        while (ann.undo());
        expect(withoutBob(ann)).toBe(initial);
        expect(ann.map("meta").get("k")).toBe("initial");
        while (ann.redo());
        expect(withoutBob(ann)).toBe(shown.at(-1));
        expect(ann.map("meta").get("k")).toEqual(values.at(-1));
        exchange(ann, bob);
        expect(bob.text("body").toString()).toBe(ann.text("body").toString());
      }),
      { numRuns: 150 },
    );
  });

  test("put back what was deleted behind one's own letters that are gone, too", () => {
    const { ann } = pair();
    const text = ann.text("body");
    text.splice(0, text.length, "text");
    // A z comes before the e and goes with the x, when the e has gone.
    ann.change(() => {
      text.insert(1, "z");
      text.delete(2, 1);
      text.delete(1, 2);
    });
    ann.undo();
    expect(text.toString()).toBe("text");
    ann.redo();
    expect(text.toString()).toBe("tt");
  });

  test("with another's edits between them take back one's own alone", () => {
    const { ann, bob } = pair();
    ann.text("body").insert(0, "ab");
    exchange(ann, bob);
    bob.text("body").insert(1, "X");
    exchange(ann, bob);
    ann.change(() => ann.text("body").splice(4, 3, "c"), { undo: "join" });
    ann.change(() => ann.text("body").delete(0, 1), { undo: "join" });
    expect(ann.undo()).toBe(true);
    expect(ann.text("body").toString()).toBe(`X${initial}`);
    expect(ann.undo()).toBe(false);
    expect(ann.redo()).toBe(true);
    expect(ann.text("body").toString()).toBe(`Xbt${"c"}${initial.slice(4)}`);
    expect(ann.redo()).toBe(false);
  });

  test("begin a step where there is none to join, or the latest was undone", () => {
    const { ann } = pair();
    ann.change(() => ann.text("body").insert(0, "a"), { undo: "join" });
    ann.text("body").insert(0, "b");
    ann.undo();
    ann.change(() => ann.text("body").insert(0, "c"), { undo: "join" });
    expect(ann.canRedo).toBe(false);
    ann.undo();
    expect(ann.text("body").toString()).toBe(`a${initial}`);
    ann.undo();
    expect(ann.text("body").toString()).toBe(initial);
  });

  test("each patch names the step that it belongs to", () => {
    const { ann, bob } = pair();
    const steps: (number | null)[] = [];
    ann.subscribe(({ step }) => steps.push(step));
    const insert = (undo: boolean | "join"): void =>
      void ann.change(() => ann.text("body").insert(0, "a"), { undo });
    insert(true);
    insert("join");
    insert(false);
    insert(true);
    bob.text("body").insert(0, "B");
    exchange(ann, bob);
    ann.undo();
    ann.undo();
    ann.redo();
    insert(true);
    const [first, joined, none, second, remote, undone, undoneToo, redone, third] = steps;
    expect(joined).toBe(first);
    expect([none, remote]).toEqual([null, null]);
    expect(undone).toBe(second);
    expect([undoneToo, redone]).toEqual([first, first]);
    expect(new Set([first, second, third]).size).toBe(3);
  });
});

describe("D11 cursors", () => {
  test("go with what undo brings back, on the replica that undid", () => {
    const { ann } = pair();
    const text = ann.text("body");
    const all = Array.from({ length: 5 }, (_, at) => text.cursor(at + 1, "before"));
    text.delete(2, 2);
    text.delete(1, 1);
    text.delete(0, 1);
    expect(all.map((cursor) => text.position(cursor))).toEqual([0, 0, 0, 0, 1]);
    ann.undo();
    ann.undo();
    ann.undo();
    expect(all.map((cursor) => text.position(cursor))).toEqual([1, 2, 3, 4, 5]);
    ann.redo();
    expect(all.map((cursor) => text.position(cursor))).toEqual([1, 2, 2, 2, 3]);
  });

  // Every character of the text is unique, so where a cursor belongs can be looked up.
  test("stay with their neighbour whatever others do", () => {
    fc.assert(
      fc.property(seedArbitrary, fc.nat({ max: 20 }), (seed, moves) => {
        const random = new SeededRandom(seed);
        const { ann, bob } = pair();
        let nextLetter = 0x4e00;
        const edit = (doc: Doc): void => {
          const text = doc.text("body");
          const at = position(text.toString(), random);
          if (random.next() < 0.6) text.insert(at, String.fromCharCode(nextLetter++, nextLetter++));
          else text.delete(at, position(text.slice(at, at + 5), random));
        };
        const unique = "0123456789ABCDEF";
        ann.text("body").splice(0, ann.text("body").length, unique);
        exchange(ann, bob);
        const cursors = Array.from({ length: unique.length + 1 }, (_, at) => ({
          at,
          before: ann.text("body").cursor(at, "before"),
          after: ann.text("body").cursor(at, "after"),
        }));
        for (let count = 0; count < moves; count += 1) {
          const draw = random.next();
          if (draw < 0.4) edit(ann);
          else if (draw < 0.8) edit(bob);
          else exchange(ann, bob);
        }
        exchange(ann, bob);
        const now = ann.text("body").toString();
        const places = [...unique].map((char) => now.indexOf(char));
        for (const doc of [ann, bob, Doc.decode(ann.encode(), { agent: reader })]) {
          for (const { at, before, after } of cursors) {
            const text = doc.text("body");
            const [left, right] = [text.position(before)!, text.position(after)!];
            expect(text.position(decodeCursor(encodeCursor(before)))).toBe(left);
            expect(left).toBeLessThanOrEqual(right);
            if (at === 0) expect(left).toBe(0);
            else if (places[at - 1]! >= 0) expect(left).toBe(places[at - 1]! + 1);
            if (at === unique.length) expect(right).toBe(now.length);
            else if (places[at]! >= 0) expect(right).toBe(places[at]);
            // A neighbour that is gone leaves the cursor between those that are not.
            const lower = places.slice(0, at).filter((place) => place >= 0);
            const upper = places.slice(at).filter((place) => place >= 0);
            expect(left).toBeGreaterThanOrEqual(Math.max(0, ...lower.map((place) => place + 1)));
            expect(right).toBeLessThanOrEqual(Math.min(now.length, ...upper));
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test("at positions of any history can be found again", () => {
    fc.assert(
      fc.property(historyArbitrary(30), seedArbitrary, (steps, seed) => {
        const { authors } = play(steps, new SeededRandom(seed));
        for (const doc of authors.values()) {
          const text = doc.text("body");
          for (let at = 0; at <= text.length; at += 1) {
            expect(text.position(text.cursor(at, "before"))).toBe(at);
            expect(text.position(text.cursor(at, "after"))).toBe(at);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  test("on a unit that is not here yet have no position", () => {
    const { ann, bob } = pair();
    ann.text("body").insert(0, "new");
    const cursor = ann.text("body").cursor(2, "before");
    expect(bob.text("body").position(cursor)).toBeNull();
    expect(ann.text("title").position(cursor)).toBeNull();
    const late = ann.bundle(new VersionVector())!;
    bob.apply(late);
    expect(bob.text("body").position(cursor)).toBe(2);
  });
});
