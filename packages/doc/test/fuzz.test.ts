// Strangers' bytes: whatever comes, a decoder throws nothing but a HoldfastError, and
// a document that refused is byte for byte as before.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { VersionVector } from "@holdfast/causality";
import {
  clipBundle,
  coalesceBundles,
  Doc,
  decodeBundle,
  encodeBundle,
  joinBundles,
  sameContent,
} from "@holdfast/doc";
import {
  isHoldfastError,
  type Random,
  Reader,
  randomBelow,
  SeededRandom,
  Writer,
} from "@holdfast/std";
import { describe, expect, test } from "vitest";
import { buildHistory, type Command, reader, texts } from "./history.ts";
import { lying, mutated, noise } from "./hostile.ts";
import { document, expectSame, play } from "./laws.ts";

const casesEach = 4_000;

// A history with everything in it: forks, deletions, emoji, several containers.
const commands: readonly Command[] = Array.from({ length: 60 }, (_, index): Command => {
  const who = (index * 7) % 3;
  if (index % 5 === 4) return { kind: "see", who, back: index % 3 };
  if (index % 7 === 3) {
    return { kind: "delete", who, container: "body", where: (index * 131) % 1000, count: 4 };
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

// Calls `decode` with hostile input; what it may throw is a HoldfastError.
function attack(decode: (bytes: Uint8Array) => void, draw: (random: Random) => Uint8Array): void {
  let refused = 0;
  for (let seed = 0; seed < casesEach; seed += 1) {
    const bytes = draw(new SeededRandom(seed));
    const before = bytes.slice();
    try {
      decode(bytes);
    } catch (error) {
      refused += 1;
      if (!isHoldfastError(error)) throw new Error(`seed ${seed}`, { cause: error });
    }
    if (seed % 50 === 0) expect(bytes).toEqual(before);
  }
  expect(refused).toBeGreaterThan(casesEach / 4);
}

function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[randomBelow(random, items.length)]!;
}

const magic = valid[0]!.subarray(0, 4);
const draws: Record<string, (random: Random) => Uint8Array> = {
  noise: (random) => noise(random, magic),
  "mutated bundles": (random) => mutated(pick(random, valid), random, pick(random, valid)),
  "lying bundles": (random) => lying(pick(random, valid), random, pick(random, valid)),
};

describe.each(Object.entries(draws))("%s", (_name, draw) => {
  test("decodeBundle", () => attack((bytes) => void decodeBundle(bytes), draw));

  test("Doc.apply leaves the document as it was", () => {
    const start = half.encode();
    let doc = Doc.decode(start, { agent: reader });
    let patches = 0;
    const count = () => {
      patches += 1;
    };
    doc.subscribe(count);
    attack((bytes) => {
      const vector = doc.vector();
      const text = doc.text(texts[0]).toString();
      patches = 0;
      try {
        const { applied, missing } = doc.apply(bytes);
        expect(applied.length === 0 || missing.length === 0).toBe(true);
        expect(patches).toBe(applied.length > 0 ? 1 : 0);
        if (applied.length === 0) return;
        // What passed every check is content that its authors really made.
        expectSame(doc, reference, new Map(doc.vector().entries()));
        doc = Doc.decode(start, { agent: reader });
        doc.subscribe(count);
      } catch (error) {
        expect(patches).toBe(0);
        expect(doc.vector().equals(vector)).toBe(true);
        expect(doc.text(texts[0]).toString()).toBe(text);
        expect(doc.encode()).toEqual(start);
        throw error;
      }
    }, draw);
    doc.apply(whole.bundle(doc.vector())!);
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

test("memory stays below 64 KiB plus 16 times the input", { timeout: 120_000 }, () => {
  const script = fileURLToPath(new URL("./memory_probe.ts", import.meta.url));
  const flags = ["--expose-gc", "--min-semi-space-size=128", "--max-semi-space-size=128"];
  const child = spawnSync(
    process.execPath,
    [...flags, "--conditions=@holdfast/source", "--import", "tsx", script],
    { encoding: "utf8" },
  );
  expect(child.stderr.trim()).toBe("");
  const rows = child.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);
  expect(rows.length).toBeGreaterThan(10);
  const over = rows.filter(({ inputBytes, usedBytes }) => usedBytes > 65_536 + 16 * inputBytes);
  expect(over).toEqual([]);
});

interface Row {
  readonly name: string;
  readonly inputBytes: number;
  readonly usedBytes: number;
}
