// Named cases of concurrent edits, each of which pays for every law.

import { VersionVector } from "@holdfast/causality";
import { Doc } from "@holdfast/doc";
import { describe, expect, test } from "vitest";
import { agentAt, maps, reader, Script, texts } from "./history.ts";
import { checkLaws, deliver, document } from "./laws.ts";
import type { Op, Plain } from "./reference.ts";

// Their ids sort otherwise: dan, bob, ann, cy.
const [ann, bob, cy, dan] = [0, 1, 2, 3] as const;

function expectText(script: Script, ...allowed: readonly string[]): void {
  expect(allowed).toContain(script.reference.text(texts[0]));
  for (const seed of [1, 2, 3]) checkLaws(script.steps, seed);
}

function set(key: string, value: Plain): Op {
  return { kind: "set", container: maps[0], key, value };
}

function unset(key: string): Op {
  return { kind: "unset", container: maps[0], key };
}

function shared(text: string): Script {
  return new Script().insert(ann, 0, text).see(bob, ann).see(cy, ann);
}

describe("D4 text", () => {
  test("two runs at one place do not interleave", () => {
    const script = shared("[]");
    for (const [index, char] of [..."abcd"].entries()) script.insert(ann, 1 + index, char);
    for (const [index, char] of [..."wxyz"].entries()) script.insert(bob, 1 + index, char);
    expectText(script, "[abcdwxyz]", "[wxyzabcd]");
  });

  test("two runs typed backwards at one place do not interleave", () => {
    const script = shared("[]");
    for (const char of [..."dcba"]) script.insert(ann, 1, char);
    for (const char of [..."zyxw"]) script.insert(bob, 1, char);
    expectText(script, "[abcdwxyz]", "[wxyzabcd]");
  });

  test("a run typed forwards and one typed backwards do not interleave", () => {
    const script = shared("[]");
    for (const [index, char] of [..."abcd"].entries()) script.insert(ann, 1 + index, char);
    for (const char of [..."zyxw"]) script.insert(bob, 1, char);
    expectText(script, "[abcdwxyz]", "[wxyzabcd]");
  });

  test("runs in an empty document, by three agents", () => {
    const script = new Script().insert(ann, 0, "aaa").insert(bob, 0, "bbb");
    for (const char of [..."321"]) script.insert(cy, 0, char);
    expect(script.reference.text(texts[0])).toMatch(/^(?=.*aaa)(?=.*bbb)(?=.*123).{9}$/);
    checkLaws(script.steps, 1);
  });

  test("right children stand in reverse order of their right origins", () => {
    // What tells FugueMax from Fugue. Before P stand L (bob's) and M (cy's), which were
    // written concurrently. Both x and y are written right after L, x by one who saw M
    // follow, y by one who saw P follow; so y, whose right origin is further away, goes
    // first, whichever agent is the lower.
    for (const [first, second] of [
      [ann, dan],
      [dan, ann],
    ] as const) {
      const script = new Script().insert(ann, 0, "P").see(bob, ann).see(cy, ann);
      script.insert(bob, 0, "L").insert(cy, 0, "M");
      script.see(first, ann).see(first, bob).insert(first, 1, "y");
      script.see(second, bob).see(second, cy);
      script.insert(second, 1, "x");
      expectText(script, "LyxMP");
    }
  });

  test("deleting the same text twice deletes it once", () => {
    const script = shared("abcdef").delete(ann, 1, 3).delete(bob, 2, 3).delete(cy, 0, 2);
    expectText(script, "f");
  });

  test("what is written inside of a concurrently deleted range stays", () => {
    expectText(shared("abcdef").delete(ann, 0, 6).insert(bob, 3, "NEW"), "NEW");
  });

  test("what is written at both edges of a concurrently deleted range stays in order", () => {
    const script = shared("abcdef").delete(ann, 1, 4).insert(bob, 1, "<").insert(bob, 6, ">");
    expectText(script, "a<>f");
  });

  test("writing where others deleted and wrote", () => {
    const script = shared("abc").delete(ann, 1, 1).insert(ann, 1, "X");
    script.delete(bob, 1, 1).insert(bob, 1, "Y").insert(cy, 1, "1").insert(cy, 3, "2");
    const text = script.reference.text(texts[0]);
    expect([...text].sort().join("")).toBe("12XYac");
    expect(text.indexOf("1")).toBeLessThan(text.indexOf("2"));
    checkLaws(script.steps, 1, 4);
  });

  test("backspacing through another's text", () => {
    const script = shared("abc").insert(bob, 3, "def").see(ann, bob);
    for (let at = 5; at >= 1; at -= 1) script.delete(ann, at, 1);
    expectText(script.insert(bob, 6, "ghi").insert(cy, 1, "-"), "a-ghi");
  });

  test("a long branch merged late, and a branch off the middle of it", () => {
    const script = shared("base ");
    for (let count = 0; count < 10; count += 1)
      script.insert(ann, 5 + count, "a").insert(bob, 0, "b");
    script.seeStep(cy, 7).insert(cy, 3, "c").see(ann, cy).see(bob, ann).see(cy, bob);
    for (const who of [ann, bob, cy]) script.insert(who, 2, String(who));
    expect(script.reference.text(texts[0])).toHaveLength(29);
    checkLaws(script.steps, 1, 4);
  });

  test("D6 surrogate pairs stay whole beside others' edits", () => {
    const script = shared("a😀b😀c").delete(ann, 1, 2).insert(bob, 1, "😎").insert(cy, 3, "👩‍👧");
    expectText(script.delete(bob, 6, 2), "a😎👩‍👧bc");
  });

  test("containers of one document do not touch each other", () => {
    const script = new Script();
    script.do(
      ann,
      { kind: "insert", container: texts[0], at: 0, text: "body" },
      { kind: "insert", container: texts[1], at: 0, text: "title" },
      set("title", "map"),
      { kind: "delete", container: texts[0], at: 0, count: 1 },
    );
    script.do(bob, { kind: "insert", container: texts[1], at: 0, text: "2" });
    expect(script.reference.text(texts[0])).toBe("ody");
    checkLaws(script.steps, 1);
  });
});

