// Named cases of a document's own promises: what is refused, what is rolled back, what
// subscribers hear, and what is cut when it is large.

import { type EventId, VersionVector } from "@holdfast/causality";
import {
  bundleSizeBytesMax,
  clipBundle,
  coalesceBundles,
  Doc,
  decodeBundle,
  encodeBundle,
  joinBundles,
  parseDocumentId,
  sameContent,
  type Value,
  valueDepthMax,
} from "@holdfast/doc";
import { type ErrorCode, isHoldfastError, isWellFormed } from "@holdfast/std";
import { describe, expect, test } from "vitest";
import { encodeSection } from "../src/bundle/section.ts";
import { agentAt, reader } from "./history.ts";
import { deliver, document, Mirror } from "./laws.ts";

function open(who: number): Doc {
  return new Doc({ document, agent: agentAt(who) });
}

function expectRefusal(doc: Doc, act: () => unknown, code: ErrorCode): void {
  const before = doc.encode();
  const mirror = new Mirror(doc);
  let thrown: unknown = null;
  try {
    act();
  } catch (error) {
    thrown = error;
  }
  expect(isHoldfastError(thrown, code), String(thrown)).toBe(true);
  expect(doc.encode()).toEqual(before);
  expect(mirror.patches).toBe(0);
}

