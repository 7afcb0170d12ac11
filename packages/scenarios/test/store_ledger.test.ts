// What the books of the store scenario excuse of a disk that lies, rots and writes astray, and
// what they don't.

import type { CommitVersion } from "@holdfast/store";
import { beforeEach, expect, test } from "vitest";
import type { RecordedRun } from "../src/store/recorded_run.ts";
import { type Detection, StoreLedger } from "../src/store/store_ledger.ts";
import { markOf } from "../src/store/store_workload.ts";

let ledger: StoreLedger;

function start(detection: Partial<Detection>): void {
  const never = { liesFromMs: Infinity, straysFromMs: Infinity, rotsAtMs: [] };
  ledger = new StoreLedger({ ...never, ...detection });
  open(0, 0);
}

beforeEach(() => start({}));

/** A commit is handed in on top of `version - 1`, and nobody is told what came of it. */
function handIn(version: number, id = version): RecordedRun {
  const work = { type: "put", id, atMs: 0, thinkMs: 0, rows: [], sizeBytes: 1 } as const;
  const run = ledger.begin(ledger.history.call(work), (version - 1) as CommitVersion);
  run.steps.push({ type: "set", key: markOf(id), value: "x" });
  ledger.handIn(run, undefined);
  return run;
}

/** A commit of this version is acknowledged. Its number is its version. */
function commit(version: number, atMs: number): void {
  ledger.commit(handIn(version), version as CommitVersion, atMs);
}

/** The store is opened, and shows what it was at `version`. */
function open(version: number, atMs: number): void {
  const ids = Array.from({ length: version }, (_, index) => index + 1);
  openWith(ids, atMs);
}

/** The store is opened, and shows the commits with these numbers. */
function openWith(ids: readonly number[], atMs: number): void {
  const rows = ids.map((id) => [markOf(id), "x"] as const);
  ledger.open({ version: ids.length as CommitVersion, rows }, atMs);
}

test("an honest disk loses nothing", () => {
  commit(1, 10);
  open(1, 15);
  commit(2, 20);
  expect(() => open(1, 30)).not.toThrow();
  start({});
  commit(1, 10);
  commit(2, 20);
  expect(() => open(0, 30)).toThrow("ST14: version 1 of 10 ms is gone, with 1 more");
});

test("what syncs lied of may be gone, and no more", () => {
  start({ liesFromMs: 100 });
  commit(1, 10);
  commit(2, 150);
  commit(3, 160);
  open(1, 200);
  start({ liesFromMs: 100 });
  commit(1, 10);
  commit(2, 150);
  expect(() => open(0, 200)).toThrow("ST14: version 1 of 10 ms is gone");
});

test("a bit turns over in what the lies left", () => {
  start({ liesFromMs: 100, rotsAtMs: [180] });
  commit(1, 10);
  commit(2, 20);
  commit(3, 150);
  open(1, 200);
  start({ liesFromMs: 100, rotsAtMs: [180] });
  commit(1, 10);
  commit(2, 20);
  commit(3, 150);
  expect(() => open(0, 200)).toThrow("ST14: version 1 of 10 ms is gone");
});

test("an end that was cut off comes back where a sync lied of cutting it", () => {
  start({ liesFromMs: 100 });
  commit(1, 110);
  commit(2, 120);
  open(1, 200);
  open(2, 300);
  expect(() => open(3, 400)).toThrow("ST7: opened at 3 with 0 unacknowledged, after 2");
});

test("an end that nobody was told of is not taken for the one that was lost before", () => {
  start({ liesFromMs: 100 });
  commit(1, 110);
  commit(2, 120);
  open(1, 200);
  handIn(2, 7);
  expect(() => openWith([1, 7], 300)).not.toThrow();
});
