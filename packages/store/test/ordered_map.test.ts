// The tree under the memory store against a Map, with snapshots taken on the way.

import fc from "fast-check";
import { expect, test } from "vitest";
import type { KeyText } from "../src/key.ts";
import { OrderedMap } from "../src/ordered_map.ts";
import { SpanSet } from "../src/span_set.ts";

const key = fc.integer({ min: 0, max: 400 }).map((n) => String(n).padStart(3, "0") as KeyText);
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant("set" as const), key }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("delete" as const), key }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("snapshot" as const), key }) },
);

function entries(map: OrderedMap<number>): [KeyText, number][] {
  const list: [KeyText, number][] = [];
  map.visitAll((name, value) => {
    list.push([name, value]);
    return true;
  });
  return list;
}

const sorted = (map: ReadonlyMap<KeyText, number>) =>
  [...map].sort(([one], [other]) => (one < other ? -1 : 1));

test("ST1: the tree holds what a Map holds, and its snapshots do not change", () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 1_500, size: "max" }),
      key,
      key,
      fc.uniqueArray(key, { maxLength: 400, size: "max" }),
      (steps, one, other, first) => {
        const given = first.sort().map((name, index) => [name, -index] as const);
        const map = OrderedMap.ofSorted(first, [...given.map(([, value]) => value)]);
        const model = new Map<KeyText, number>(given);
        const snapshots: [OrderedMap<number>, [KeyText, number][]][] = [];
        steps.forEach(({ type, key: name }, index) => {
          if (type === "set") {
            expect(map.set(name, index)).toBe(model.get(name));
            model.set(name, index);
          } else if (type === "delete") {
            expect(map.delete(name)).toBe(model.get(name));
            model.delete(name);
          } else if (snapshots.length < 4) snapshots.push([map.snapshot(), sorted(model)]);
        });
        expect(map.size).toBe(model.size);
        expect(entries(map)).toEqual(sorted(model));
        for (const [snapshot, expected] of snapshots) expect(entries(snapshot)).toEqual(expected);
        const [start, end] = one < other ? [one, other] : [other, one];
        const within = sorted(model).filter(([name]) => name >= start && name < end);
        expect(map.keysIn(start, end)).toEqual(within.map(([name]) => name));
        const backwards: KeyText[] = [];
        map.visit(start, end, true, (name) => {
          backwards.push(name);
          return true;
        });
        expect(backwards.reverse()).toEqual(within.map(([name]) => name));
      },
    ),
    { numRuns: 60 },
  );
});

test("ST4: a set of spans covers what its spans cover", () => {
  const span = fc
    .tuple(fc.nat(60), fc.nat(60))
    .map(([one, other]) => [Math.min(one, other), Math.max(one, other)] as const);
  const text = (n: number) => String.fromCharCode(n + 1) as KeyText;
  fc.assert(
    fc.property(fc.array(span, { maxLength: 20 }), span, (spans, [from, to]) => {
      const set = new SpanSet();
      for (const [start, end] of spans) set.add({ start: text(start), end: text(end) });
      const inside = (n: number) => spans.some(([start, end]) => n >= start && n < end);
      for (let n = 0; n <= 61; n += 1) expect(set.covers(text(n))).toBe(inside(n));
      const hits = Array.from({ length: to - from }, (_, index) => inside(from + index));
      expect(set.intersects({ start: text(from), end: text(to) })).toBe(hits.includes(true));
      const list = set.list();
      for (let index = 1; index < list.length; index += 1) {
        expect(list[index]!.start > list[index - 1]!.end).toBe(true);
      }
    }),
  );
});
