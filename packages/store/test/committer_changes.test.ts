// How groups are made up of transactions that change values: their sizes, and what can't be read.

import { HoldfastError } from "@holdfast/std";
import { type CommitVersion, transactionSizeBytesMax, valueSizeBytesMax } from "@holdfast/store";
import { expect, test } from "vitest";
import { Committer } from "../src/committer.ts";
import { MemoryEngine } from "../src/drivers/memory/memory_engine.ts";
import type { EngineSnapshot } from "../src/engine.ts";
import type { KeyText } from "../src/key.ts";
import { readPriorValues } from "../src/prior_values.ts";
import { ReadSet } from "../src/read_set.ts";
import { TransactionWrites } from "../src/transaction_writes.ts";
import { WriteSet } from "../src/write_set.ts";

/** An engine in memory that notes what it is asked for, and can't be read while it is told so. */
class NotingEngine extends MemoryEngine {
  readonly groupBytes: number[] = [];
  isBroken = false;
  snapshotsHeld = 0;

  override snapshot(): EngineSnapshot {
    if (this.isBroken) throw new HoldfastError("overloaded", "too many snapshots");
    const snapshot = super.snapshot();
    this.snapshotsHeld += 1;
    return {
      version: snapshot.version,
      get: (key) => snapshot.get(key),
      range: (...range) => snapshot.range(...range),
      rows: (...range) => snapshot.rows(...range),
      release: () => {
        this.snapshotsHeld -= 1;
        snapshot.release();
      },
    };
  }

  override async commit(version: CommitVersion, writes: WriteSet): Promise<void> {
    this.groupBytes.push(writes.sizeBytes);
    await super.commit(version, writes);
  }
}

const newCommitter = (engine: NotingEngine) =>
  new Committer(engine, { committed: () => {}, oldestSnapshot: () => 1 as CommitVersion });

/** A transaction that appends a byte to each key. */
function appending(...keys: readonly string[]): TransactionWrites {
  const writes = new TransactionWrites(0 as CommitVersion);
  for (const key of keys) {
    writes.change(key as KeyText, { type: "append_if_fits", operand: Uint8Array.of(1) });
  }
  return writes;
}

function request(writes: TransactionWrites) {
  return {
    reads: new ReadSet(),
    writes,
    since: 1 as CommitVersion,
    signal: undefined,
    priority: "default" as const,
  };
}

const large = valueSizeBytesMax - 10;
const names = Array.from({ length: 250 }, (_, index) => `k${index}`);

/** An engine whose 250 values are nearly as large as may be: more than two groups. */
async function filled(): Promise<NotingEngine> {
  const engine = new NotingEngine();
  const rows = new WriteSet();
  for (const name of names) rows.set(name as KeyText, new Uint8Array(large));
  await engine.commit(1 as CommitVersion, rows);
  engine.groupBytes.length = 0;
  return engine;
}

test("a group is no larger for values that grow by a byte each", async () => {
  const engine = await filled();
  const committer = newCommitter(engine);
  const versions = await Promise.all(
    names.map((name) => committer.commit(request(appending(name)))),
  );
  expect(versions).toEqual(names.map((_, index) => index + 2));
  expect(engine.groupBytes.length).toBeGreaterThan(2);
  expect(Math.max(...engine.groupBytes)).toBeLessThanOrEqual(transactionSizeBytesMax);
  const snapshot = engine.snapshot();
  for (const name of names) {
    expect((await snapshot.get(name as KeyText))?.length).toBe(large + 1);
  }
});

test("no more is read at once than about a group", async () => {
  const engine = await filled();
  const { values, count, tooLarge } = await readPriorValues(
    engine,
    names.map((name) => appending(name)),
  );
  const bytes = [...values.values()].reduce((sum, value) => sum + value!.length, 0);
  expect(bytes).toBeLessThan(transactionSizeBytesMax + 2 * valueSizeBytesMax);
  expect(count).toBe(values.size);
  expect(tooLarge.size).toBe(0);
  const whole = appending(...names);
  const one = await readPriorValues(engine, [whole]);
  expect(one.count).toBe(1);
  expect(one.tooLarge).toEqual(new Set([whole]));
  expect(engine.snapshotsHeld).toBe(0);
});

test("where values can't be read those who change some are told, and others commit", async () => {
  const engine = await filled();
  const committer = newCommitter(engine);
  engine.isBroken = true;
  const setting = new TransactionWrites(0 as CommitVersion);
  setting.set("other" as KeyText, Uint8Array.of(1));
  const results = await Promise.allSettled([
    committer.commit(request(appending("k1"))),
    committer.commit(request(setting)),
  ]);
  expect(results[0]).toMatchObject({ status: "rejected", reason: { code: "overloaded" } });
  expect(results[1]).toMatchObject({ status: "fulfilled", value: 2 });
  engine.isBroken = false;
  expect(await committer.commit(request(appending("k1")))).toBe(3);
  expect(engine.snapshotsHeld).toBe(0);
});

test("what one of a group declares as written touches what others of it read", () => {
  const group = new WriteSet();
  const declared = new TransactionWrites(0 as CommitVersion);
  declared.known.declareSpan({ start: "b" as KeyText, end: "d" as KeyText });
  declared.addTo(group, 1 as CommitVersion, new Map());
  const reads = (start: string, end: string | null) => {
    const set = new ReadSet();
    if (end === null) set.addPoint(start as KeyText);
    else set.addSpan(start as KeyText, end as KeyText);
    return set;
  };
  expect(reads("c", null).isTouchedBy(group)).toBe(true);
  expect(reads("d", null).isTouchedBy(group)).toBe(false);
  expect(reads("a", "bb").isTouchedBy(group)).toBe(true);
  expect(reads("d", "e").isTouchedBy(group)).toBe(false);
});
