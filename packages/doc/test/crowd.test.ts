// Crowds: very many concurrent edits at one place. What they must add up to, and that a
// stranger's few bytes can't make a document work for very long.

import { parseAgentId } from "@holdfast/causality";
import { type Bundle, contradiction, Doc, sameContent } from "@holdfast/doc";
import { type Random, randomBelow, SeededRandom } from "@holdfast/std";
import { describe, expect, test, vi } from "vitest";
import { encodeSection } from "../src/bundle/section.ts";
import { clipStretch, type Stretch } from "../src/history/operation.ts";
import { SpanTree } from "../src/merge/span_tree.ts";
import { Tracker } from "../src/merge/tracker.ts";
import { Units } from "../src/merge/units.ts";
import { afterBrackets, brackets, byTurns, packed, scattered } from "./crowd.ts";
import { agentAt, causalOrder, parentSteps, reader, Script, texts } from "./history.ts";
import { deliver, document, expectSame, play } from "./laws.ts";

const [container] = texts;
const range = (count: number): readonly number[] => [...Array(count).keys()];

// Everybody writes around the same two brackets, and seldom looks up.
function crowdedHistory(random: Random, agents: number): Script {
  const script = new Script().insert(0, 0, "[]");
  for (let who = 1; who < agents; who += 1) script.see(who, 0);
  for (let count = 10 + randomBelow(random, 50); count > 0; count -= 1) {
    const who = randomBelow(random, agents);
    const chance = random.next();
    const { length } = script.reference.text(container, script.seen(who));
    if (chance < 0.12) script.see(who, randomBelow(random, agents));
    else if (chance < 0.25 && length > 3)
      script.delete(who, 1 + randomBelow(random, length - 2), 1);
    else {
      const at = random.next() < 0.4 ? 1 : randomBelow(random, length + 1);
      script.insert(who, at, random.next() < 0.7 ? "x" : "yz");
    }
  }
  return script;
}

test("D1 D4: crowded places stand as the reference says, in any order of delivery", () => {
  for (let seed = 0; seed < 250; seed += 1) {
    const random = new SeededRandom(seed);
    const { steps } = crowdedHistory(random, 2 + randomBelow(random, 6));
    const { bundles, reference } = play(steps, random);
    const parents = parentSteps(steps);
    const all = steps.map((_, index) => index);
    for (let round = 0; round < 2; round += 1) {
      const doc = new Doc({ document, agent: reader });
      for (const index of causalOrder(parents, all, random)) deliver(doc, bundles[index]!);
      expectSame(doc, reference);
    }
  }
});

test("D1 D4: a place where scores of agents wrote stands as the reference says", () => {
  for (let seed = 0; seed < 12; seed += 1) {
    const random = new SeededRandom(seed);
    const script = new Script().insert(0, 0, "[]");
    const agents = 30 + randomBelow(random, 40);
    for (let who = 1; who <= agents; who += 1) {
      script.see(who, 0);
      // A few saw somebody else's, and so stand between other units.
      if (who > 20 && random.next() < 0.2) script.see(who, 1 + randomBelow(random, who - 1));
      script.insert(who, 1, random.next() < 0.5 ? "x" : "yz");
      if (random.next() < 0.2) script.insert(who, randomBelow(random, 3), "w");
      if (random.next() < 0.2) script.delete(who, 1, 1);
    }
    const { steps } = script;
    const { bundles, reference } = play(steps, random);
    const parents = parentSteps(steps);
    const all = steps.map((_, index) => index);
    for (let round = 0; round < 3; round += 1) {
      const doc = new Doc({ document, agent: reader });
      for (const index of causalOrder(parents, all, random)) deliver(doc, bundles[index]!);
      expectSame(doc, reference);
    }
  }
});

test("D4: typing on in front of a concurrent insert does not take that along", () => {
  const agents = ["20", "20", "f0", "a0", "70"].map((byte) => parseAgentId(byte.repeat(16)));
  const units = new Units();
  const tracker = new Tracker(units, 2, (lv) => agents[lv]!);
  const toggle = (lv: number, by: number): void => {
    units.toggle(lv, lv + 1, by);
    units.tree.flush();
  };
  expect(tracker.insert(0, 1, 1)).toBe(1);
  expect(tracker.insert(2, 2, 1)).toBe(2);
  // A third, who sees neither: passes over both, and notes that the second hangs on the first.
  toggle(2, -1);
  toggle(0, -1);
  expect(tracker.insert(3, 1, 1)).toBe(3);
  // The first goes on behind its own, and stands before the second.
  toggle(3, -1);
  toggle(0, 1);
  expect(tracker.insert(1, 2, 1)).toBe(2);
  // A fourth, who sees the first unit alone, belongs between what the first added and the second.
  toggle(1, -1);
  expect(tracker.insert(4, 2, 1)).toBe(3);
});