describe("D7 refused", () => {
  test("another document's bundle", () => {
    const other = new Doc({ document: parseDocumentId("other"), agent: agentAt(0) });
    other.text("body").insert(0, "x");
    const doc = open(1);
    expectRefusal(doc, () => doc.apply(other.bundle(new VersionVector())!), "wrong_document");
  });

  test("one identity used twice, whole or in part, in whatever pieces it comes", () => {
    const [first, second] = [open(0), open(0)];
    first.text("body").insert(0, "same start, mine");
    second.text("body").insert(0, "same start, yours and more");
    const all = new VersionVector();
    const mine = first.bundle(all)!;
    const yours = second.bundle(all)!;
    const doc = open(1);
    deliver(doc, mine);
    expectRefusal(doc, () => doc.apply(yours), "equivocation");
    const short = clipBundle(yours, all, new VersionVector([[agentAt(0), 14]]))!;
    expectRefusal(doc, () => doc.apply(short), "equivocation");
    const middle = clipBundle(yours, new VersionVector([[agentAt(0), 13]]))!;
    expectRefusal(doc, () => doc.apply(middle), "equivocation");
    // The part that is the same is no equivocation.
    const prefix = clipBundle(yours, all, new VersionVector([[agentAt(0), 12]]))!;
    expect(doc.apply(prefix)).toEqual({ applied: [], missing: [] });
    const run = { agent: agentAt(0), from: 0, to: 16 };
    expect(sameContent(decodeBundle(mine), decodeBundle(yours))).toEqual(run);
    expect(sameContent(decodeBundle(mine), decodeBundle(prefix))).toBeNull();
  });

  test("an envelope that says other than its payload", () => {
    const [first, second] = [open(0), open(1)];
    first.text("body").insert(0, "first");
    deliver(second, first.bundle(new VersionVector())!);
    second.text("body").insert(5, " second");
    const bundle = decodeBundle(second.bundle(first.vector())!);
    const section = bundle.sections[0]!;
    const doc = open(2);
    deliver(doc, first.bundle(new VersionVector())!);
    const known = { agent: agentAt(0), seq: 2 };
    const [run] = section.runs;
    for (const lie of [
      { dependencies: [...section.dependencies, known] },
      { dependencies: [...section.dependencies, ...section.dependencies] },
      { runs: [{ ...run!, to: run!.to + 1 }] },
      { runs: [{ ...run!, to: run!.to - 1 }] },
      { runs: [{ ...run!, hash: new Uint8Array(16) }] },
    ]) {
      expectRefusal(
        doc,
        () => doc.apply({ document, sections: [{ ...section, ...lie }] }),
        "corrupt",
      );
    }
    deliver(doc, encodeBundle(bundle));
    expect(doc.text("body").toString()).toBe("first second");
  });

  test("an event upon versions that its author can't have been on", () => {
    const source = open(0);
    source.text("body").insert(0, "a😀b");
    const other = open(1);
    deliver(other, source.bundle(new VersionVector())!);
    other.text("body").insert(0, "other");
    const doc = open(2);
    deliver(doc, other.bundle(new VersionVector())!);
    const before = doc.encode();
    const operation = { type: "insert", container: "body", at: 0, content: "x" } as const;
    const make = (who: number, seq: number, ...parents: readonly EventId[]) =>
      encodeBundle({
        document,
        sections: [encodeSection([{ agent: agentAt(who), seq, parents, operation }])],
      });
    const at = (who: number, seq: number): EventId => ({ agent: agentAt(who), seq });
    // It has forgotten what it did itself.
    expectRefusal(doc, () => doc.apply(make(1, 5, at(0, 3))), "invalid_operation");
    // One of its parents is an ancestor of the other.
    expectRefusal(doc, () => doc.apply(make(1, 5, at(1, 4), at(0, 3))), "invalid_operation");
    // It was made between the halves of a pair.
    expectRefusal(doc, () => doc.apply(make(3, 0, at(0, 1))), "invalid_operation");
    // Its position is past the end of what it saw, though not of what is here.
    const far = { ...operation, at: 5 };
    const section = encodeSection([
      { agent: agentAt(3), seq: 0, parents: [at(0, 3)], operation: far },
    ]);
    expectRefusal(doc, () => doc.apply({ document, sections: [section] }), "invalid_operation");
    expect(doc.encode()).toEqual(before);
    deliver(doc, make(3, 0, at(0, 3)));
    expect(doc.text("body").length).toBe(10);
  });

  test("values that nest too deep, set here or sent", () => {
    const nest = (depth: number): Value => (depth === 0 ? 1 : [nest(depth - 1)]);
    const doc = open(0);
    doc.map("meta").set("k", nest(valueDepthMax));
    expectRefusal(doc, () => doc.map("meta").set("k", nest(valueDepthMax + 1)), "too_large");
    const value = new Uint8Array([...Array.from({ length: 80 }, (_, i) => (i % 2 ? 1 : 8)), 0]);
    const operation = { type: "set", container: "meta", key: "k", value } as const;
    const section = encodeSection([{ agent: agentAt(1), seq: 0, parents: [], operation }]);
    expectRefusal(doc, () => doc.apply({ document, sections: [section] }), "too_large");
  });

  test("a sealed section", () => {
    const source = open(0);
    source.text("body").insert(0, "secret");
    const bundle = decodeBundle(source.bundle(new VersionVector())!);
    const sections = bundle.sections.map((section) => ({ ...section, kind: "sealed" as const }));
    const doc = open(1);
    expectRefusal(doc, () => doc.apply({ document, sections }), "invalid_argument");
    const kept = coalesceBundles([bundle, { document, sections }]);
    expect(kept.flatMap((bytes) => decodeBundle(bytes).sections.map(({ kind }) => kind))).toEqual([
      "plain",
      "sealed",
    ]);
  });

  test("edits out of range, or through the middle of a surrogate pair", () => {
    const doc = open(0);
    const text = doc.text("body");
    text.insert(0, "a😀b");
    for (const act of [
      () => text.insert(5, "x"),
      () => text.insert(-1, "x"),
      () => text.insert(0.5, "x"),
      () => text.insert(2, "x"),
      () => text.delete(0, 2),
      () => text.delete(2, 1),
      () => text.delete(3, 2),
      () => text.delete(0, -1),
      () => text.splice(1, 1, "x"),
      () => text.insert(0, "\ud83d"),
      () => text.insert(0, "\ude00"),
      () => text.insert(0, 5 as unknown as string),
      () => doc.text(""),
      () => doc.text("x".repeat(201)),
      () => doc.map("meta").set("k", Number.NaN),
      () => doc.map("meta").set("k", "\ud83d"),
      () => doc.map("meta").set("k".repeat(1_001), 1),
    ]) {
      expectRefusal(doc, act, "invalid_argument");
    }
    expectRefusal(doc, () => doc.map("meta").set("k", "x".repeat(32_768)), "too_large");
    expectRefusal(doc, () => doc.checkout([{ agent: reader, seq: 0 }]), "not_found");
  });
});

