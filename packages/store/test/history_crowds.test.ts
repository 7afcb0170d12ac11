// Histories under crowds and changed limits: what many write to one key at once, what a
// smaller limit throws away, and what a failure leaves.

import type { NodeId } from "@holdfast/consensus";
import { membershipOf } from "@holdfast/consensus";
import { HoldfastError } from "@holdfast/std";
import { allKeys, type CommitVersion, memoryStore } from "@holdfast/store";
import { memoryRows, openRaftStore, type RaftStore } from "@holdfast/store/raft";
import { MemoryDisk, MemoryNetwork } from "@holdfast/world";
import { expect, onTestFinished, test } from "vitest";
import { type CommitRecord, encodeCommits } from "../src/commit_record.ts";
import { Committer } from "../src/committer.ts";
import { MemoryEngine } from "../src/drivers/memory/memory_engine.ts";
import { encodeCommand } from "../src/drivers/raft/command.ts";
import type { Engine } from "../src/engine.ts";
import { HistoryEngine } from "../src/history/history_engine.ts";
import { historyLimits } from "../src/history/history_keeper.ts";
import {
  decodeState,
  historyIdentitySizeBytes,
  recordsSpan,
  stateKey,
} from "../src/history/history_record.ts";
import type { KeyText } from "../src/key.ts";
import { ReadSet } from "../src/read_set.ts";
import { TransactionWrites } from "../src/transaction_writes.ts";
import { TransactionalStore } from "../src/transactional_store.ts";
import { WriteSet } from "../src/write_set.ts";
import { world } from "./drivers.ts";

const hot = Uint8Array.of(1);
const beginning = 0 as CommitVersion;
const sizeBytes = 90_000;

/** Nodes of which each has a history or not; the first of them leads first. */
async function openNodes(histories: readonly boolean[]): Promise<readonly RaftStore[]> {
  const network = new MemoryNetwork();
  const ids = histories.map((_, index) => `n${index}` as NodeId);
  const stores = await Promise.all(
    ids.map(async (node, index) => {
      const own = { ...world, network, disk: new MemoryDisk() };
      return openRaftStore({
        ...{ world: own, node, cluster: "test", bootstrap: membershipOf(ids), folder: "log" },
        timing: { electionMs: index === 0 ? 50 : 60_000, heartbeatMs: 10, leaseMs: null },
        addressOf: (id) => id,
        listener: await network.listen(node),
        openRows: memoryRows({ world: own, folder: "rows" }),
        ...(histories[index] ? { history: { keepBytes: 50_000_000 } } : {}),
      });
    }),
  );
  onTestFinished(async () => {
    await Promise.all(stores.map((store) => store.close()));
  });
  return stores;
}

test("ST18, ST20: what many write to one key at once is all told", async () => {
  const store = memoryStore({ world, history: { keepBytes: 50_000_000 } });
  const count = 70; // one record holds about 50 such
  const versions = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      store.write((writes) => writes.set(hot, new Uint8Array(sizeBytes).fill(index))),
    ),
  );
  const told = await store.changes(allKeys, 60 as CommitVersion, { limitChanges: 100 });
  expect(told.changes.map(({ version }) => version)).toEqual(versions.slice(60));
  expect((await store.asOf(versions[2]!, (rows) => rows.get(hot)))?.[0]).toBe(2);
  await store.close();
});

test("a crowd at one key of a cluster with a history is agreed upon, and so is what comes after it", async () => {
  const [store] = await openNodes([true]);
  // Once somebody leads, all of them are there at once.
  await store!.write((writes) => writes.set(hot, hot));
  const count = 200; // 18 MB, and a command has at most 16 MiB
  const versions = await Promise.all(
    Array.from({ length: count }, () =>
      store!.write((writes) => writes.set(hot, new Uint8Array(sizeBytes))),
    ),
  );
  expect(new Set(versions).size).toBe(count);
  await store!.write((writes) => writes.set(hot, hot));
  expect(await store!.get(hot)).toEqual(hot);
});

const groupSizeBytesMax = 50_000;