describe("work is bounded", () => {
  // Steps to a neighbouring span are what the search for an insert's place is made of.
  test.each([
    { branches: 2, length: 3_000 },
    { branches: 60, length: 60 },
    { branches: 300, length: 10 },
    { branches: 2_000, length: 1 },
  ])(
    "%j: an insert costs no more than the concurrent ones at its place",
    ({ branches, length }) => {
      const stretches = scattered(branches, length);
      const read: string[] = [];
      for (const order of [stretches, byTurns(stretches)]) {
        const doc = new Doc({ document, agent: reader });
        const bytes = packed([brackets, ...order]);
        const steps = vi.spyOn(SpanTree.prototype, "next");
        deliver(doc, bytes);
        const count = steps.mock.calls.length;
        steps.mockRestore();
        // Each branch passes a few others where it begins, and meets nobody inside of its own.
        expect(count).toBeLessThan(50 * branches * length);
        read.push(doc.text(container).toString());
      }
      expect(read[0]!.length).toBe(2 + branches * length);
      expect(read[1]).toBe(read[0]);
    },
  );

  test("two who type backwards at one place pass each other's text at one go", () => {
    const length = 2_000;
    const backwards = (index: number): readonly Stretch[] =>
      range(length).map((seq) => {
        const agent = agentAt(index);
        const parents = seq === 0 ? [afterBrackets] : [{ agent, seq: seq - 1 }];
        return {
          agent,
          seq,
          parents,
          operation: { type: "insert", container, at: 1, content: String(index) },
        };
      });
    const stretches = [...backwards(1), ...backwards(2)];
    for (const order of [stretches, byTurns(stretches)]) {
      const doc = new Doc({ document, agent: reader });
      const bytes = packed([brackets, ...order]);
      const compared = vi.spyOn(SpanTree.prototype, "isBefore");
      deliver(doc, bytes);
      const count = compared.mock.calls.length;
      compared.mockRestore();
      expect(count).toBeGreaterThan(length);
      expect(count).toBeLessThan(12 * length);
      expect(doc.text(container).toString()).toBe(`[${"1".repeat(length)}${"2".repeat(length)}]`);
    }
  });

  function insertion(index: number, text: string): Stretch {
    const operation = { type: "insert", container, at: 0, content: text } as const;
    return { agent: agentAt(index), seq: 0, parents: [], operation };
  }

  /** As `bundle`, with `reads` called whenever a payload is. */
  function watched(bundle: Bundle, reads: () => void): Bundle {
    const sections = bundle.sections.map((section) => {
      const { payload } = section;
      return Object.defineProperty({ ...section }, "payload", {
        get: () => {
          reads();
          return payload;
        },
      });
    });
    return { document, sections };
  }

  test("bundles of many overlapping runs are compared in one go through each", () => {
    const bundle = (text: (index: number) => string): Bundle => {
      const stretches = range(800).map((index) => insertion(index, text(index)));
      return { document, sections: [encodeSection(stretches)] };
    };
    const reads = vi.fn();
    const held = watched(
      bundle(() => "xx"),
      reads,
    );
    const offered = watched(
      bundle(() => "xxx"),
      reads,
    );
    expect(sameContent(held, offered)).toBe(null);
    expect(reads.mock.calls.length).toBe(2);
    const lie = bundle((index) => (index === 700 ? "xyx" : "xxx"));
    expect(sameContent(held, lie)).toEqual({ agent: agentAt(700), from: 0, to: 2 });
  });

  test("a bundle that says the same again and again is read through once", () => {
    const sections = range(500).map((index) =>
      encodeSection([insertion(1, "x".repeat(1 + (index % 90)))]),
    );
    const reads = vi.fn();
    expect(contradiction(watched({ document, sections }, reads))).toBe(null);
    expect(reads.mock.calls.length).toBeLessThanOrEqual(2 * sections.length);
    const lie = encodeSection([insertion(1, `${"x".repeat(40)}y`)]);
    const liar = { document, sections: [...sections, lie] };
    expect(contradiction(liar)).toEqual({ agent: agentAt(1), from: 0, to: 41 });
  });

  test("what different bundles hold of one agent is laid together, whatever the order", () => {
    const whole = insertion(1, "abcdefghij");
    const part = (from: number, to: number) => encodeSection([clipStretch(whole, from, to)]);
    const held = { document, sections: [part(7, 10), part(0, 2), part(1, 4), part(4, 5)] };
    expect(contradiction(held)).toBe(null);
    const other = encodeSection([insertion(1, "abcdefghiX")]);
    const found = { agent: agentAt(1), from: 7, to: 10 };
    expect(sameContent(held, { document, sections: [other] })).toEqual(found);
    const unseen = encodeSection([insertion(1, "abcdeXXhij")]);
    expect(sameContent(held, { document, sections: [unseen] })).toBe(null);
  });
});
