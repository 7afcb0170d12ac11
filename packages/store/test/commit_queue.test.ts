// The order in which commits have their turn: against a naive model, and that nobody waits for ever.

import { batchGroupsMax, type CommitVersion, type Priority } from "@holdfast/store";
import fc from "fast-check";
import { expect, test } from "vitest";
import { batchSizeBytesMax, batchTransactionsMax, CommitQueue } from "../src/commit_queue.ts";
import { Committer } from "../src/committer.ts";
import { MemoryEngine } from "../src/drivers/memory/memory_engine.ts";
import type { KeyText } from "../src/key.ts";
import { ReadSet } from "../src/read_set.ts";
import { TransactionWrites } from "../src/transaction_writes.ts";

interface Item {
  readonly number: number;
  readonly priority: Priority;
  readonly sizeBytes: number;
}

const order: readonly Priority[] = ["immediate", "default", "batch"];

/** All that wait, sorted anew each time. */
class NaiveQueue {
  items: Item[] = [];
  passes = 0;

  candidates(countMax: number): Item[] {
    const of = (priority: Priority) => this.items.filter((item) => item.priority === priority);
    const batch: Item[] = [];
    for (const item of of("batch")) {
      const sizeBytes = batch.reduce((sum, each) => sum + each.sizeBytes, item.sizeBytes);
      const isFull = sizeBytes > batchSizeBytesMax || batch.length >= batchTransactionsMax;
      if (batch.length > 0 && isFull) break;
      batch.push(item);
    }
    const urgent = [...of("immediate"), ...of("default")].slice(0, countMax);
    const first = this.passes >= batchGroupsMax ? batch.splice(0, 1) : [];
    return [...first, ...urgent, ...batch].slice(0, countMax);
  }

  take(taken: readonly Item[]): void {
    const waits = this.items.some(({ priority }) => priority === "batch");
    const isPass = waits && taken.every(({ priority }) => priority !== "batch");
    if (taken.length > 0) this.passes = isPass ? this.passes + 1 : 0;
    this.items = this.items.filter((item) => !taken.includes(item));
  }
}

const step = fc.oneof(
  fc.record({
    type: fc.constant("push" as const),
    priority: fc.constantFrom(...order),
    sizeBytes: fc.constantFrom(10, 300_000, 600_000, 2_000_000),
    count: fc.constantFrom(1, 2, 150),
  }),
  fc.record({ type: fc.constant("group" as const), countMax: fc.nat(200), share: fc.nat(100) }),
  fc.record({
    type: fc.constant("starve" as const),
    groups: fc.constantFrom(3, batchGroupsMax + 2),
  }),
  fc.record({ type: fc.constant("remove" as const), every: fc.integer({ min: 2, max: 5 }) }),
);

test("CQ1, CQ2: groups are those of a naive queue", () => {
  let aged = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const queue = new CommitQueue<Item>();
      const naive = new NaiveQueue();
      let number = 0;
      const push = (priority: Priority, sizeBytes: number) => {
        number += 1;
        const item = { number, priority, sizeBytes };
        queue.push(item);
        naive.items.push(item);
      };
      const group = (countMax: number, part: number) => {
        const candidates = queue.candidates(countMax);
        expect(candidates).toEqual(naive.candidates(countMax));
        const othersWait = naive.items.some((item) => item.priority !== "batch");
        if (candidates[0]?.priority === "batch" && othersWait) aged += 1;
        const taken = candidates.slice(0, Math.ceil(candidates.length * part));
        queue.take(taken);
        naive.take(taken);
      };
      for (const each of steps) {
        if (each.type === "push") {
          for (let left = each.count; left > 0; left -= 1) push(each.priority, each.sizeBytes);
        } else if (each.type === "group") group(each.countMax, each.share / 100);
        else if (each.type === "remove") {
          const removed = new Set(naive.items.filter((item) => item.number % each.every === 0));
          queue.remove(removed);
          naive.items = naive.items.filter((item) => !removed.has(item));
        } else {
          for (let left = each.groups; left > 0; left -= 1) {
            push("default", 10);
            push("default", 10);
            group(1, 1);
          }
        }
        expect(queue.size).toBe(naive.items.length);
      }
    }),
    { seed: 7, numRuns: 300 },
  );
  expect(aged).toBeGreaterThan(20);
});

function writing(key: string, priority: Priority, sizeBytes = 1) {
  const writes = new TransactionWrites(0 as CommitVersion);
  for (let left = sizeBytes, part = 0; left > 0; left -= 90_000, part += 1) {
    writes.set(`${key}/${part}` as KeyText, new Uint8Array(Math.min(left, 90_000)));
  }
  return { reads: new ReadSet(), writes, since: 0 as CommitVersion, signal: undefined, priority };
}

const newCommitter = (engine: MemoryEngine) =>
  new Committer(engine, { committed: () => {}, oldestSnapshot: () => 0 as CommitVersion });

test("CQ2: whoever can wait commits under a load that fills each group", async () => {
  const engine = Object.assign(new MemoryEngine(), { groupSizeBytesMax: 10_000 });
  const committer = newCommitter(engine);
  let groups = 0;
  const commit = engine.commit.bind(engine);
  engine.commit = async (...group) => {
    groups += 1;
    await commit(...group);
  };
  let isOver = false;
  const load = async (name: number) => {
    while (!isOver && groups < 100)
      await committer.commit(writing(`load${name}`, "default", 4_000));
  };
  const loads = Array.from({ length: 4 }, (_, name) => load(name));
  const before = groups;
  await committer.commit(writing("patient", "batch", 5_000));
  expect(groups - before).toBeGreaterThan(batchGroupsMax / 2);
  expect(groups - before).toBeLessThanOrEqual(batchGroupsMax + 3);
  isOver = true;
  await Promise.all(loads);
});

test("of two in a group that conflict, the one of the higher priority commits", async () => {
  const committer = newCommitter(new MemoryEngine());
  const changing = (priority: Priority) => {
    const request = writing("key", priority);
    request.reads.addPoint("key/0" as KeyText);
    return committer.commit(request);
  };
  const outcomes = await Promise.all([
    changing("batch"),
    changing("default"),
    changing("immediate"),
    changing("default"),
  ]);
  expect(outcomes).toEqual(["conflict", "conflict", 1, "conflict"]);
});
