// Documents that were read from files without their deleted text: what they can tell of events
// whose text they lack, and what they write of them.

import { VersionVector } from "@holdfast/causality";
import { Doc, encodeBundle } from "@holdfast/doc";
import { concatBytes, isHoldfastError } from "@holdfast/std";
import { describe, expect, test } from "vitest";
import { encodeSection } from "../src/bundle/section.ts";
import type { InsertOperation } from "../src/history/operation.ts";
import { agentAt } from "./history.ts";
import { deliver, document } from "./laws.ts";

const all = new VersionVector();

function open(who: number): Doc {
  return new Doc({ document, agent: agentAt(who) });
}

// A document of agent 0 that lacks the text of its first five events, "abcde".
function withoutText(): { readonly whole: Doc; readonly lacking: Doc } {
  const whole = open(0);
  whole.text("body").insert(0, "abcde");
  whole.text("body").insert(5, " stays");
  whole.text("body").delete(0, 5);
  const file = whole.encode({ deletedText: false });
  return { whole, lacking: Doc.decode(file, { agent: agentAt(1) }) };
}

// Agent 0's events from the first on.
function sent(text: string, more: Partial<InsertOperation> = {}): Uint8Array {
  const operation = { type: "insert", container: "body", at: 0, content: text, ...more } as const;
  const section = encodeSection([{ agent: agentAt(0), seq: 0, parents: [], operation }]);
  return encodeBundle({ document, sections: [section] });
}

describe("D7 events whose text is not here", () => {
  test("are held, whatever their text was", () => {
    const { lacking } = withoutText();
    expect(lacking.apply(sent("abcde"))).toEqual({ applied: [], missing: [] });
    expect(lacking.apply(sent("other"))).toEqual({ applied: [], missing: [] });
    expect(lacking.apply(sent("abcde stays"))).toEqual({ applied: [], missing: [] });
  });

  test("are an equivocation where anything else of them differs", () => {
    const { lacking } = withoutText();
    const before = lacking.encode();
    for (const bytes of [
      sent("abcde", { at: 1 }),
      sent("abcde", { container: "title" }),
      sent("abcde stalls"),
      // On and on, from where numbers end.
      sent("abcde stays, and the deletion is text", { at: 2 ** 31 - 1 }),
      // Cut where this document's events end, it would be half a pair.
      sent("abcde stays1234\u{1f600}, and more"),
    ]) {
      expect(() => lacking.apply(bytes)).toThrow("are held with another content");
      expect(lacking.encode()).toEqual(before);
    }
  });

  test("can't bring half a pair in where the history ends among them", () => {
    const first = open(0);
    first.text("body").insert(0, "abcde");
    const second = open(1);
    deliver(second, first.bundle(all)!);
    second.text("body").delete(0, 5);
    const lacking = Doc.decode(second.encode({ deletedText: false }), { agent: agentAt(2) });
    expect(() => lacking.apply(sent("abcd\u{1f600}e"))).toThrow("are held with another content");
    deliver(lacking, sent("abcde\u{1f600}"));
    expect(lacking.text("body").toString()).toBe("\u{1f600}");
  });
});

describe("D9 what is appended", () => {
  test("lacks the text that the document lacks", () => {
    const { whole, lacking } = withoutText();
    lacking.text("body").insert(0, "it ");
    for (const since of [0, 3, 8, 16]) {
      const early = open(0);
      early.text("body").insert(0, "abcde stays".slice(0, since));
      if (since > 11) early.text("body").delete(0, 5);
      const file = concatBytes([early.encode(), lacking.encodeAppend(since)!]);
      const read = Doc.decode(file, { agent: agentAt(2), verify: true });
      expect(read.text("body").toString()).toBe("it  stays");
      if (since > 4) {
        const copy = whole.fork(agentAt(3));
        deliver(copy, read.bundle(copy.vector())!);
        expect(copy.text("body").toString()).toBe("it  stays");
        continue;
      }
      let thrown: unknown = null;
      try {
        read.bundle(all);
      } catch (error) {
        thrown = error;
      }
      expect(isHoldfastError(thrown, "not_found"), String(thrown)).toBe(true);
    }
  });
});
