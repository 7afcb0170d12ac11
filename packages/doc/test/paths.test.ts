// One writer's document, made three ways: by keystrokes that nobody watches, which take a way of
// their own; by changes that somebody watches; and by one that is closed and opened again and
// again, whose history lies in its file. What happens to it is the same, so it reads the same.

import { EventGraph, VersionVector } from "@holdfast/causality";
import { Doc, decodeBundle, encodeBundle, encodeValue } from "@holdfast/doc";
import { concatBytes, isHoldfastError, randomBelow, SeededRandom, toHex } from "@holdfast/std";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { RunHasher } from "../src/bundle/canonical.ts";
import { encodeSection } from "../src/bundle/section.ts";
import { Editor } from "../src/editor.ts";
import { History } from "../src/history/history.ts";
import { KeptWalker } from "../src/merge/kept_walker.ts";
import { Walker } from "../src/merge/walker.ts";
import { Sequences } from "../src/state/sequences.ts";
import { UndoStack } from "../src/undo.ts";
import { agentAt } from "./history.ts";
import { document } from "./laws.ts";

const writer = agentAt(0);
const snippets = ["a", "b", "word ", "😀", "é😀", ""];

/** The three, and a friend who edits beside them. */
class Ways {
  readonly plain = new Doc({ document, agent: writer });
  readonly watched = new Doc({ document, agent: writer });
  reopened = new Doc({ document, agent: writer });
  readonly friend = new Doc({ document, agent: agentAt(1) });
  patches = 0;
  readonly #random: SeededRandom;
  readonly #leavesOut: boolean;
  #file: Uint8Array | null = null;
  #fileEvents = 0;

  constructor(seed: number, leavesOut: boolean) {
    this.#random = new SeededRandom(seed);
    this.#leavesOut = leavesOut;
    this.watched.subscribe(() => {
      this.patches += 1;
    });
  }

  /** Does what chance says. */
  step(): void {
    const draw = this.#below(100);
    if (draw < 35) this.#each(this.#edit(this.plain));
    else if (draw < 45) this.#each(this.#listEdit(this.plain));
    else if (draw < 50) this.#joinEdit();
    else if (draw < 55) this.#each(this.#setting());
    else if (draw < 63) this.#undo();
    else if (draw < 68) this.#redo();
    else if (draw < 75) this.#edit(this.friend)(this.friend);
    else if (draw < 78) this.#listEdit(this.friend)(this.friend);
    else if (draw < 82) this.#give(this.plain, [this.friend]);
    else if (draw < 88) this.#give(this.friend, this.#all());
    else if (draw < 91) this.#refuse();
    else if (draw < 96) this.#reopen();
    else this.check();
  }