describe("D8 change", () => {
  test("what throws half-way leaves nothing", () => {
    const doc = open(0);
    doc.text("body").insert(0, "before");
    doc.map("meta").set("k", 1);
    const before = doc.encode();
    const mirror = new Mirror(doc);
    expect(() =>
      doc.change(() => {
        doc.text("body").splice(0, 3, "BE😀");
        doc.map("meta").set("k", 2);
        doc.map("meta").delete("k");
        doc.change(() => doc.text("title").insert(0, "inner"));
        doc.text("body").delete(100, 1);
      }),
    ).toThrow();
    expect(doc.encode()).toEqual(before);
    expect(doc.text("body").toString()).toBe("before");
    expect(doc.text("title").length).toBe(0);
    expect(doc.map("meta").toJSON()).toEqual({ k: 1 });
    expect(mirror.patches).toBe(0);
    doc.text("body").insert(6, " and after");
    const copy = open(1);
    deliver(copy, doc.bundle(new VersionVector())!);
    expect(copy.text("body").toString()).toBe("before and after");
    mirror.check();
  });

  test("an edit that is refused inside of a change does nothing, where the change goes on", () => {
    const doc = open(0);
    doc.text("body").insert(0, "whole");
    const mirror = new Mirror(doc);
    doc.change(() => {
      expect(() => doc.text("body").splice(0, 3, "\ud83d")).toThrow("half a surrogate pair");
      doc.text("body").insert(5, "!");
    });
    expect(doc.text("body").toString()).toBe("whole!");
    expect(mirror.patches).toBe(1);
    mirror.check();
  });

  test("is not given out before it is done: it may come to nothing", () => {
    const doc = open(0);
    doc.change(() => {
      doc.text("body").insert(0, "may go");
      for (const act of [
        () => doc.bundle(new VersionVector()),
        () => doc.bundles(new VersionVector()),
        () => doc.encode(),
        () => doc.encodeAppend(0),
        () => doc.fork(agentAt(1)),
        () => doc.apply(new Uint8Array(0)),
        () => doc.undo(),
      ]) {
        expect(act).toThrow("inside of a change");
      }
    });
    expect(doc.bundles(new VersionVector())).toHaveLength(1);
  });

  test("is over when its function returns: what would go on after that is refused, and what is no bundle", () => {
    const doc = open(0);
    doc.text("body").insert(0, "before");
    const late = async (): Promise<void> => {
      doc.text("body").insert(0, "late");
      await Promise.resolve();
    };
    expectRefusal(doc, () => doc.change(late), "invalid_argument");
    expectRefusal(doc, () => doc.change(() => void doc.change(late)), "invalid_argument");
    expectRefusal(doc, () => doc.apply("bundle" as never), "invalid_argument");
    expectRefusal(doc, () => doc.apply(null as never), "invalid_argument");
  });

  test("is one patch and one step of undo, whatever is inside", () => {
    const doc = open(0);
    const mirror = new Mirror(doc);
    const change = doc.change(() => {
      doc.text("body").insert(0, "abc");
      doc.change(() => doc.map("meta").set("k", 1));
      doc.text("body").delete(1, 1);
    });
    expect(change!.run).toEqual({ agent: agentAt(0), from: 0, to: 5 });
    expect(mirror.patches).toBe(1);
    mirror.check();
    expect(doc.change(() => {})).toBeNull();
    expect(mirror.patches).toBe(1);
    doc.undo();
    expect(doc.text("body").toString()).toBe("");
    expect(doc.map("meta").toJSON()).toEqual({});
    expect(doc.canUndo).toBe(false);
  });

  test("tells that it is telling, for as long as somebody may not have heard yet", () => {
    const doc = open(0);
    const seen: [string, boolean][] = [];
    doc.subscribe(() => {
      if (doc.text("body").length === 1) doc.text("body").insert(1, "b");
    });
    doc.subscribe(() => seen.push([doc.text("body").toString(), doc.isTelling]));
    doc.change(() => {
      doc.text("body").insert(0, "a");
      seen.push(["inside", doc.isTelling]);
    });
    expect(doc.isTelling).toBe(false);
    expect(seen).toEqual([
      ["inside", false],
      ["ab", true],
      ["ab", true],
    ]);
  });

  test("a subscriber that throws harms nobody", () => {
    const errors: unknown[] = [];
    const doc = new Doc({
      document,
      agent: agentAt(0),
      onSubscriberError: (error) => errors.push(error),
    });
    doc.subscribe(() => {
      throw new Error("mine");
    });
    const mirror = new Mirror(doc);
    doc.text("body").insert(0, "abc");
    mirror.check();
    expect(errors).toHaveLength(1);
  });
});

