// What may be deleted by many at once, and what not any more.

import type { EventId } from "@holdfast/causality";
import { Doc, encodeBundle } from "@holdfast/doc";
import { concatBytes } from "@holdfast/std";
import { describe, expect, test, vi } from "vitest";
import { encodeSection } from "../src/bundle/section.ts";
import { doubleDeletesMin, doubleDeletesPerInsert } from "../src/content/limits.ts";
import { encodeDocumentAppend } from "../src/file/document_file.ts";
import { History } from "../src/history/history.ts";
import { operationRow, type Stretch } from "../src/history/operation.ts";
import { Walker } from "../src/merge/walker.ts";
import { expectCode } from "./file/refusal.ts";
import { encode } from "./file/script_history.ts";
import { agentAt, reader } from "./history.ts";
import { document } from "./laws.ts";

const text = "x".repeat(20_000);
const most = doubleDeletesMin + doubleDeletesPerInsert * text.length;
// Who writes alone can delete all once; so many others can, too, and one more can delete the rest.
const others = Math.floor(most / text.length);
const rest = most - others * text.length;
const written: EventId = { agent: agentAt(0), seq: text.length - 1 };

function remove(writer: number, length = text.length): Stretch {
  return {
    agent: agentAt(writer),
    seq: 0,
    parents: [written],
    operation: { type: "delete", container: "body", at: 0, length, backward: false },
  };
}

function bundleOf(stretches: readonly Stretch[]): Uint8Array {
  return encodeBundle({ document, sections: [encodeSection(stretches)] });
}

// A text, and as many who delete all of it as may.
const emptied = Array.from({ length: 1 + others }, (_, index) => remove(index + 1));

function emptiedDoc(): Doc {
  const doc = new Doc({ document, agent: agentAt(0) });
  doc.text("body").insert(0, text);
  doc.apply(bundleOf(emptied));
  return doc;
}

describe("D14 what several deleted at once", () => {
  test("is counted, and one too many is refused, and changes nothing", () => {
    const doc = emptiedDoc();
    const last = others + 2;
    const before = [doc.encode(), doc.vector().entries()];
    expectCode(() => doc.apply(bundleOf([remove(last, rest + 1)])), "too_large");
    expect([doc.encode(), doc.vector().entries()]).toEqual(before);
    expect(doc.apply(bundleOf([remove(last, rest)])).applied).toHaveLength(1);
    expectCode(() => doc.apply(bundleOf([remove(last + 1, 1)])), "too_large");
  });

  test("far too often is refused before it is merged", () => {
    const doc = new Doc({ document, agent: agentAt(0) });
    doc.text("body").insert(0, text);
    const feed = vi.spyOn(Walker.prototype, "feed");
    try {
      const many = Array.from({ length: others + 9 }, (_, index) => remove(index + 1));
      expectCode(() => doc.apply(bundleOf(many)), "too_large");
      expect(feed).not.toHaveBeenCalled();
    } finally {
      feed.mockRestore();
    }
    expect(doc.text("body").toString()).toBe(text);
    expect(doc.eventCount).toBe(text.length);
  });

  test("keeps nobody who has seen it from deleting what is there", () => {
    const doc = emptiedDoc();
    doc.apply(bundleOf([remove(others + 2, rest)]));
    const copy = doc.fork(reader);
    doc.change(() => doc.text("body").insert(0, "y".repeat(9_000)));
    doc.text("body").delete(0, 9_000);
    doc.undo();
    for (let count = 0; count < 3; count += 1) {
      doc.text("body").delete(0, 1_000);
      copy.apply(doc.bundle(copy.vector())!);
      copy.text("body").delete(0, 1_000);
      doc.apply(copy.bundle(doc.vector())!);
    }
    expect(doc.text("body").length).toBe(3_000);
    expect(copy.text("body").length).toBe(3_000);
  });

  // The same without a document, which would refuse it.
  function historyOf(stretches: readonly Stretch[]): History {
    const history = new History();
    history.append(
      agentAt(0),
      [],
      operationRow({ type: "insert", container: "body", at: 0, content: text }),
    );
    for (const { agent, operation } of stretches) {
      history.append(agent, [text.length - 1], operationRow(operation));
    }
    return history;
  }

  test("is held against the limit where a file is opened, its history read, or its blocks", () => {
    const full = [...emptied, remove(others + 2, rest)];
    const whole = encode(historyOf(full));
    expect(Doc.decode(whole, { agent: reader, verify: true }).eventCount).toBe(
      most + 2 * text.length,
    );
    const far = encode(historyOf([...full, remove(others + 3, 1_000)]));
    expectCode(() => Doc.decode(far, { agent: reader }), "corrupt");
    const over = historyOf([...full, remove(others + 3, 1)]);
    const opened = Doc.decode(encode(over), { agent: reader });
    expect(opened.text("body").toString()).toBe("");
    expectCode(() => opened.checkout([written]), "corrupt");
    expectCode(() => Doc.decode(encode(over), { agent: reader, verify: true }), "corrupt");
    const appended = concatBytes([whole, encodeDocumentAppend(over, over.size - 1)]);
    expectCode(() => Doc.decode(appended, { agent: reader }), "too_large");
    expectCode(() => Doc.decode(appended, { agent: reader, verify: true }), "corrupt");
  });
});
