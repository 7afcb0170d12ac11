// Undo and redo that fail half way.

import { Doc } from "@holdfast/doc";
import { HoldfastError, isHoldfastError, randomBelow, SeededRandom } from "@holdfast/std";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { Editor } from "../src/editor.ts";
import { Revivals } from "../src/revivals.ts";
import { Mirror } from "./laws.ts";
import { erase, pair, scribble } from "./two_writers.ts";

const seedArbitrary = fc.nat({ max: 2 ** 31 });

describe("D10 an undo that fails half way", () => {
  // Has the edit number `count` from now on, of those that undo makes, fail.
  function failAt(count: number): () => void {
    let left = count;
    const spies = (["insert", "delete", "set"] as const).map((name) => {
      const edit = Editor.prototype[name] as (...given: unknown[]) => void;
      return vi.spyOn(Editor.prototype, name).mockImplementation(function (
        this: Editor,
        ...given: unknown[]
      ) {
        left -= 1;
        if (left < 0) throw new HoldfastError("too_large", "document is full");
        edit.apply(this, given);
      });
    });
    return () => {
      for (const spy of spies) spy.mockRestore();
    };
  }

  test("changes nothing, and goes as if it had never been tried", () => {
    let failures = 0;
    fc.assert(
      fc.property(seedArbitrary, fc.integer({ min: 1, max: 12 }), (seed, moves) => {
        const random = new SeededRandom(seed);
        const { ann } = pair();
        const twin = Doc.decode(ann.encode(), { agent: ann.agent });
        const drawn = random.next();
        for (const doc of [ann, twin]) {
          const same = new SeededRandom(Math.floor(drawn * 2 ** 31));
          for (let count = 0; count < moves; count += 1) {
            doc.change(() => {
              for (let edits = 1 + randomBelow(same, 3); edits > 0; edits -= 1) {
                scribble(doc, same, "xyz");
                erase(doc, same);
                doc.map("meta").set("k", randomBelow(same, 9));
              }
            });
          }
        }
        const mirror = new Mirror(ann);
        const cursor = ann.text("body").cursor(ann.text("body").length >> 1, "before");
        for (const move of ["undo", "undo", "redo", "undo", "redo", "redo"] as const) {
          const before = [ann.encode(), ann.text("body").position(cursor), mirror.patches];
          const able = [ann.canUndo, ann.canRedo];
          const mend = failAt(randomBelow(random, 8));
          let hasFailed = false;
          try {
            ann[move]();
          } catch (error) {
            if (!isHoldfastError(error, "too_large")) throw error;
            hasFailed = true;
            failures += 1;
          } finally {
            mend();
          }
          if (hasFailed) {
            expect([ann.encode(), ann.text("body").position(cursor), mirror.patches]).toEqual(
              before,
            );
            expect([ann.canUndo, ann.canRedo]).toEqual(able);
            ann[move]();
          }
          twin[move]();
          expect(ann.encode()).toEqual(twin.encode());
          mirror.check();
        }
      }),
      { numRuns: 15 },
    );
    expect(failures).toBeGreaterThan(15);
  });
});

test("D10 what came back and is taken back again leaves no trace", () => {
  const revivals = new Revivals();
  revivals.add({ id: 0, length: 5, target: 100 });
  revivals.add({ id: 20, length: 3, target: 105 });
  revivals.truncate(1);
  revivals.add({ id: 30, length: 3, target: 105 });
  expect(revivals.count).toBe(2);
  expect(revivals.present({ id: 2, length: 40 })).toEqual([
    { id: 102, length: 3 },
    { id: 5, length: 25 },
    { id: 105, length: 3 },
    { id: 33, length: 9 },
  ]);
});
