// Named cases of merging that random histories seldom reach.

import { VersionVector } from "@holdfast/causality";
import { coalesceBundles, Doc, decodeBundle } from "@holdfast/doc";
import { isWellFormed } from "@holdfast/std";
import { describe, expect, test } from "vitest";
import { takeIn } from "../src/bundle/intake.ts";
import { encodeSection } from "../src/bundle/section.ts";
import { isListId, listId } from "../src/content/container.ts";
import { ValueLog } from "../src/content/value_log.ts";
import { History } from "../src/history/history.ts";
import { ChangeRecord } from "../src/state/change_record.ts";
import { DocumentState } from "../src/state/document_state.ts";
import { agentAt, reader } from "./history.ts";
import { deliver, document } from "./laws.ts";

function docOf(index: number): Doc {
  return new Doc({ document, agent: agentAt(index) });
}

function sendAll(from: Doc, to: Doc): void {
  for (const bytes of from.bundles(to.vector())) deliver(to, bytes);
}

describe("D1 merging", () => {
  test("a text edit upon a map edit from before the version that merging began at", () => {
    const [ann, bob, cat] = [docOf(0), docOf(1), docOf(2)];
    ann.text("body").insert(0, "0123456789");
    sendAll(ann, bob);
    sendAll(ann, cat);
    ann.text("body").delete(2, 3);
    sendAll(ann, cat);
    // Ann and cat write at once: what merges them begins behind the delete.
    ann.text("body").insert(0, "ann");
    cat.text("body").insert(7, "cat");
    const whole = new Doc({ document, agent: reader });
    sendAll(ann, whole);
    sendAll(cat, whole);
    // Bob has not seen the delete.
    const set = bob.change(() => bob.map("meta").set("k", 1))!;
    const edit = bob.change(() => bob.text("body").insert(4, "bob"))!;
    for (const bytes of [...set.bundles(), ...edit.bundles()]) deliver(whole, bytes);
    expect(whole.text("body").toString()).toBe("ann01bob56789cat");
    sendAll(whole, bob);
    expect(bob.text("body").toString()).toBe("ann01bob56789cat");
  });

  test("an edit made in the middle of somebody's backspacing", () => {
    const [ann, low, high] = [docOf(1), docOf(3), docOf(2)];
    ann.text("body").insert(0, "abcdef");
    sendAll(ann, low);
    sendAll(ann, high);
    // Between e and f.
    high.text("body").insert(5, "Y");
    ann.text("body").delete(5, 1);
    sendAll(ann, low);
    // At the same place: behind e, f is gone.
    low.text("body").insert(5, "X");
    ann.text("body").delete(4, 1);
    ann.text("body").delete(3, 1);
    // The backspacing comes as one run: at once, or when what it deletes is in two parts.
    for (const order of [
      [ann, high, low],
      [high, ann, low],
    ]) {
      const doc = new Doc({ document, agent: reader });
      for (const from of order) sendAll(from, doc);
      expect(doc.text("body").toString()).toBe("abcXY");
      expect(doc.checkout(low.version()).text("body").toString()).toBe("abcdeX");
    }
  });
});

describe("D7 refused", () => {
  test("what a refused bundle named is forgotten with it", () => {
    const history = new History();
    const state = new DocumentState(history);
    const insert = (who: number, container: string, at: number) => {
      const content = isListId(container) ? ValueLog.of(["x"]) : "x";
      const operation = { type: "insert", container, at, content } as const;
      return encodeSection([{ agent: agentAt(who), seq: 0, parents: [], operation }]);
    };
    takeIn(history, { document, sections: [insert(0, "body", 0)] });
    state.apply({ start: 0, end: 1 }, null);
    const mark = history.mark();
    takeIn(history, {
      document,
      sections: [insert(1, listId("body"), 0), insert(2, "another", 1)],
    });
    const record = new ChangeRecord();
    const all = [{ start: 1, end: 3 }];
    expect(() => state.applyAll(all, history.graph.frontier, record)).toThrow("edit at 1");
    history.truncate(mark);
    state.revert(record, mark.frontier);
    expect(history.graph.agents).toEqual([agentAt(0)]);
    expect(history.operations.containers).toEqual(["body"]);
    expect(state.sequences.ids()).toEqual(["body"]);
    expect(history.operations.values.size).toBe(0);
    // Their numbers go to whoever comes next.
    takeIn(history, { document, sections: [insert(2, "third", 0)] });
    state.apply({ start: 1, end: 2 }, null);
    expect(history.operations.containers).toEqual(["body", "third"]);
    expect(history.graph.id(1)).toEqual({ agent: agentAt(2), seq: 0 });
    expect(state.sequences.toString("third")).toBe("x");
  });
});

describe("D12 bundles", () => {
  test("coalescing keeps what it can't read", () => {
    const ann = docOf(0);
    const bundles = [..."abcd"].map((letter, index) => {
      const change = ann.change(() => ann.text("body").insert(index, letter))!;
      return decodeBundle(change.bundle());
    });
    const [section] = bundles[2]!.sections;
    const lying = { ...section!, runs: [{ ...section!.runs[0]!, hash: new Uint8Array(16) }] };
    const sealed = { ...section!, kind: "sealed" as const };
    for (const kept of [lying, sealed]) {
      const before = [bundles[0]!, bundles[1]!, { document, sections: [kept] }, bundles[3]!];
      const after = coalesceBundles(before).map((bytes) => decodeBundle(bytes));
      expect(after.map(({ sections }) => sections[0]!.runs[0]!.to)).toEqual([2, 3, 4]);
      expect(after[1]!.sections).toEqual([kept]);
    }
  });

  test("text of nothing but pairs is cut between them, wherever the limit falls", () => {
    for (let lead = 0; lead < 5; lead += 1) {
      const ann = docOf(0);
      const change = ann.change(() =>
        ann.text("body").insert(0, "x".repeat(lead) + "😀".repeat(40_000)),
      );
      const pieces = change!.bundles();
      expect(pieces.length).toBeGreaterThan(2);
      for (const bytes of pieces) {
        // As small as a stranger's bundle has to be.
        expect(decodeBundle(bytes).sections).toHaveLength(1);
      }
      const bob = docOf(1);
      for (const bytes of pieces) {
        deliver(bob, bytes);
        expect(isWellFormed(bob.text("body").toString())).toBe(true);
      }
      expect(bob.text("body").toString()).toBe(ann.text("body").toString());
      expect(bob.bundle(new VersionVector())).toEqual(ann.bundle(new VersionVector()));
    }
  });
});
