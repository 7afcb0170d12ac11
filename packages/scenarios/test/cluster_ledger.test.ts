// What the books of the cluster scenario find out of writes of one turn that nobody was told of.

import { HoldfastError } from "@holdfast/std";
import type { CommitVersion } from "@holdfast/store";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { ClusterLedger, type Gathered } from "../src/cluster/cluster_ledger.ts";
import { placements } from "../src/cluster/found_writes.ts";
import { registerKey } from "../src/store/judged_work.ts";
import type { RecordedRun } from "../src/store/recorded_run.ts";
import { markOf } from "../src/store/store_workload.ts";

let ledger: ClusterLedger;
beforeEach(() => {
  ledger = new ClusterLedger();
});

/** A write of a register, with others that are `gathered`. */
function write(id: number, gathered: Gathered): RecordedRun {
  const base = { atMs: 0, thinkMs: 0, register: 0, expected: null } as const;
  const call = ledger.history.call({ type: "register", id, does: "write", ...base });
  const run = ledger.beginBlindly(call, gathered);
  run.steps.push({ type: "set", key: registerKey(0), value: String(id) });
  run.steps.push({ type: "set", key: markOf(id), value: "x" });
  ledger.handIn(run, undefined);
  return run;
}

/** In the end these took effect, in this order. */
function endWith(...ids: readonly number[]): void {
  const marks = [...ids]
    .sort((left, right) => left - right)
    .map((id) => [markOf(id), "x"] as const);
  const register = [registerKey(0), String(ids.at(-1))] as const;
  ledger.end({ version: ids.length as CommitVersion, rows: [...marks, register] });
}

const acknowledge = (run: RecordedRun, version: number, atMs = 0): void =>
  ledger.commit(run, version as CommitVersion, atMs);

test("ST7: what nobody was told of stands where versions are free", () => {
  const lost: Gathered = [];
  write(1, lost);
  write(2, lost);
  acknowledge(write(3, []), 3);
  expect(() => endWith(1, 2, 3)).not.toThrow();
  expect(ledger.commits.map(({ run }) => run.call.work.id)).toEqual([1, 2, 3]);
  expect(ledger.counts.found).toBe(2);
});

test("ST7: it stands behind all that had been acknowledged", () => {
  acknowledge(write(1, []), 2);
  write(2, []);
  expect(() => endWith(2, 1)).toThrow("ST7: nobody knows of versions 1; found were 1");
});

test("ST4: of two ways to place it the one counts that explains what is seen", () => {
  write(1, []);
  write(2, []);
  expect(() => endWith(2, 1)).not.toThrow();
  expect(ledger.commits.map(({ run }) => run.call.work.id)).toEqual([2, 1]);
});

test("ST6: of one commit all took effect, or none", () => {
  const group: Gathered = [];
  write(1, group);
  write(2, group);
  expect(() => endWith(2)).toThrow("ST6: of operations 1, 2, one commit, not all took effect");
});

test("ST8, ST13: what was acknowledged is there, and what failed is not", () => {
  acknowledge(write(1, []), 1);
  expect(() => endWith()).toThrow("ST8: operation 1 was acknowledged as 1, and is nowhere");
  const failed = write(2, []);
  ledger.fail(failed.call, failed, new HoldfastError("unavailable", "nobody leads"));
  expect(() => endWith(1, 2)).toThrow("ST13: operation 2 failed");
});

test("what was acknowledged by a moment is the highest version until then", () => {
  acknowledge(write(1, []), 2, 10);
  acknowledge(write(2, []), 1, 20);
  acknowledge(write(3, []), 3, 30);
  expect([9, 10, 20, 29, 30].map((atMs) => ledger.acknowledgedBy(atMs))).toEqual([0, 2, 2, 2, 3]);
});

test("each way to place groups is found once", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 4 });
  const gaps = fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 12, maxLength: 12 });
  fc.assert(
    fc.property(sizes, gaps, (lengths, steps) => {
      const groups = lengths.map((length, each) =>
        Array.from({ length }, (_, index) => write(each * 10 + index, [])),
      );
      const total = lengths.reduce((sum, length) => sum + length, 0);
      let version = 0;
      const free = steps.slice(0, total).map((step) => {
        version += step;
        return version as CommitVersion;
      });
      const found = [...placements(groups, free)].map((commits) =>
        commits.map(({ run }) => run.call.work.id).join(),
      );
      expect(found.sort()).toEqual(naive(lengths, free).sort());
    }),
    { numRuns: 50 },
  );
});

/** All orders of groups, without those that part a group. */
function naive(lengths: readonly number[], free: readonly number[]): string[] {
  return ordersOf(lengths.map((_, each) => each)).flatMap((order) => {
    let at = 0;
    const isWhole = order.every((each) => {
      const own = free.slice(at, at + lengths[each]!);
      at += lengths[each]!;
      return own.every((version, index) => version === own[0]! + index);
    });
    const ids = order.flatMap((each) =>
      Array.from({ length: lengths[each]! }, (_, index) => each * 10 + index),
    );
    return isWhole ? [ids.join()] : [];
  });
}

function ordersOf(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) =>
    ordersOf(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}
