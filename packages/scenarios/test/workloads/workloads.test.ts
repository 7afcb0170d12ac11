// Every driver of the store, put through every history workload, with crashes where anything
// stays. LMDB, whose process is really killed: ../torture/store.test.ts.
// More of it: HOLDFAST_WORKLOAD_SEEDS=100; one seed of it again: HOLDFAST_SEED=17.

import { simulate } from "@holdfast/sim";
import { memoryStore, type Snapshot, type Store, type Transaction } from "@holdfast/store";
import { ConformanceError } from "@holdfast/store/conformance";
import { nodeWorld } from "@holdfast/world/node";
import { describe, expect, test } from "vitest";
import { runWorkload, type WorkBench, workloads } from "../../src/workloads/index.ts";
import { type Layout, SimulatedBench } from "./simulated_bench.ts";

const seeds = Number(process.env.HOLDFAST_WORKLOAD_SEEDS ?? 1);
const layouts: Readonly<Record<string, Layout>> = {
  "memory log": { servers: 1, isRemote: false },
  raft: { servers: 3, isRemote: false },
  "remote, of one server": { servers: 1, isRemote: true },
  "remote, of a cluster": { servers: 3, isRemote: true },
};

/** A store of this process, in which nothing breaks. */
class CalmBench implements WorkBench {
  readonly #store: Store;
  readonly #think = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  constructor(store: Store) {
    this.#store = store;
  }

  trouble(work: Parameters<WorkBench["trouble"]>[0]): Promise<void> {
    return work({ store: this.#store, think: this.#think });
  }

  calm(work: Parameters<WorkBench["calm"]>[0]): Promise<void> {
    return this.trouble(work);
  }
}

let unanswered = 0;

describe.each(workloads)("ST4: a history of $name", (workload) => {
  test("on the memory driver", async () => {
    const bench = new CalmBench(memoryStore({ world: nodeWorld() }));
    const counts = await runWorkload(bench, workload, { seed: 1, workers: 8, calls: 40 });
    expect(counts.ok).toBeGreaterThan(100);
  });

  test.each(Object.entries(layouts))("on the driver: %s, over crashes", async (name, layout) => {
    const sums = { openings: 0, ok: 0, fail: 0, info: 0 };
    await simulate({ seeds }, async (simulation) => {
      const bench = new SimulatedBench(simulation, layout);
      const { seed } = simulation;
      const counts = await runWorkload(bench, workload, { seed, workers: 3, calls: 40 });
      for (const sum of Object.keys(sums) as (keyof typeof sums)[]) sums[sum] += counts[sum];
    });
    if (process.env.HOLDFAST_WORKLOAD_SEEDS !== undefined) console.log(workload.name, name, sums);
    if (process.env.HOLDFAST_SEED !== undefined) return;
    expect(sums.openings).toBeGreaterThan(seeds);
    expect(sums.ok).toBeGreaterThan(seeds * 50);
    unanswered += sums.info;
  });

  test("is refused where reads are not held against what others write", async () => {
    const bench = new CalmBench(withoutConflicts(memoryStore({ world: nodeWorld() })));
    const done = runWorkload(bench, workload, { seed: 1, workers: 8, calls: 40 });
    await expect(done).rejects.toThrow(ConformanceError);
  });
});

test("crashes left calls unanswered", () => expect(unanswered).toBeGreaterThan(10));

/** `store` as if it offered snapshot isolation without its rule that the first committer wins. */
function withoutConflicts(store: Store): Store {
  const weak = (tx: Transaction): Transaction => {
    const { get, range }: Snapshot = tx.snapshot;
    return { ...writesOf(tx), version: tx.version, snapshot: tx.snapshot, get, range };
  };
  return {
    ...{ capabilities: store.capabilities, close: () => store.close() },
    transact: (fn, options) => store.transact((tx) => fn(weak(tx)), options),
    write: (fn, options) => store.write(fn, options),
    get: (key) => store.get(key),
    read: (fn, options) => store.read(fn, options),
    watch: (range) => store.watch(range),
  };
}

function writesOf(tx: Transaction): Omit<Transaction, keyof Snapshot | "snapshot"> {
  return {
    set: (key, value) => tx.set(key, value),
    clear: (key) => tx.clear(key),
    clearRange: (range) => tx.clearRange(range),
    mutate: (key, mutation) => tx.mutate(key, mutation),
    setStampedKey: (key, value) => tx.setStampedKey(key, value),
    setStampedValue: (key, value) => tx.setStampedValue(key, value),
    addWriteConflict: (range) => tx.addWriteConflict(range),
    addReadConflict: (range) => tx.addReadConflict(range),
  };
}