  /** Compares all that can be asked. */
  check(): void {
    const { plain } = this;
    const text = plain.text("body");
    const at = this.#position(text.toString());
    const versions = plain.versions(4);
    for (const doc of [this.watched, this.reopened]) {
      const same = doc.text("body");
      expect(same.toString()).toBe(text.toString());
      expect(same.length).toBe(text.length);
      expect(doc.map("meta").toJSON()).toEqual(plain.map("meta").toJSON());
      const [list, wanted] = [doc.list("body"), plain.list("body")];
      expect(list.toArray()).toEqual(wanted.toArray());
      const place = this.#below(wanted.length + 1);
      expect(list.cursor(place, "after")).toEqual(wanted.cursor(place, "after"));
      expect(list.position(wanted.cursor(place, "before"))).toBe(place);
      for (const key of ["a", "b"]) {
        expect(doc.map("meta").conflicts(key)).toEqual(plain.map("meta").conflicts(key));
      }
      expect(doc.version()).toEqual(plain.version());
      expect(doc.vector().entries()).toEqual(plain.vector().entries());
      expect(same.cursor(at, "before")).toEqual(text.cursor(at, "before"));
      expect(same.position(text.cursor(at, "after"))).toBe(at);
      // Where a file ended, another may end, too.
      expect(doc.versions(4).at(-1)).toEqual(versions.at(-1));
      for (const { version } of doc === this.watched || !this.#leavesOut ? versions : []) {
        const [ours, theirs] = [doc.checkout(version), plain.checkout(version)];
        expect(ours.text("body").toString()).toBe(theirs.text("body").toString());
        expect(ours.map("meta").toJSON()).toEqual(theirs.map("meta").toJSON());
        expect(ours.list("body").toArray()).toEqual(theirs.list("body").toArray());
      }
      this.#checkBundle(doc);
    }
    if (!this.#leavesOut) expect(this.reopened.encode()).toEqual(plain.encode());
  }

  #checkBundle(doc: Doc): void {
    const since = new VersionVector(
      this.plain
        .vector()
        .entries()
        .map(([agent, next]) => [agent, this.#below(next + 1)]),
    );
    let bundle: Uint8Array | null;
    try {
      bundle = doc.bundle(since);
    } catch (error) {
      if (!this.#leavesOut || !isHoldfastError(error, "not_found")) throw error;
      return;
    }
    const wanted = this.plain.bundle(since);
    expect(runsOf(bundle)).toEqual(runsOf(wanted));
  }

  #all(): readonly Doc[] {
    return [this.plain, this.watched, this.reopened];
  }

  #each(act: (doc: Doc) => void): void {
    for (const doc of this.#all()) act(doc);
  }

  #below(limit: number): number {
    return randomBelow(this.#random, limit);
  }

  // A place that splits no pair, mostly near one end.
  #position(text: string): number {
    const near = this.#below(3);
    const at = near === 0 ? text.length : this.#below(text.length + 1);
    return at > 0 && /[\uD800-\uDBFF]/.test(text[at - 1]!) ? at - 1 : at;
  }

  #edit(doc: Doc): (doc: Doc) => void {
    const text = doc.text("body").toString();
    const at = this.#position(text);
    const behind = [...text.slice(at)].slice(0, this.#below(4)).join("");
    const inserted = snippets[this.#below(snippets.length)]!;
    const sort = this.#below(3);
    if (sort === 0) return (target) => target.text("body").insert(at, inserted);
    if (sort === 1) return (target) => target.text("body").delete(at, behind.length);
    return (target) => target.text("body").splice(at, behind.length, inserted);
  }

  #listEdit(doc: Doc): (doc: Doc) => void {
    const { length } = doc.list("body");
    const at = this.#below(length + 1);
    const count = this.#below(Math.min(3, length - at + 1));
    const values = Array.from({ length: this.#below(3) }, () => [this.#below(99)]);
    if (this.#below(3) > 0) return (target) => target.list("body").splice(at, count, values);
    return (target) => {
      if (at < length) target.list("body").set(at, "set");
      else target.list("body").push("pushed");
    };
  }

  #setting(): (doc: Doc) => void {
    const key = snippets[this.#below(2)]!;
    const value = this.#below(4);
    return (doc) => doc.map("meta").set(key, value);
  }

  // Where a reopened document has forgotten what to join, they would differ.
  #joinEdit(): void {
    if (!this.reopened.canUndo || this.reopened.canRedo !== this.plain.canRedo) return;
    const edit = this.#edit(this.plain);
    this.#each((doc) => doc.change(() => edit(doc), { undo: "join" }));
  }

  #undo(): void {
    if (!this.reopened.undo()) return;
    expect([this.plain.undo(), this.watched.undo()]).toEqual([true, true]);
  }

  #redo(): void {
    if (!this.reopened.redo()) return;
    expect([this.plain.redo(), this.watched.redo()]).toEqual([true, true]);
  }

  #give(from: Doc, to: readonly Doc[]): void {
    const bundle = from.bundle(to[0]!.vector());
    if (bundle !== null) for (const doc of to) expect(doc.apply(bundle).missing).toEqual([]);
    // So that files end upon more than one head.
    if (from === this.friend && this.#below(3) === 0) this.#reopen();
  }

  // Good events, and then one that can't have happened.
  #refuse(): void {
    const agent = agentAt(2);
    const parents = this.friend.version();
    const good = { type: "insert", container: "body", at: 0, content: "refused" } as const;
    const bad = { ...good, at: 1_000_000 };
    const setting = { type: "set", container: "meta", key: "a", value: encodeValue(9) } as const;
    const section = encodeSection([
      { agent, seq: 0, parents, operation: good },
      { agent, seq: 7, parents: [{ agent, seq: 6 }], operation: setting },
      { agent, seq: 8, parents: [{ agent, seq: 7 }], operation: bad },
    ]);
    const bundle = encodeBundle({ document, sections: [section] });
    const { patches } = this;
    for (const doc of this.#all()) {
      if (parents.some((id) => !doc.vector().has(id))) continue;
      expect(() => doc.apply(bundle)).toThrow(/edit at/);
    }
    expect(this.patches).toBe(patches);
  }

