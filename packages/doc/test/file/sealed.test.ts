// Documents whose history still lies in their file: they go on as others do, and what is wrong
// with the file comes out of whatever needed it, and changes nothing.

import { VersionVector } from "@holdfast/causality";
import { Doc, decodeBundle, encodeBundle } from "@holdfast/doc";
import { concatBytes, isHoldfastError } from "@holdfast/std";
import { describe, expect, test } from "vitest";
import { encodeSection, sectionStretches } from "../../src/bundle/section.ts";
import { agentAt, reader } from "../history.ts";
import { document } from "../laws.ts";

function expectCode(act: () => unknown, code: string): void {
  let found: unknown = null;
  try {
    act();
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    found = error.code;
  }
  expect(found).toBe(code);
}

test("text that was left out is not given out, with or without appended blocks", () => {
  const writer = new Doc({ document, agent: agentAt(0) });
  const body = writer.text("body");
  body.insert(0, "secret");
  body.delete(0, 6);
  body.insert(0, "hello");
  const file = writer.encode({ deletedText: false });
  const { eventCount } = writer;
  body.insert(5, "!");
  const longer = concatBytes([file, writer.encodeAppend(eventCount)!]);
  const everything = writer.bundle(new VersionVector())!;
  for (const bytes of [file, longer]) {
    const doc = Doc.decode(bytes, { agent: reader });
    expectCode(() => doc.bundle(new VersionVector()), "not_found");
    doc.apply(everything);
    expect(doc.text("body").toString()).toBe("hello!");
    // What comes after the text that was left out is given out.
    expect(doc.bundle(new VersionVector([[agentAt(0), 6]]))).not.toBeNull();
    expectCode(() => doc.bundle(new VersionVector([[agentAt(0), 5]])), "not_found");
  }
});

function textOf(doc: Doc): string {
  return doc.text("body").toString();
}

// What a document of another writer with the same id gives to all.
function bundleFrom(writer: number, act: (doc: Doc) => void, since?: Doc): Uint8Array {
  const doc = new Doc({ document, agent: agentAt(writer) });
  if (since !== undefined) doc.apply(since.bundle(new VersionVector())!);
  const vector = doc.vector();
  act(doc);
  return doc.bundle(vector)!;
}

test("pairs are kept whole once the history is read, too", () => {
  const writer = new Doc({ document, agent: agentAt(0) });
  writer.text("body").insert(0, "a😀b");
  const doc = Doc.decode(writer.encode(), { agent: reader });
  doc.text("body").insert(0, "x");
  doc.bundle(new VersionVector());
  expectCode(() => doc.text("body").insert(3, "x"), "invalid_argument");
});

test("what is made upon a sealed history is later than all of it", () => {
  const writer = new Doc({ document, agent: agentAt(0) });
  const early = new Doc({ document, agent: agentAt(2) });
  early.text("body").insert(0, "early");
  early.map("meta").set("k", "early");
  writer.text("body").insert(0, "long before");
  const doc = Doc.decode(writer.encode(), { agent: agentAt(1) });
  doc.map("meta").set("k", "late");
  doc.apply(early.bundle(new VersionVector())!);
  expect(doc.map("meta").get("k")).toBe("late");
});

// Rows of the log are joined whoever made them, and a file is refused if it has others.
test("a document that refused what went on from a delete can be written and read", () => {
  const doc = new Doc({ document, agent: agentAt(0) });
  const body = doc.text("body");
  body.insert(0, "abcdef");
  body.delete(3, 1);
  const agent = agentAt(1);
  const remove = { type: "delete", container: "body", length: 1, backward: false } as const;
  const section = encodeSection([
    { agent, seq: 0, parents: doc.version(), operation: { ...remove, at: 2 } },
    { agent, seq: 1, parents: [{ agent, seq: 0 }], operation: { ...remove, at: 99 } },
  ]);
  const bundle = encodeBundle({ document, sections: [section] });
  expectCode(() => doc.apply(bundle), "invalid_operation");
  body.delete(3, 1);
  const again = Doc.decode(doc.encode(), { agent: reader });
  expect(again.bundle(new VersionVector())).toEqual(doc.bundle(new VersionVector()));
});

