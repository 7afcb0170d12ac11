// The walker, fed whole histories, halves, and single pieces: what it hands on adds up to what
// the reference says, whichever way versions were found.

import { VersionVector } from "@holdfast/causality";
import { Doc } from "@holdfast/doc";
import { randomBelow, SeededRandom } from "@holdfast/std";
import { expect, test, vi } from "vitest";
import { History } from "../src/history/history.ts";
import { stretchRow } from "../src/history/operation.ts";
import { KeptWalker } from "../src/merge/kept_walker.ts";
import { type VisibleEdits, Walker } from "../src/merge/walker.ts";
import { agentAt, Script, texts } from "./history.ts";
import { document } from "./laws.ts";
import { stepStretches } from "./trace.ts";

/** Two texts, edited by some who now and then look at what others did. */
function drawn(random: SeededRandom): Script {
  const script = new Script();
  for (const container of texts) {
    script.do(0, { kind: "insert", container, at: 0, text: "0123456789" });
  }
  const agents = 2 + randomBelow(random, 4);
  for (let who = 1; who < agents; who += 1) script.see(who, 0);
  for (let count = 10 + randomBelow(random, 50); count > 0; count -= 1) {
    const who = randomBelow(random, agents);
    if (random.next() < 0.3) script.see(who, randomBelow(random, agents));
    const container = texts[randomBelow(random, 2)]!;
    const { length } = script.reference.text(container, script.seen(who));
    const at = randomBelow(random, length + 1);
    const rest = length - at;
    if (random.next() < 0.35 && rest > 0) {
      script.do(who, {
        kind: "delete",
        container,
        at,
        count: 1 + randomBelow(random, Math.min(rest, 4)),
      });
    } else
      script.do(who, { kind: "insert", container, at, text: "abc".slice(randomBelow(random, 3)) });
  }
  return script;
}

/** The texts that a walker's edits make. */
class NaiveTexts implements VisibleEdits {
  readonly #history: History;
  readonly #texts = new Map<string, string>();

  constructor(history: History) {
    this.#history = history;
  }

  text(container: string): string {
    return this.#texts.get(container) ?? "";
  }

  length(container: string): number {
    return this.text(container).length;
  }

  check(): void {}

  insert(row: number, start: number, end: number, at: number): void {
    const { operations } = this.#history;
    const from = operations.rowContent(row) + start - operations.rowStart(row);
    this.#splice(row, at, 0, operations.content.slice(from, from + end - start));
  }

  delete(row: number, { at, deleted }: { at: number; deleted: number }): void {
    this.#splice(row, at, deleted, "");
  }

  #splice(row: number, at: number, deleted: number, inserted: string): void {
    const { operations } = this.#history;
    const name = operations.containers[operations.rowContainer(row)]!;
    const text = this.text(name);
    expect(at + deleted).toBeLessThanOrEqual(text.length);
    this.#texts.set(name, text.slice(0, at) + inserted + text.slice(at + deleted));
  }
}

test("D1: whole, in parts, or piece by piece, edits come to stand where the reference says", () => {
  const paths = { straight: 0, logged: 0, compared: 0 };
  for (let seed = 0; seed < 80; seed += 1) {
    const random = new SeededRandom(seed);
    const { steps, reference } = drawn(random);
    const history = new History();
    for (const stretch of steps.flatMap(stepStretches)) {
      const parents = stretch.parents.map((id) => history.graph.find(id)!);
      history.append(
        stretch.agent,
        parents.sort((a, b) => a - b),
        stretchRow(stretch),
        0,
      );
    }
    const { graph, size } = history;
    const middle = graph.entryEnd(graph.entryIndex(randomBelow(random, size)));
    const entries = Array.from({ length: graph.entryCount }, (_, index) => graph.entry(index));
    const ways = [
      [{ start: 0, end: size }],
      [{ start: 0, end: middle }, ...(middle < size ? [{ start: middle, end: size }] : [])],
      entries.map(({ start, end }) => ({ start, end })),
    ];
    for (const parts of ways) {
      const found = new NaiveTexts(history);
      const walker = new Walker(history, []);
      for (const part of parts) walker.feed([part], found, found);
      for (const name of texts) expect(found.text(name)).toBe(reference.text(name));
      for (const path of ["straight", "logged", "compared"] as const) {
        paths[path] += walker.paths[path];
      }
    }
  }
  for (const count of Object.values(paths)) expect(count).toBeGreaterThan(0);
});

test("what it takes to leave out deleted text is given up, and what a cursor takes is kept", () => {
  const doc = new Doc({ document, agent: agentAt(0) });
  doc.text("body").insert(0, "abc");
  doc.text("body").delete(1, 1);
  const pin = vi.spyOn(KeptWalker.prototype, "pin");
  const drop = vi.spyOn(KeptWalker.prototype, "drop");
  const begin = vi.spyOn(KeptWalker.prototype, "begin");
  try {
    doc.encode({ deletedText: false });
    expect(pin).toHaveBeenCalled();
    expect(drop.mock.invocationCallOrder.at(-1)).toBeGreaterThan(
      pin.mock.invocationCallOrder.at(-1)!,
    );
    doc.text("body").cursor(1, "before");
    const built = begin.mock.calls.length;
    expect(built).toBe(2);
    doc.encode({ deletedText: false });
    doc.text("body").cursor(1, "before");
    expect(begin).toHaveBeenCalledTimes(built);
  } finally {
    for (const spy of [pin, drop, begin]) spy.mockRestore();
  }
});

test("what a merge replayed is given up where nobody is apart behind it, and kept where somebody is", () => {
  const [a, b] = [0, 1].map((index) => new Doc({ document, agent: agentAt(index) }));
  a!.text("body").insert(0, "start");
  b!.apply(a!.bundle(new VersionVector())!);
  a!.text("body").insert(5, " a");
  b!.text("body").insert(0, "b ");
  a!.apply(b!.bundle(a!.vector())!);
  const feed = vi.spyOn(Walker.prototype, "feed");
  const drop = vi.spyOn(KeptWalker.prototype, "drop");
  const ends = (): "kept" | "dropped" => {
    const doc = new Doc({ document, agent: agentAt(2) });
    doc.apply(a!.bundle(new VersionVector())!);
    expect(doc.text("body").toString()).toBe(a!.text("body").toString());
    const last = (calls: readonly number[]): number => calls.at(-1) ?? 0;
    const fed = last(feed.mock.invocationCallOrder);
    expect(fed).toBeGreaterThan(0);
    return last(drop.mock.invocationCallOrder) > fed ? "dropped" : "kept";
  };
  try {
    expect(ends()).toBe("kept");
    a!.text("body").insert(0, "both ");
    expect(ends()).toBe("dropped");
  } finally {
    feed.mockRestore();
    drop.mockRestore();
  }
});