  #reopen(): void {
    const { reopened } = this;
    const options = { deletedText: !this.#leavesOut };
    const more = this.#file === null ? null : reopened.encodeAppend(this.#fileEvents);
    this.#file =
      this.#file === null || this.#below(2) === 0
        ? reopened.encode(options)
        : concatBytes(more === null ? [this.#file] : [this.#file, more]);
    this.#fileEvents = reopened.eventCount;
    this.reopened = Doc.decode(this.#file, { agent: writer });
  }
}

function runsOf(bundle: Uint8Array | null): unknown {
  if (bundle === null) return null;
  return decodeBundle(bundle).sections.map(({ runs, dependencies }) => ({
    runs: runs.map((run) => ({ ...run, hash: toHex(run.hash) })),
    dependencies,
  }));
}

test.each([false, true])("all ways end the same; deleted text is left out: %s", (leavesOut) => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 60 }), (seed, steps) => {
      const ways = new Ways(seed, leavesOut);
      for (let count = 0; count < steps; count += 1) ways.step();
      ways.check();
    }),
    { numRuns: 40 },
  );
});

test("each way of its own is taken", () => {
  const { appendPlain } = History.prototype;
  const ways = {
    // Typing that nobody watches: looked at once, upon all that is here, and noted for undo.
    keystroke: vi.spyOn(Editor.prototype, "splice"),
    firstSight: vi.spyOn(Sequences.prototype, "isPlain"),
    uponAll: vi.spyOn(EventGraph.prototype, "addOwn"),
    undoOfText: vi.spyOn(UndoStack.prototype, "pushText"),
    // A long paste, copied by the platform.
    paste: vi.spyOn(TextEncoder.prototype, "encodeInto"),
    // Merging: what one person typed in batches, and what is concurrent by a walker that is kept.
    plainBatch: vi.spyOn(History.prototype, "appendPlain"),
    walked: vi.spyOn(KeptWalker.prototype, "covering"),
    walkerBegun: vi.spyOn(KeptWalker.prototype, "begin"),
    behind: vi.spyOn(KeptWalker.prototype, "fallBehind"),
  };
  let batched = 0;
  ways.plainBatch.mockImplementation(function (this: History, name, batch, text, from) {
    batched += batch.count;
    appendPlain.call(this, name, batch, text, from);
  });
  const long = vi.spyOn(EventGraph.prototype, "add");
  const hashedAnew = vi.spyOn(RunHasher.prototype, "push");
  const fedToWalker = vi.spyOn(Walker.prototype, "feed");
  try {
    for (let seed = 0; seed < 8; seed += 1) {
      const three = new Ways(seed, false);
      for (let count = 0; count < 60; count += 1) three.step();
    }
    const random = new SeededRandom(1);
    const writing = new Doc({ document, agent: writer });
    const text = writing.text("body");
    const before = long.mock.calls.length;
    text.insert(0, "pasted ".repeat(40));
    for (let count = 0; count < 1_500; count += 1) {
      text.insert(randomBelow(random, text.length), "x");
    }
    expect(long.mock.calls.length - before, "events added the long way").toBe(1);
    const reading = new Doc({ document, agent: agentAt(1) });
    const bundle = writing.bundle(new VersionVector())!;
    for (const way of [hashedAnew, fedToWalker]) way.mockClear();
    reading.apply(bundle);
    expect(hashedAnew, "one person's payload is hashed as it lies").not.toHaveBeenCalled();
    expect(fedToWalker, "what is linear needs no walker").not.toHaveBeenCalled();
    expect(reading.text("body").toString()).toBe(text.toString());
    for (const [name, way] of Object.entries(ways)) expect(way, name).toHaveBeenCalled();
    const atFirstSight = ways.firstSight.mock.results.map(({ value }) => value);
    expect(new Set(atFirstSight)).toEqual(new Set([true, false]));
    expect(batched, "stretches in batches").toBeGreaterThan(1_000);
    // Two who type at once, and hear of each other a moment later.
    ways.walked.mockClear();
    ways.walkerBegun.mockClear();
    for (let count = 0; count < 40; count += 1) {
      const vectors = [writing.vector(), reading.vector()];
      text.insert(0, "w");
      reading.text("body").insert(reading.text("body").length, "r");
      reading.apply(writing.bundle(vectors[1]!)!);
      writing.apply(reading.bundle(vectors[0]!)!);
    }
    expect(reading.text("body").toString()).toBe(text.toString());
    expect(ways.walked.mock.calls.length, "merges").toBeGreaterThanOrEqual(40);
    expect(ways.walkerBegun.mock.calls.length, "walkers").toBeLessThan(8);
  } finally {
    for (const way of [...Object.values(ways), long, hashedAnew, fedToWalker]) way.mockRestore();
  }
});