/** An engine that says it keeps a history, the groups that it is given, and what it fails with first. */
function groupsEngine() {
  const rows = new MemoryEngine();
  const groups: (readonly CommitRecord[])[] = [];
  const failures: HoldfastError[] = [];
  const engine: Engine = {
    capabilities: { ...rows.capabilities, history: true },
    groupSizeBytesMax,
    get version() {
      return rows.version;
    },
    snapshot: () => rows.snapshot(),
    commit: async (version, writes, commits) => {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      groups.push(commits);
      await rows.commit(version, writes);
    },
    close: () => rows.close(),
  };
  return { engine, groups, failures };
}

const newCommitter = (engine: Engine) =>
  new Committer(engine, { committed: () => {}, oldestSnapshot: () => beginning });

function requestOf(fill: (writes: TransactionWrites) => void) {
  const writes = new TransactionWrites(beginning);
  fill(writes);
  const priority = "default" as const;
  return { reads: new ReadSet(), writes, since: beginning, signal: undefined, priority };
}

test("where a history is kept, a group is bounded by what its commits write one by one, grown values too", async () => {
  const { engine, groups } = groupsEngine();
  const committer = newCommitter(engine);
  const append = requestOf((writes) =>
    writes.change("log" as KeyText, { type: "append_if_fits", operand: new Uint8Array(1_000) }),
  );
  await Promise.all(Array.from({ length: 45 }, () => committer.commit(append)));
  const small = requestOf((writes) => writes.set("k" as KeyText, hot));
  // Two bytes each, and several times that where it is kept.
  const crowd = 10_000;
  await Promise.all(Array.from({ length: crowd }, () => committer.commit(small)));
  expect(groups.flat()).toHaveLength(45 + crowd);
  for (const commits of groups) {
    const carried = encodeCommits(commits).reduce((sum, { length }) => sum + length, 0);
    expect(carried).toBeLessThanOrEqual(groupSizeBytesMax);
  }
});

test("C2: a group that is refused as too large is the only one", async () => {
  const { engine, failures } = groupsEngine();
  const committer = newCommitter(engine);
  const one = requestOf((writes) => writes.set("k" as KeyText, hot));
  failures.push(new HoldfastError("too_large", "a command"));
  await expect(committer.commit(one)).rejects.toMatchObject({ code: "too_large" });
  expect(await committer.commit(one)).toBe(2);
});

test("ST18, ST19: behind writes that a node without history added up, the history begins anew", async () => {
  const [leader, follower] = await openNodes([true, false, false]);
  await leader!.write((writes) => writes.set(Uint8Array.of(0), hot));
  const before = await leader!.changes(allKeys, beginning, { limitChanges: 10 });
  expect(before.changes).toHaveLength(1);
  const versions = await Promise.all(
    [1, 2, 3].map((byte) => follower!.write((writes) => writes.set(hot, Uint8Array.of(byte)))),
  );
  const last = Math.max(...versions) as CommitVersion;
  for (const version of [before.version, ...versions].filter((each) => each < last)) {
    const told = leader!.changes(allKeys, version, { limitChanges: 10 });
    await expect(told).rejects.toMatchObject({ code: "too_old" });
    await expect(leader!.asOf(version, () => 1)).rejects.toMatchObject({ code: "too_old" });
  }
  expect(await leader!.asOf(last, (rows) => rows.get(hot))).toEqual(Uint8Array.of(3));
  // One by itself is told, whoever it comes from.
  const version = await follower!.write((writes) => writes.set(hot, Uint8Array.of(4)));
  const { changes } = await leader!.changes(allKeys, last, { limitChanges: 10 });
  expect(changes.map((change) => change.version)).toEqual([version]);
});

/** Of the history in `engine`: its state's bytes, and its pieces. */
async function historyIn(engine: Engine) {
  const snapshot = engine.snapshot();
  const state = decodeState((await snapshot.get(stateKey))!);
  const pieces = await snapshot.range(recordsSpan.start, recordsSpan.end, 100_000, false);
  snapshot.release();
  const found = pieces.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
  expect(state.sizeBytes).toBe(found);
  return { sizeBytes: found, pieces: pieces.length };
}

