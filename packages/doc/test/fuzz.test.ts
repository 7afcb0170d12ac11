// Strangers' bytes: whatever comes, a decoder throws nothing but a HoldfastError, and
// a document that refused is byte for byte as before.

import { VersionVector } from "@holdfast/causality";
import {
  type Applied,
  clipBundle,
  coalesceBundles,
  Doc,
  decodeBundle,
  encodeBundle,
  joinBundles,
  sameContent,
} from "@holdfast/doc";
import {
  equalBytes,
  isHoldfastError,
  isWellFormed,
  type Random,
  Reader,
  randomBelow,
  SeededRandom,
  Writer,
} from "@holdfast/std";
import { describe, expect, test } from "vitest";
import { overBound, runProbe } from "../../../tools/hostile/run_probe.ts";
import { buildHistory, type Command, lists, reader, texts } from "./history.ts";
import { forged, lying, mutated, noise } from "./hostile.ts";
import { deliver, document, expectSame, play } from "./laws.ts";

const casesEach = 3_000;

// A history with everything in it: forks, deletions, emoji, lists, several containers.
const commands: readonly Command[] = Array.from({ length: 60 }, (_, index): Command => {
  const who = (index * 7) % 3;
  if (index % 5 === 4) return { kind: "see", who, back: index % 3 };
  if (index % 7 === 3) {
    return { kind: "delete", who, container: "body", where: (index * 131) % 1000, count: 4 };
  }
  const list = lists[index % 3 === 0 ? 1 : 0];
  if (index % 7 === 5) {
    const values = [index, `v${index}`, { a: [null, -0.5, new Uint8Array(2)] }];
    return { kind: "list_insert", who, container: list, where: (index * 377) % 1000, values };
  }
  if (index % 17 === 11) {
    return { kind: "list_delete", who, container: list, where: (index * 131) % 1000, count: 2 };
  }
  if (index % 11 === 5)
    return { kind: "set", who, key: `k${index % 3}`, value: [index, "v", { a: 1 }] };
  const container = texts[index % 9 === 0 ? 1 : 0];
  return { kind: "insert", who, container, where: (index * 377) % 1000, text: "ab😀c " };
});
const steps = buildHistory(3, commands);
const { reference, bundles } = play(steps, new SeededRandom(1));
const half = new Doc({ document, agent: reader });
for (const bytes of bundles.slice(0, bundles.length / 2)) half.apply(bytes);
const whole = Doc.decode(half.encode(), { agent: reader });
for (const bytes of bundles) whole.apply(bytes);
const joined = encodeBundle(joinBundles(bundles.map((bytes) => decodeBundle(bytes))));
const valid: readonly Uint8Array[] = [
  ...bundles,
  whole.bundle(new VersionVector())!,
  whole.bundle(half.vector())!,
  joined,
];

// Calls `decode` with hostile input; what it may throw is a HoldfastError. Returns how often it did.
function attack(decode: (bytes: Uint8Array) => void, draw: (random: Random) => Uint8Array): number {
  let refused = 0;
  for (let seed = 0; seed < casesEach; seed += 1) {
    const bytes = draw(new SeededRandom(seed));
    const before = bytes.slice();
    const error = failureOf(() => decode(bytes));
    if (error !== null && !isHoldfastError(error))
      throw new Error(`seed ${seed}`, { cause: error });
    if (error !== null) refused += 1;
    if (!equalBytes(bytes, before)) throw new Error(`seed ${seed}: the input was written to`);
  }
  return refused;
}

function failureOf(act: () => void): unknown {
  try {
    act();
    return null;
  } catch (error) {
    return error;
  }
}

function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[randomBelow(random, items.length)]!;
}

