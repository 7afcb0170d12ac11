// The tree of spans, and the index of ranges, against plain arrays.

import fc from "fast-check";
import { expect, test } from "vitest";
import { RangeIndex } from "../src/merge/range_index.ts";
import {
  noUnit,
  spanDeleted,
  spanId,
  spanLeft,
  spanLength,
  spanState,
} from "../src/merge/span_nodes.ts";
import { SpanTree } from "../src/merge/span_tree.ts";

/** A span of the model, beside its row in the tree. */
interface Naive {
  readonly span: number;
  id: number;
  length: number;
  state: number;
  deleted: number;
}

/** What is drawn: what to do, where (a share of what is there), and how much. */
interface Step {
  readonly act: "insert" | "append" | "split" | "grow" | "delete" | "shift" | "find";
  readonly where: number;
  readonly many: number;
}

const step = fc.record<Step>({
  act: fc.constantFrom("insert", "append", "append", "split", "grow", "delete", "shift", "find"),
  where: fc.nat({ max: 9_999 }),
  many: fc.integer({ min: 1, max: 6 }),
});

/** One text of the model. */
class NaiveText {
  readonly spans: Naive[] = [];
  readonly root: number;
  readonly #tree: SpanTree;
  #nextId = 0;

  constructor(tree: SpanTree) {
    this.#tree = tree;
    this.root = tree.plant();
  }

  do({ act, where, many }: Step): void {
    const { spans } = this;
    const tree = this.#tree;
    const place = spans.length === 0 ? 0 : where % spans.length;
    if (act === "insert" || act === "append" || spans.length === 0) {
      const index = act === "append" ? spans.length : where % (spans.length + 1);
      const previous = index === 0 ? 0 : spans[index - 1]!.span;
      const span = tree.insert(this.root, previous, this.#nextId, many);
      tree.spans[span + spanLeft] = noUnit;
      spans.splice(index, 0, { span, id: this.#nextId, length: many, state: 1, deleted: 0 });
      this.#nextId += 100;
      return;
    }
    const target = spans[place]!;
    if (act === "split" && target.length > 1) {
      const offset = 1 + (many % (target.length - 1));
      const rest = { ...target, span: tree.split(target.span, offset) };
      rest.id += offset;
      rest.length -= offset;
      target.length = offset;
      spans.splice(place + 1, 0, rest);
      expect(tree.spans[rest.span + spanLeft]).toBe(rest.id - 1);
    } else if (act === "grow") {
      tree.resize(target.span, many);
      target.length += many;
    } else if (act === "delete" && target.state === 1) {
      tree.delete(target.span);
      target.state = 2;
      target.deleted += 1;
    } else if (act === "shift") this.#shift(place, many);
  }

  // Several neighbours, with a split between them, before what they changed is counted.
  #shift(place: number, many: number): void {
    const tree = this.#tree;
    for (const other of this.spans.slice(place, place + many)) {
      const by = other.state > 0 && many % 2 === 0 ? -1 : 1;
      tree.shift(other.span, by);
      other.state += by;
    }
    this.do({ act: "split", where: place, many });
    tree.flush();
  }

  check(): void {
    const { spans, root } = this;
    const tree = this.#tree;
    const isSeen = ({ state, length }: Naive): boolean => state > 0 && length > 0;
    let prepared = 0;
    let visible = 0;
    spans.forEach(({ span, id, length, state, deleted }, index) => {
      const row = [spanId, spanLength, spanState, spanDeleted].map((at) => tree.spans[span + at]);
      expect(row).toEqual([id, length, state, deleted]);
      expect(tree.next(span)).toBe(spans[index + 1]?.span ?? 0);
      expect(tree.nextSeen(span)).toBe(spans.slice(index).find(isSeen)?.span ?? 0);
      expect(tree.countVisibleBefore(span)).toBe(visible);
      if (state === 1) {
        expect(tree.findPrepared(root, prepared)).toBe(span);
        expect([tree.offset, tree.visibleBefore]).toEqual([0, visible]);
        expect(tree.findPrepared(root, prepared + length - 1)).toBe(span);
        expect([tree.offset, tree.visibleBefore]).toEqual([length - 1, visible]);
        prepared += length;
      }
      if (deleted === 0) {
        expect(tree.findVisible(root, visible + length - 1)).toBe(span);
        expect(tree.offset).toBe(length - 1);
        visible += length;
      }
      const other = spans[(index * 7) % spans.length]!;
      expect(tree.isBefore(other.span, span)).toBe((index * 7) % spans.length < index);
    });
    expect(tree.prepared(root)).toBe(prepared);
    expect(tree.visible(root)).toBe(visible);
    expect(tree.first(root)).toBe(spans[0]?.span ?? 0);
  }
}

test("S1 S2: two texts in one tree are as two arrays", () => {
  let hits = 0;
  let spans = 0;
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 900, size: "max" }),
      fc.integer({ min: 1, max: 7 }),
      (steps, turn) => {
        const tree = new SpanTree();
        const texts = [new NaiveText(tree), new NaiveText(tree)];
        steps.forEach((one, index) => {
          const text = texts[index % turn === 0 ? 1 : 0]!;
          text.do(one);
          const prepared = tree.prepared(text.root);
          if (one.act !== "find" || prepared === 0) return;
          // Twice in the same leaf, and not from the beginning as a check of all would.
          tree.findPrepared(text.root, one.where % prepared);
          tree.findPrepared(text.root, one.where % prepared);
          if (index % 40 === 0) text.check();
        });
        for (const text of texts) text.check();
        hits += tree.leafHits;
        spans = Math.max(spans, texts[0]!.spans.length);
      },
    ),
    { numRuns: 24 },
  );
  // The leaf found last was used, and there were trees of three levels.
  expect(hits).toBeGreaterThan(0);
  expect(spans).toBeGreaterThan(150);
});

test("an index of ranges finds what a sorted array finds", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), {
        maxLength: 2_000,
        size: "max",
      }),
      fc.boolean(),
      fc.array(fc.nat(), { maxLength: 200 }),
      (numbers, isSorted, asked) => {
        const starts = [...new Set(numbers)];
        if (isSorted) starts.sort((a, b) => a - b);
        const index = new RangeIndex();
        starts.forEach((start, value) => {
          index.add(start, value + 1);
          expect(index.find(start)).toBe(value + 1);
        });
        const sorted = starts.map((start, value) => ({ start, value: value + 1 }));
        sorted.sort((a, b) => a.start - b.start);
        const near = sorted.flatMap(({ start }) => [start - 1, start, start + 1]);
        const far = asked.map((ask) => sorted[ask % (sorted.length || 1)]?.start ?? ask);
        for (const id of [...near, ...far]) {
          const at = sorted.filter(({ start }) => start <= id).length;
          if (near.length > 300 && (id & 15) !== 0) continue;
          expect(index.find(id)).toBe(sorted[at - 1]?.value ?? 0);
          expect(index.startAfter(id)).toBe(sorted[at]?.start);
        }
      },
    ),
    { numRuns: 14 },
  );
});
