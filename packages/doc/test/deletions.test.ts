// Deletes of the same text by several at once, of which versions have seen some, or parts.

import { type AgentId, dominators, versionEvents } from "@holdfast/causality";
import { Doc, encodeBundle } from "@holdfast/doc";
import { randomBelow, SeededRandom } from "@holdfast/std";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { encodeSection } from "../src/bundle/section.ts";
import { compareEventIds, History } from "../src/history/history.ts";
import { type Stretch, stretchRow } from "../src/history/operation.ts";
import { Deletions } from "../src/merge/deletions.ts";
import { SpanTree } from "../src/merge/span_tree.ts";
import { Walker } from "../src/merge/walker.ts";
import { agentAt, reader, Script, texts } from "./history.ts";
import { checkLaws, document } from "./laws.ts";
import { stepStretches } from "./trace.ts";

const [container] = texts;

// Some write a few letters here and there, at once delete all or part of it, in one go or in
// several, and see what others did up to some step.
function drawn(random: SeededRandom): Script {
  const script = new Script().insert(0, 0, "0123");
  for (let count = randomBelow(random, 4); count > 0; count -= 1) {
    const { length } = script.reference.text(container, script.seen(0));
    script.insert(0, randomBelow(random, length + 1), "ab");
  }
  const agents = 3 + randomBelow(random, 3);
  for (let who = 1; who < agents; who += 1) script.see(who, 0);
  for (let count = 5 + randomBelow(random, 20); count > 0; count -= 1) {
    const who = randomBelow(random, agents);
    const { length } = script.reference.text(container, script.seen(who));
    const draw = random.next();
    if (draw < 0.25) script.insert(who, randomBelow(random, length + 1), "x");
    else if (draw < 0.6 && length > 0) {
      const start = random.next() < 0.6 ? 0 : randomBelow(random, length);
      const end =
        random.next() < 0.6 ? length : Math.min(length, start + 2 + randomBelow(random, 3));
      const isBackward = random.next() < 0.3;
      for (let rest = end - start; rest > 0; ) {
        const size = isBackward ? 1 : random.next() < 0.6 ? rest : 1 + randomBelow(random, rest);
        rest -= size;
        script.delete(who, isBackward ? start + rest : start, size);
      }
    } else script.seeStep(who, randomBelow(random, script.steps.length));
  }
  return script;
}

// All of `script`, and a walker that was told of it.
function told(script: Script): { history: History; walker: Walker } {
  const history = new History();
  for (const stretch of script.steps.flatMap(stepStretches)) {
    const parents = stretch.parents.map((id) => history.graph.find(id)!);
    history.append(
      stretch.agent,
      parents.sort((a, b) => a - b),
      stretchRow(stretch),
    );
  }
  const walker = new Walker(history, []);
  walker.catchUp([{ start: 0, end: history.size }], { length: () => 0 });
  return { history, walker };
}

// What a walker that was told of all of `script` is prepared for, of a version that ends anywhere.
function checkVersion(
  walker: Walker,
  history: History,
  { reference }: Script,
  lvs: number[],
): void {
  const { graph, operations } = history;
  const version = dominators(graph, lvs);
  const seen = new Map<AgentId, number>();
  for (const { start, end } of versionEvents(graph, version)) {
    for (let lv = start; lv < end; lv += 1) {
      const { agent, seq } = graph.id(lv);
      seen.set(agent, Math.max(seen.get(agent) ?? 0, seq + 1));
    }
  }
  walker.prepare(version);
  const tracker = walker.tracker(container)!;
  let text = "";
  for (const { id, length } of tracker.preparedUnits(0, tracker.preparedLength)) {
    for (let lv = id; lv < id + length; lv += 1) text += String.fromCharCode(operations.unit(lv)!);
  }
  expect(text).toBe(reference.text(container, seen));
}

test("D1: what several deleted at once is seen, in whole or in part, as a version says", () => {
  const ways = (["share", "count", "leave"] as const).map((name) =>
    vi.spyOn(Deletions.prototype, name),
  );
  try {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 31 }), (seed) => {
        const random = new SeededRandom(seed);
        const script = drawn(random);
        const { history, walker } = told(script);
        for (let count = 0; count < 12; count += 1) {
          const lvs = Array.from({ length: 1 + randomBelow(random, 3) }, () =>
            randomBelow(random, history.size),
          );
          checkVersion(walker, history, script, lvs);
        }
        checkVersion(walker, history, script, [...history.graph.frontier]);
      }),
      { numRuns: 150 },
    );
    const [shared, counted, left] = ways.map((way) => way.mock.results.length);
    expect(shared).toBeGreaterThan(100);
    expect(counted).toBeGreaterThan(100);
    expect(left).toBeGreaterThan(20);
  } finally {
    for (const way of ways) way.mockRestore();
  }
});

test("D1: deletes of as many units, of which some are the same, are not taken for each other", () => {
  const script = new Script().insert(0, 0, "01234567").see(1, 0).see(2, 0);
  const { history, walker } = told(script.delete(1, 0, 4).delete(2, 2, 4));
  for (const lvs of [[11, 15], [11], [15], [7]]) checkVersion(walker, history, script, lvs);
});

test("D1: several who delete the same at once obey every law", () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 31 }), (seed) => {
      checkLaws(drawn(new SeededRandom(seed)).steps, seed);
    }),
    { numRuns: 5 },
  );
});

test("D14: versions that have seen some of many who deleted all look at each unit once", () => {
  const units = 400;
  const writers = 40;
  const one = agentAt(0);
  const text: Stretch[] = Array.from({ length: units }, (_, seq) => ({
    agent: one,
    seq,
    parents: seq === 0 ? [] : [{ agent: one, seq: seq - 1 }],
    operation: { type: "insert", container, at: 0, content: "x" },
  }));
  // Somebody apart, so that all of it is walked.
  const apart: Stretch = {
    agent: agentAt(1),
    seq: 0,
    parents: [],
    operation: { type: "insert", container, at: 0, content: "y" },
  };
  const deletes: Stretch[] = Array.from({ length: writers }, (_, index) => ({
    agent: agentAt(2 + index),
    seq: 0,
    parents: [{ agent: one, seq: units - 1 }],
    operation: { type: "delete", container, at: 0, length: units, backward: false },
  }));
  const random = new SeededRandom(5);
  const readers: Stretch[] = Array.from({ length: 100 }, (_, index) => ({
    agent: agentAt(1_000 + index),
    seq: 0,
    parents: deletes
      .filter(() => random.next() < 0.5)
      .map(({ agent }) => ({ agent, seq: units - 1 }))
      .sort(compareEventIds),
    operation: { type: "insert", container, at: 0, content: "z" },
  }));
  const doc = new Doc({ document, agent: reader });
  const stretches = [...text, apart, ...deletes, ...readers];
  const shift = vi.spyOn(SpanTree.prototype, "shift");
  try {
    doc.apply(encodeBundle({ document, sections: [encodeSection(stretches)] }));
    // The units for each who deleted them, and hardly ever for who has seen some of these.
    expect(shift.mock.calls.length).toBeLessThan(2 * units * writers);
  } finally {
    shift.mockRestore();
  }
  expect(doc.text(container).length).toBe(1 + readers.length);
});
