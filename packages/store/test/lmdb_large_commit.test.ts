// Commits of more rows than are made ready at once: whoever waits goes between, and nobody
// sees the half of one.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SeededRandom } from "@holdfast/std";
import { lmdbRows } from "@holdfast/store/lmdb";
import { nodeWorld } from "@holdfast/world/node";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../src/engine.ts";
import type { CommitVersion } from "../src/index.ts";
import type { KeyText } from "../src/key.ts";
import { WriteSet } from "../src/write_set.ts";

const everything = ["", "\xff"] as const;
let folder: string;
let engine: Engine;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lmdb-large-"));
  engine = await lmdbRows({ world: nodeWorld(), folder: join(folder, "rows") })();
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

const textOf = (index: number) => `row ${String(index).padStart(6, "0")}` as KeyText;

async function rowsOf(of: Engine): Promise<Map<string, string>> {
  const snapshot = of.snapshot();
  try {
    const rows = await snapshot.range(
      everything[0] as KeyText,
      everything[1] as KeyText,
      9_999,
      false,
    );
    return new Map(rows.map(({ key, value }) => [key, String(value)]));
  } finally {
    snapshot.release();
  }
}

/** All of it, to be compared: matchers that look for one of several take any two maps for equal. */
function shown(rows: ReadonlyMap<string, string>): string {
  return JSON.stringify([...rows].sort());
}

test("ST6: a large commit is seen as a whole or not at all, while others read", async () => {
  const random = new SeededRandom(5);
  const model = new Map<string, string>();
  for (let version = 1; version <= 6; version += 1) {
    const writes = new WriteSet();
    const before = new Map(model);
    if (version % 3 === 0) {
      const [start, end] = [textOf(500), textOf(1_500)];
      writes.clearSpan({ start, end });
      for (const key of model.keys()) if (key >= start && key < end) model.delete(key);
    }
    for (let count = 0; count < 1_700; count += 1) {
      const key = textOf(Math.floor(random.next() * 3_000));
      const value = count % 7 === 0 ? null : random.bytes(count % 50);
      writes.set(key, value);
      if (value === null) model.delete(key);
      else model.set(key, String(value));
    }
    let isDone = false;
    const done = engine.commit(version as CommitVersion, writes, [], []).then(() => {
      isDone = true;
    });
    let looks = 0;
    for (; !isDone; looks += 1) {
      const seen = await rowsOf(engine);
      expect([before, model].map(shown)).toContain(shown(seen));
      await new Promise(setImmediate);
    }
    expect(looks).toBeGreaterThan(0);
    await done;
    expect(await rowsOf(engine)).toEqual(model);
  }
});