test("H3, H4: what a smaller limit throws away goes in steps, and ever fewer are left", async () => {
  const engine = new MemoryEngine();
  const open = (keepBytes: number) =>
    new TransactionalStore(world, new HistoryEngine(engine, world, { keepBytes }));
  const put = (store: TransactionalStore, bytes: number) =>
    store.write((writes) => writes.set(hot, new Uint8Array(bytes)));
  const large = open(10_000_000);
  for (let count = 0; count < 2_000; count += 1) await put(large, 1);
  const keepBytes = 20_000;
  const small = open(keepBytes);
  let before = await historyIn(engine);
  let commits = 0;
  for (; before.sizeBytes > keepBytes; commits += 1) {
    await put(small, 1);
    const after = await historyIn(engine);
    expect(before.pieces - after.pieces).toBeLessThanOrEqual(256);
    expect(after.pieces).toBeLessThan(before.pieces);
    before = after;
  }
  expect(commits).toBeGreaterThan(4);
});

test("H3: where many small ones go for a few large ones, it has at most twice its limit", async () => {
  const engine = new MemoryEngine();
  const keepBytes = 250_000;
  const options = { keepBytes };
  const store = new TransactionalStore(world, new HistoryEngine(engine, world, options));
  const put = (bytes: number) => store.write((writes) => writes.set(hot, new Uint8Array(bytes)));
  for (let count = 0; count < 4_000; count += 1) await put(1);
  let most = 0;
  for (let count = 0; count < 12; count += 1) {
    await put(90_000);
    most = Math.max(most, (await historyIn(engine)).sizeBytes);
  }
  expect(most).toBeGreaterThan(keepBytes);
  expect(most).toBeLessThanOrEqual(2 * keepBytes);
  await put(1);
  expect((await historyIn(engine)).sizeBytes).toBeLessThanOrEqual(keepBytes);
});

test("HK1: a group that could not be recorded leaves nothing to those after it", async () => {
  const rowsAfter = async (fails: boolean) => {
    const engine = new MemoryEngine();
    const random = { ...world.random, bytes: () => new Uint8Array(historyIdentitySizeBytes) };
    const clock = { ...world.clock, wall: () => 1_000 };
    const options = { keepBytes: 200 };
    const history = new HistoryEngine(engine, { clock, random }, options);
    for (let at = 1; at <= 12; at += 1) {
      const version = at as CommitVersion;
      const writes = new WriteSet();
      writes.set("k" as KeyText, Uint8Array.of(at));
      const group = () => history.commit(version, writes, [{ version, writes }], []);
      if (fails && at === 10) {
        const taken = engine.snapshot.bind(engine);
        engine.snapshot = () => {
          const snapshot = taken();
          snapshot.range = () => Promise.reject(new HoldfastError("disk_full", "a read"));
          return snapshot;
        };
        const other = new WriteSet();
        other.set("k" as KeyText, Uint8Array.of(99));
        const lost = history.commit(version, other, [{ version, writes: other }], []);
        await expect(lost).rejects.toMatchObject({ code: "disk_full" });
        engine.snapshot = taken;
      }
      await group();
    }
    return engine.snapshot().range("\xff" as KeyText, "\xffz" as KeyText, 1_000, false);
  };
  expect(await rowsAfter(true)).toEqual(await rowsAfter(false));
});

test("the longest time that a history can be kept fits into a command", () => {
  const limits = historyLimits({ keepMs: Number.MAX_SAFE_INTEGER - 1 });
  const identity = new Uint8Array(historyIdentitySizeBytes);
  const recorded = { ...limits, identity, wallMs: 1, commits: [] };
  const command = { version: 1 as CommitVersion, writes: new WriteSet(), tokens: [], recorded };
  expect(encodeCommand(command).length).toBeGreaterThan(0);
  expect(() => historyLimits({ keepMs: Number.MAX_SAFE_INTEGER })).toThrow(/at most/);
});