describe("D12 large", () => {
  // All pairs: a cut between any two units that are not a pair's edge would break one.
  const emoji = "😀".repeat(100_000);

  test("a paste of 400 kB travels in pieces that keep pairs whole", () => {
    const source = open(0);
    const change = source.change(() => source.text("body").insert(0, `x${emoji}`))!;
    const pieces = source.bundles(new VersionVector());
    expect(change.bundles()).toEqual(pieces);
    expect(pieces.length).toBeGreaterThan(6);
    const doc = open(1);
    expect(doc.apply(pieces[1]!).missing).toEqual([
      { agent: agentAt(0), seq: decodeBundle(pieces[0]!).sections[0]!.runs[0]!.to - 1 },
    ]);
    for (const piece of pieces) {
      expect(piece.length).toBeLessThanOrEqual(bundleSizeBytesMax);
      deliver(doc, piece);
      expect(isWellFormed(doc.text("body").toString())).toBe(true);
    }
    expect(doc.text("body").toString()).toBe(`x${emoji}`);
    const again = coalesceBundles(pieces.map((piece) => decodeBundle(piece)));
    const other = open(2);
    for (const piece of again) {
      expect(piece.length).toBeLessThanOrEqual(bundleSizeBytesMax);
      deliver(other, piece);
    }
    expect(other.text("body").toString()).toBe(`x${emoji}`);
  });

  test("a clip that would fall inside of a pair is moved: outward at its start, inward at its end", () => {
    const source = open(0);
    source.text("body").insert(0, "a😀b");
    const bytes = source.bundle(new VersionVector())!;
    const upTo = (next: number) => new VersionVector([[agentAt(0), next]]);
    const runs = (clip: Uint8Array | null) =>
      clip === null ? null : decodeBundle(clip).sections[0]!.runs.map(({ from, to }) => [from, to]);
    const ends = [0, 1, 2, 3, 4].map((next) => runs(clipBundle(bytes, upTo(0), upTo(next))));
    expect(ends).toEqual([null, [[0, 1]], [[0, 1]], [[0, 3]], [[0, 4]]]);
    const starts = [0, 1, 2, 3, 4].map((next) => runs(clipBundle(bytes, upTo(next))));
    expect(starts).toEqual([[[0, 4]], [[1, 4]], [[1, 4]], [[3, 4]], null]);
  });

  test("a version with more heads than an event may have parents", () => {
    const doc = open(0);
    for (let index = 0; index < 1_100; index += 1) {
      const agent = `${index.toString(16).padStart(8, "0")}${"00".repeat(12)}`;
      const one = new Doc({ document, agent: agent as typeof reader });
      one.text("body").insert(0, "x");
      deliver(doc, one.bundle(new VersionVector())!);
    }
    expect(doc.version()).toHaveLength(1_100);
    doc.text("body").insert(1_100, "end");
    expect(doc.version()).toHaveLength(1);
    const copy = open(1);
    for (const piece of doc.bundles(new VersionVector())) deliver(copy, piece);
    expect(copy.text("body").toString()).toBe(doc.text("body").toString());
    expect(copy.version()).toEqual(doc.version());
  });

  test("bundles that overlap coalesce to one that holds each event once", () => {
    const source = open(0);
    const start = new VersionVector();
    source.text("body").insert(0, "one ");
    const first = source.bundle(start)!;
    const middle = source.vector();
    source.text("body").insert(4, "two 😀 ");
    source.text("body").delete(0, 2);
    const overlapping = [first, source.bundle(start)!, source.bundle(middle)!, first];
    const pieces = coalesceBundles(overlapping.map((bytes) => decodeBundle(bytes)));
    const doc = open(1);
    for (const piece of pieces) deliver(doc, piece);
    expect(doc.text("body").toString()).toBe("e two 😀 ");
    expect(coalesceBundles([decodeBundle(source.bundle(start)!)])).toEqual(pieces);
  });

  test("thousands of keystrokes coalesce to a few runs", () => {
    const source = open(0);
    const copy = open(1);
    const bundles = Array.from({ length: 3_000 }, (_, at) => {
      return source.change(() => source.text("body").insert(at, "k"))!.bundles()[0]!;
    });
    const pieces = coalesceBundles(bundles.map((bytes) => decodeBundle(bytes)));
    expect(pieces).toHaveLength(1);
    expect(pieces[0]!.length).toBeLessThan(3_200);
    deliver(copy, pieces[0]!);
    expect(copy.text("body").length).toBe(3_000);
    const joined = encodeBundle(joinBundles(bundles.map((bytes) => decodeBundle(bytes))));
    expect(copy.apply(joined)).toEqual({ applied: [], missing: [] });
  });
});