describe("a file with a text that is damaged", () => {
  const writer = new Doc({ document, agent: agentAt(0) });
  writer.text("body").insert(0, "damaged");
  writer.text("title").insert(0, "whole");
  const file = writer.encode();
  const at = file.findIndex((_, index) => file[index] === 0x64 && file[index + 1] === 0x61);
  file[at] = file[at]! ^ 1;

  // Upon all that is there, and beside it; so few and so many events.
  const acts: Record<string, (doc: Doc) => unknown> = {
    "an edit": (doc) => doc.text("body").insert(7, "x"),
    "a change": (doc) => doc.change(() => doc.text("body").insert(7, "x")),
    "an edit of both": (doc) =>
      doc.change(() => {
        doc.text("title").delete(0, 2);
        doc.text("body").insert(7, "x");
      }),
  };
  for (const length of [1, 1_500]) {
    const edit = (doc: Doc): void => {
      doc.text("title").insert(0, "t");
      doc.text("body").insert(0, "x".repeat(length));
    };
    acts[`a bundle of ${length} upon it`] = (doc) => doc.apply(bundleFrom(2, edit, writer));
    acts[`a bundle of ${length} beside it`] = (doc) => doc.apply(bundleFrom(2, edit));
  }

  test.each(Object.entries(acts))("%s throws, and changes nothing", (_name, act) => {
    for (const isWatched of [false, true]) {
      const doc = Doc.decode(file, { agent: reader });
      if (isWatched) doc.subscribe(() => {});
      expectCode(() => act(doc), "corrupt");
      expect(doc.eventCount).toBe(writer.eventCount);
      expect(doc.version()).toEqual(writer.version());
      expect(doc.text("title").toString()).toBe("whole");
      doc.text("title").insert(5, "!");
      expect(doc.text("title").toString()).toBe("whole!");
    }
  });
});

describe("a file with a log that is damaged", () => {
  const writer = new Doc({ document, agent: agentAt(0) });
  writer.text("body").insert(0, "whole");
  writer.map("meta").set("k", 1);
  const file = writer.encode();
  file[file.length - 5] = file[file.length - 5]! ^ 1;

  test("edits, and takes in what follows; the rest throws, and changes nothing", () => {
    for (const isWatched of [false, true]) {
      const doc = Doc.decode(file, { agent: reader });
      if (isWatched) doc.subscribe(() => {});
      doc.text("body").insert(5, "!");
      expectCode(() => doc.undo(), "corrupt");
      expect(doc.canUndo).toBe(true);
      expectCode(() => doc.map("meta").set("k", 2), "corrupt");
      expectCode(() => doc.map("meta").get("k"), "corrupt");
      expectCode(() => doc.text("body").cursor(1, "after"), "corrupt");
      expectCode(() => doc.encode(), "corrupt");
      expectCode(() => doc.versions(3), "corrupt");
      expectCode(() => doc.checkout(doc.version()), "corrupt");
      expectCode(() => doc.bundle(new VersionVector()), "corrupt");
      const beside = bundleFrom(2, (other) => other.text("body").insert(0, "beside"));
      expectCode(() => doc.apply(beside), "corrupt");
      expect(textOf(doc)).toBe("whole!");
      expect(doc.eventCount).toBe(writer.eventCount + 1);
      const upon = bundleFrom(2, (other) => other.text("body").insert(0, "upon "), writer);
      const again = Doc.decode(file, { agent: reader });
      expect(again.apply(upon).missing).toEqual([]);
      expect(textOf(again)).toBe("upon whole");
    }
  });

  test("refuses what can't have happened as if it were whole, however much it is", () => {
    for (const length of [1, 1_500]) {
      const late = writer.fork(agentAt(2));
      const vector = late.vector();
      late.text("body").insert(0, "x".repeat(length));
      const stretches = [...sectionStretches(decodeBundle(late.bundle(vector)!).sections[0]!)];
      const seq = length;
      stretches.push({
        agent: agentAt(2),
        seq,
        parents: [{ agent: agentAt(2), seq: seq - 1 }],
        operation: { type: "insert", container: "body", at: 1_000_000, content: "far" },
      });
      const bytes = encodeBundle({ document, sections: [encodeSection(stretches)] });
      const doc = Doc.decode(file, { agent: reader });
      expectCode(() => doc.apply(bytes), "invalid_operation");
      expect(textOf(doc)).toBe("whole");
      expect(doc.version()).toEqual(writer.version());
      doc.apply(late.bundle(vector)!);
      expect(textOf(doc)).toBe(textOf(late));
    }
  });
});
