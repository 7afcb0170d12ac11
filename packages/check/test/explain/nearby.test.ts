// What a report carries of a history: what it is about, and what is nearest to that.

import type { History } from "@holdfast/check";
import fc from "fast-check";
import { expect, test } from "vitest";
import { nearby } from "../../src/explain/nearby.ts";
import { operationsMax } from "../../src/explain/report.ts";

const history = (length: number): History =>
  Array.from({ length }, (_, at) => ({
    ...{ process: "ann", input: at, outcome: "ok" as const, output: undefined },
    ...{ invokedAt: at, completedAt: at },
  }));

const placesOf = (found: ReturnType<typeof nearby>) => found.operations.map(({ place }) => place);

test("all that is named is there, in order, and as much as there is room for", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 5_000 }),
      fc.array(fc.nat(5_000), { maxLength: 40 }),
      fc.option(fc.uniqueArray(fc.nat(5_000), { maxLength: 2_000 })),
      (length, named, related) => {
        const whole = history(length);
        const parts = related?.filter((place) => place < length).sort((a, b) => a - b) ?? null;
        const found = nearby(whole, named, parts);
        const places = placesOf(found);
        expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
        expect(places.length).toBe(Math.min(length, operationsMax));
        expect(found.operationsLeftOut).toBe(length - places.length);
        for (const place of named) expect(places.includes(place)).toBe(place < length);
        for (const { place, operation } of found.operations) expect(operation).toBe(whole[place]);
      },
    ),
    { numRuns: 50 },
  );
});

test("what is near comes before what is far, and what is related before all else", () => {
  const around = placesOf(nearby(history(100_000), [50_000]));
  expect([around[0], around.at(-1)]).toEqual([49_250, 50_749]);
  const even = Array.from({ length: 50_000 }, (_, at) => 2 * at);
  const related = placesOf(nearby(history(100_000), [50_000], even));
  expect(related.filter((place) => place % 2 === 1).length).toBe(300);
  expect(related.filter((place) => place % 2 === 0).length).toBe(1_200);
});

test("of more than there is room for, the first are there", () => {
  const named = Array.from({ length: 3_000 }, (_, at) => 3 * at);
  expect(placesOf(nearby(history(10_000), named))).toEqual(named.slice(0, operationsMax));
});
