// How much one bundle may delete: as many as delete all at once, but not without end.

import type { EventId } from "@holdfast/causality";
import { Doc, encodeBundle } from "@holdfast/doc";
import { describe, expect, test, vi } from "vitest";
import { encodeSection } from "../src/bundle/section.ts";
import { bundleDeletesBase, bundleDeletesPerInsert } from "../src/content/limits.ts";
import type { Stretch } from "../src/history/operation.ts";
import { Walker } from "../src/merge/walker.ts";
import { expectCode } from "./file/refusal.ts";
import { agentAt } from "./history.ts";
import { document } from "./laws.ts";

const text = "x".repeat(20_000);
const list = Array.from({ length: 100 }, () => 0);
const inserts = text.length + list.length;
const most = bundleDeletesBase + bundleDeletesPerInsert * inserts;
const all = Math.floor(most / text.length);
const rest = most - all * text.length;
const written: EventId = { agent: agentAt(0), seq: inserts - 1 };

function remove(writer: number, length = text.length, isBackward = false): Stretch {
  const at = isBackward ? length - 1 : 0;
  return {
    agent: agentAt(writer),
    seq: 0,
    parents: [written],
    operation: { type: "delete", container: "body", at, length, backward: isBackward },
  };
}

function bundleOf(stretches: readonly Stretch[]): Uint8Array {
  return encodeBundle({ document, sections: [encodeSection(stretches)] });
}

// As many who delete all of the text as one bundle holds; every other one backward.
const emptied = Array.from({ length: all }, (_, index) =>
  remove(index + 1, text.length, index % 2 === 0),
);

function writtenDoc(): Doc {
  const doc = new Doc({ document, agent: agentAt(0) });
  doc.text("body").insert(0, text);
  doc.list("values").push(...list);
  return doc;
}

describe("D14 what one bundle deletes", () => {
  test("is bounded, and one too many is refused before it is merged, and changes nothing", () => {
    const doc = writtenDoc();
    const before = [doc.encode(), doc.vector().entries()];
    const feed = vi.spyOn(Walker.prototype, "feed");
    try {
      const over = [...emptied, remove(all + 1, rest + 1)];
      expectCode(() => doc.apply(bundleOf(over)), "too_large");
      expect(feed).not.toHaveBeenCalled();
    } finally {
      feed.mockRestore();
    }
    expect([doc.encode(), doc.vector().entries()]).toEqual(before);
    expect(doc.apply(bundleOf([...emptied, remove(all + 1, rest)])).applied).toHaveLength(all + 1);
    expect(doc.text("body").length).toBe(0);
  });

  test("counts what is read in batches, too", () => {
    const rows = Array.from({ length: 800 }, (_, index): Stretch => {
      const operation = { ...remove(1, 5_000).operation, at: 10 + (index % 2) } as const;
      const seq = 5_000 * index;
      const parents = index === 0 ? [written] : [{ agent: agentAt(1), seq: seq - 1 }];
      return { agent: agentAt(1), seq, parents, operation } as Stretch;
    });
    expectCode(() => writtenDoc().apply(bundleOf(rows)), "too_large");
  });

  test("counts what is new: what is held already, in whole or in part, may come along", () => {
    const doc = writtenDoc();
    const forward = (length: number) =>
      Array.from({ length: all }, (_, index) => remove(index + 1, length));
    doc.apply(bundleOf(forward(text.length - 1)));
    const again = [...forward(text.length), remove(all + 1)];
    expect(doc.apply(bundleOf(again)).applied).toHaveLength(all + 1);
    expect(doc.apply(bundleOf([...again, remove(all + 2)])).applied).toHaveLength(1);
  });

  test("keeps nobody from others: after a flood two who delete the same letter still meet", () => {
    const one = writtenDoc();
    one.apply(bundleOf([...emptied, remove(all + 1, rest)]));
    one.text("body").insert(0, "ab");
    const other = one.fork(agentAt(9_000));
    const [known, knownByOther] = [one.vector(), other.vector()];
    one.text("body").delete(0, 1);
    other.text("body").delete(0, 1);
    one.apply(other.bundle(known)!);
    other.apply(one.bundle(knownByOther)!);
    expect([one.text("body").toString(), other.text("body").toString()]).toEqual(["b", "b"]);
  });
});