test("an edit that is refused leaves everything as it was, also where there never was a pair", () => {
  const doc = new Doc({ document, agent: writer });
  const text = doc.text("body");
  text.insert(0, "abcdef");
  const bytes = doc.encode();
  for (const [at, deleted] of [
    [-1, 0],
    [7, 0],
    [5, 2],
    [0, -1],
    [0, 0.5],
    [0.5, 0],
    [Number.NaN, 0],
    [0, Number.NaN],
    [2 ** 32, 0],
    [0, 2 ** 32],
    [2 ** 32 - 1, 2 ** 32 - 1],
  ] as const) {
    expect(() => text.splice(at, deleted, "x"), `${at} ${deleted}`).toThrow(/position|delete/);
    expect([text.toString(), doc.encode()]).toEqual(["abcdef", bytes]);
  }
});

test("an edit that is refused leaves everything as it was, unwatched or watched", () => {
  for (const isWatched of [false, true]) {
    const doc = new Doc({ document, agent: writer });
    const text = doc.text("body");
    text.insert(0, "ab😀cd");
    text.insert(0, "x");
    doc.undo();
    let patches = 0;
    if (isWatched) {
      doc.subscribe(() => {
        patches += 1;
      });
    }
    const bytes = doc.encode();
    const refused: readonly (() => void)[] = [
      () => text.splice(-1, 0, "x"),
      () => text.splice(7, 0, "x"),
      () => text.splice(5, 2, "x"),
      () => text.splice(0, -1, "x"),
      () => text.splice(0, 0.5, "x"),
      () => text.splice(Number.NaN, 0, "x"),
      () => text.splice(3, 1, "x"),
      () => text.splice(2, 1, "x"),
      () => text.splice(0, 2, "x\ud83d"),
      () => text.splice(0, 2, "\ude00x"),
      () => text.insert(3, "x"),
      () => text.delete(0, 3),
      () => doc.text("new").splice(1, 0, "x"),
      () => doc.text("new").delete(0, 1),
    ];
    for (const act of refused) {
      expect(act).toThrow(/position|delete|half/);
      expect(text.toString()).toBe("ab😀cd");
      expect(doc.encode()).toEqual(bytes);
      expect([doc.canUndo, doc.canRedo]).toEqual([true, true]);
    }
    expect(patches).toBe(0);
    text.splice(0, 0, "");
    expect([doc.encode(), doc.canRedo]).toEqual([bytes, true]);
    text.splice(2, 2, "é");
    expect(text.toString()).toBe("abécd");
    doc.undo();
    expect(text.toString()).toBe("ab😀cd");
  }
});

test("a large merge that fails late, and that nobody watches, leaves what there was", () => {
  const agent = agentAt(2);
  const doc = new Doc({ document, agent: writer });
  doc.text("body").insert(0, "start");
  doc.map("meta").set("a", 1);
  const bytes = doc.encode();
  const conflicts = doc.map("meta").conflicts("a");
  const text = "x".repeat(1_500);
  const section = encodeSection([
    {
      agent,
      seq: 0,
      parents: doc.version(),
      operation: { type: "insert", container: "body", at: 0, content: text },
    },
    {
      agent,
      seq: 1_500,
      parents: [{ agent, seq: 1_499 }],
      operation: { type: "set", container: "meta", key: "a", value: encodeValue(2) },
    },
    {
      agent,
      seq: 1_501,
      parents: [{ agent, seq: 1_500 }],
      operation: { type: "insert", container: "body", at: 1_000_000, content: text },
    },
  ]);
  const bundle = encodeBundle({ document, sections: [section] });
  expect(() => doc.apply(bundle)).toThrow(/edit at/);
  expect(doc.encode()).toEqual(bytes);
  expect(doc.map("meta").toJSON()).toEqual({ a: 1 });
  expect(doc.map("meta").conflicts("a")).toEqual(conflicts);
  doc.text("body").insert(5, "!");
  expect(doc.text("body").toString()).toBe("start!");
});