describe("D5 map", () => {
  test("of concurrent values the one with the higher agent wins, the others are readable", () => {
    const script = new Script().do(ann, set("k", "ann")).do(bob, set("k", "bob"));
    script.do(cy, set("k", "cy"));
    expect(script.reference.map(maps[0])).toEqual({ k: "cy" });
    expect(script.reference.survivors(maps[0], "k")).toHaveLength(3);
    checkLaws(script.steps, 1, 4);
  });

  test("a longer history wins over a higher agent", () => {
    const script = new Script().do(ann, set("x", 1)).do(ann, set("k", "ann"));
    script.do(cy, set("k", "cy"));
    expect(script.reference.map(maps[0])).toMatchObject({ k: "ann" });
    checkLaws(script.steps, 1, 4);
  });

  test("a value that saw the others replaces them all", () => {
    const script = new Script().do(ann, set("k", 1)).do(bob, set("k", 2));
    script.see(cy, ann).see(cy, bob).do(cy, set("k", 3));
    expect(script.reference.survivors(maps[0], "k")).toHaveLength(1);
    checkLaws(script.steps, 1, 4);
  });

  test("deleting a key against a concurrent write to it", () => {
    for (const [deleter, writer] of [[ann, bob] as const, [bob, ann] as const]) {
      const script = new Script().do(ann, set("k", 1)).see(bob, ann);
      checkLaws(script.do(deleter, unset("k")).do(writer, set("k", 2)).steps, 1, 4);
    }
  });
});

test("D1 keys that were set at once with what was typed are no gap in what a merge remembers", () => {
  const [p, q, r, s, all] = [0, 1, 2, 3, 4].map((index) => {
    return new Doc({ document, agent: agentAt(index) });
  }) as [Doc, Doc, Doc, Doc, Doc];
  const told = (who: Doc, change: () => void): Uint8Array => who.change(change)!.bundle();
  const hear = (who: Doc, ...bundles: readonly Uint8Array[]): void => {
    for (const bundle of bundles) deliver(who, bundle);
  };
  const first = told(p, () => p.text("body").insert(0, "abcdefghij"));
  const second = told(q, () => q.text("body").insert(0, "0123456789"));
  hear(p, second);
  hear(q, first);
  const typed = told(p, () => p.text("body").insert(13, "PPPPP"));
  const before = [first, second, typed, told(q, () => q.map("meta").set("k", 1))];
  before.push(told(p, () => p.map("meta").set("j", 2)));
  hear(r, ...before);
  hear(s, ...before);
  const deleted = told(r, () => r.text("body").delete(14, 3));
  const inserted = told(s, () => s.text("body").insert(20, "SSS"));
  hear(all, ...before, deleted, inserted);
  hear(s, deleted);
  hear(r, inserted);
  for (const doc of [r, s, all]) {
    const copy = new Doc({ document, agent: reader });
    deliver(copy, doc.bundle(new VersionVector())!);
    expect(doc.text("body").toString()).toBe(copy.text("body").toString());
  }
  expect(all.text("body").toString()).toBe(s.text("body").toString());
});