const magic = valid[0]!.subarray(0, 4);
const draws: Record<string, (random: Random) => Uint8Array> = {
  noise: (random) => noise(random, magic),
  "mutated bundles": (random) => mutated(pick(random, valid), random, pick(random, valid)),
  "forged bundles": (random) => forged(pick(random, valid), random),
  "lying bundles": (random) => lying(pick(random, valid), random, pick(random, valid)),
};

// What passed every check is content that its authors really made; or, where the sender
// can forge hashes, something that could have happened.
function checkTaken(doc: Doc, isForgery: boolean): void {
  if (!isForgery) expectSame(doc, reference, new Map(doc.vector().entries()));
  const copy = Doc.decode(doc.encode(), { agent: reader });
  for (const name of texts) {
    expect(isWellFormed(doc.text(name).toString())).toBe(true);
    expect(copy.text(name).toString()).toBe(doc.text(name).toString());
  }
  for (const name of lists) {
    expect(copy.list(name).toArray()).toEqual(doc.list(name).toArray());
  }
}

describe.each(Object.entries(draws))("%s", (name, draw) => {
  const isForgery = name === "forged bundles";

  test("decodeBundle", () => attack((bytes) => void decodeBundle(bytes), draw));

  test("D7 Doc.apply leaves the document as it was", () => {
    const start = half.encode();
    const body = half.text(texts[0]).toString();
    let patches = 0;
    const open = (): Doc => {
      const doc = Doc.decode(start, { agent: reader });
      doc.subscribe(() => {
        patches += 1;
      });
      return doc;
    };
    let doc = open();
    const refused = attack((bytes) => {
      patches = 0;
      let answer: Applied | null = null;
      const error = failureOf(() => {
        answer = doc.apply(bytes);
      });
      const { applied, missing } = (answer as Applied | null) ?? { applied: [], missing: [] };
      expect(patches).toBe(applied.length > 0 ? 1 : 0);
      if (applied.length > 0) {
        expect(missing).toEqual([]);
        checkTaken(doc, isForgery);
        doc = open();
      } else {
        expect(equalBytes(doc.encode(), start)).toBe(true);
        expect(doc.text(texts[0]).toString()).toBe(body);
      }
      if (error !== null) throw error;
    }, draw);
    expect(refused).toBeGreaterThan(casesEach / 8);
    deliver(doc, whole.bundle(doc.vector())!);
    expectSame(doc, reference);
  });

  test("clipBundle and coalesceBundles", () => {
    const since = half.vector();
    attack((bytes) => {
      clipBundle(bytes, since);
      coalesceBundles([decodeBundle(bytes)]);
    }, draw);
  });

  test("sameContent", () => {
    const truth = decodeBundle(valid.at(-1)!);
    attack((bytes) => void sameContent(decodeBundle(bytes), truth), draw);
  });
});

test("Doc.decode", () => {
  const files = [half.encode(), whole.encode()];
  const start = files[0]!.subarray(0, 4);
  attack(
    (bytes) => void Doc.decode(bytes, { agent: reader }),
    (random) => noise(random, start),
  );
  attack(
    (bytes) => void Doc.decode(bytes, { agent: reader }),
    (random) => mutated(pick(random, files), random, pick(random, files)),
  );
});

test("VersionVector.read", () => {
  const writer = new Writer();
  whole.vector().write(writer);
  const bytes = writer.finish();
  const read = (input: Uint8Array) => void VersionVector.read(new Reader(input));
  attack(read, (random) => noise(random, bytes.subarray(0, 1)));
  attack(read, (random) => mutated(bytes, random, bytes));
});

// Two measures, in a process of its own (memory_probe.ts). Input that is refused may not
// make anybody allocate more than the bound, garbage included. Input that is what it
// says it is may make garbage, but what stays of it is within the bound.
test("memory stays below 64 KiB plus 16 times the input", { timeout: 120_000 }, () => {
  const rows = runProbe(new URL("./memory_probe.ts", import.meta.url));
  expect(rows.length).toBeGreaterThan(60);
  expect(overBound(rows)).toEqual([]);
});
