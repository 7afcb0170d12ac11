// The list of a document's versions.

import { Doc, type DocVersion } from "@holdfast/doc";
import { HoldfastError, randomBelow, SeededRandom } from "@holdfast/std";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { agentAt, historyArbitrary } from "./history.ts";
import { document, play } from "./laws.ts";

const half = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

function newDoc(): Doc {
  return new Doc({ document, agent: agentAt(0) });
}

function countsOf(versions: readonly DocVersion[]): readonly number[] {
  return versions.map(({ eventCount }) => eventCount);
}

describe("D9 the list of versions", () => {
  test("of any history: ascending, closed, and each can be read", () => {
    fc.assert(
      fc.property(
        historyArbitrary(30),
        fc.nat({ max: 2 ** 31 }),
        fc.integer({ min: 1, max: 60 }),
        (steps, seed, countMax) => {
          const { authors } = play(steps, new SeededRandom(seed));
          for (const doc of authors.values()) {
            const versions = doc.versions(countMax);
            const total = doc
              .vector()
              .entries()
              .reduce((sum, [, next]) => sum + next, 0);
            expect(versions.length).toBeLessThanOrEqual(countMax);
            if (total === 0) expect(versions).toEqual([]);
            else expect(versions.at(-1)).toEqual({ version: doc.version(), eventCount: total });
            const counts = countsOf(versions);
            expect([...new Set(counts)].sort((a, b) => a - b)).toEqual(counts);
            for (const { version, eventCount } of versions) {
              const view = doc.checkout(version);
              expect(view.version()).toEqual(version);
              expect(view.text("body").toString()).not.toMatch(half);
              expect(eventCount).toBeGreaterThan(0);
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test("is evenly spread from the first event to the last", () => {
    const doc = newDoc();
    for (let count = 0; count < 1_000; count += 1) doc.text("body").insert(count, "x");
    expect(countsOf(doc.versions(5))).toEqual([1, 251, 501, 750, 1_000]);
    expect(countsOf(doc.versions(1))).toEqual([1_000]);
    expect(countsOf(doc.versions(2_000))).toHaveLength(1_000);
    const texts = doc.versions(5).map(({ version }) => doc.checkout(version).text("body").length);
    expect(texts).toEqual([1, 251, 501, 750, 1_000]);
  });

  test("of what several wrote: each holds as many events as it says", () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 31 }), (seed) => {
        const random = new SeededRandom(seed);
        const docs = [0, 1, 2].map((index) => new Doc({ document, agent: agentAt(index) }));
        const pick = (): Doc => docs[randomBelow(random, docs.length)]!;
        for (let count = 0; count < 30; count += 1) {
          const [to, from] = [pick(), pick()];
          to.text("body").insert(
            randomBelow(random, to.text("body").length + 1),
            "abc".slice(0, count % 4),
          );
          const bundle = random.next() < 0.4 ? from.bundle(to.vector()) : null;
          if (bundle !== null) to.apply(bundle);
        }
        // Nothing is deleted, so a version is as long as it has events.
        for (const doc of docs) {
          for (const { version, eventCount } of doc.versions(20)) {
            expect(doc.checkout(version).text("body").length).toBe(eventCount);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  test("never parts a pair, inserted or deleted", () => {
    const doc = newDoc();
    for (let count = 0; count < 20; count += 1) doc.text("body").insert(0, "😀");
    for (let count = 0; count < 10; count += 1) doc.text("body").delete(0, 2);
    const texts = doc.versions(1_000).map(({ version }) => doc.checkout(version).text("body"));
    expect(texts.length).toBeGreaterThan(20);
    for (const text of texts) expect(text.toString()).not.toMatch(half);
  });

  test("of an empty document is empty, and of no versions can't be", () => {
    expect(newDoc().versions(10)).toEqual([]);
    for (const count of [0, -1, 1.5, Number.NaN]) {
      expect(() => newDoc().versions(count)).toThrow(HoldfastError);
    }
  });
});
