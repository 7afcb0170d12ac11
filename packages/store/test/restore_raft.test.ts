// A cluster that begins with a backup: one node has it, and no other leads before it has it too.

import { founding, membershipOf, type NodeId, ReplicaDisk } from "@holdfast/consensus";
import { decodeUtf8, encodeUtf8, isHoldfastError } from "@holdfast/std";
import { type CommitVersion, openMemoryStore } from "@holdfast/store";
import { keepBackup, streamBackup } from "@holdfast/store/backup";
import { memoryRows, openRaftStore, type RaftStore, restoreRaft } from "@holdfast/store/raft";
import { MemoryDisk, MemoryNetwork, type World } from "@holdfast/world";
import { nodeWorld } from "@holdfast/world/node";
import { expect, onTestFinished, test } from "vitest";

const [a, b, c] = ["a", "b", "c"] as [NodeId, NodeId, NodeId];
const membership = membershipOf([a, b, c]);
const timing = { electionMs: 150, heartbeatMs: 30, leaseMs: null };
const cluster = "new~1";
const mark = encodeUtf8("epoch");

/** A disk that holds a backup of `rows`. */
async function backedUp(rows: Readonly<Record<string, string>>): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const world = { ...nodeWorld(), disk };
  const store = await openMemoryStore({ world, folder: "source" });
  for (const [key, value] of Object.entries(rows)) {
    await store.transact((tx) => tx.set(encodeUtf8(key), encodeUtf8(value)));
  }
  await keepBackup({ disk, folder: "backups" }, (sink) =>
    streamBackup(store, { world, base: null }, sink),
  );
  await store.close();
  return disk;
}

function restoreOn(disk: MemoryDisk, node = a) {
  const world = { ...nodeWorld(), disk };
  return restoreRaft({
    ...{ disk, node, cluster, membership, folder: "log" },
    backups: { disk, folder: "backups" },
    version: null,
    openRows: memoryRows({ world, folder: "rows" }),
    amend: async (get) => {
      const before = await get(encodeUtf8("k0"));
      return before === null ? [] : [{ key: mark, value: before }];
    },
  });
}

/** Opens nodes that know of nobody, but for the one whose disk was restored. */
function opener() {
  const network = new MemoryNetwork();
  const open = async (node: NodeId, disk: MemoryDisk): Promise<RaftStore> => {
    const world: World = { ...nodeWorld(), disk, network };
    const store = await openRaftStore({
      ...{ world, node, cluster, timing, bootstrap: null, folder: "log" },
      addressOf: (other) => other,
      listener: await network.listen(node),
      openRows: memoryRows({ world, folder: "rows" }),
    });
    onTestFinished(() => store.close());
    return store;
  };
  return open;
}

const rows = Object.fromEntries(
  Array.from({ length: 50 }, (_, index) => [`k${index}`, `${index}`]),
);

/** Does `ask` until somebody leads. */
async function served<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isHoldfastError(error, "unavailable")) throw error;
    }
  }
}

async function expectRows(store: RaftStore): Promise<void> {
  const range = { start: encodeUtf8("k"), end: encodeUtf8("l") };
  const found = await served(() => store.read((tx) => tx.range(range, { limitRows: 1_000 })));
  const pairs = found.map(({ key, value }) => [decodeUtf8(key), decodeUtf8(value)]);
  expect(Object.fromEntries(pairs)).toEqual(rows);
  expect(await served(() => store.get(mark))).toEqual(encodeUtf8("0"));
}

test("the log begins after the state, with all to decide and none before", async () => {
  const disk = await backedUp(rows);
  expect(await restoreOn(disk)).toMatchObject({ version: 50 });
  const log = await ReplicaDisk.open({
    ...{ disk, folder: "log", id: a, cluster, bootstrap: null, applied: founding.index },
  });
  expect(log.saved).toEqual({
    hard: { term: 1, vote: null },
    base: { ...founding, membership },
    snapshot: { ...founding, membership, name: "1" },
    ...{ entries: [], partial: null, unsure: null },
  });
  await log.close();
});

test("whoever leads has what the backup held, also when the node that had it first is gone", async () => {
  const disk = await backedUp(rows);
  await restoreOn(disk);
  const open = opener();
  const [second, third] = [await open(b, new MemoryDisk()), await open(c, new MemoryDisk())];
  // Two of three, and neither knows that: nobody asks for votes.
  await new Promise((resolve) => setTimeout(resolve, timing.electionMs * 4));
  for (const { status } of [second, third]) {
    expect(status.raft).toMatchObject({ role: "follower", hard: { term: 0 }, leader: null });
  }
  const first = await open(a, disk);
  await expectRows(first);
  const { version } = await first.transact((tx) => tx.set(encodeUtf8("later"), mark));
  expect(version).toBeGreaterThan(51);
  await expectRows(second);
  await expectRows(third);
  await first.close();
  await expectRows(third);
  await expectRows(second);
  expect(await served(() => second.get(encodeUtf8("later")))).toEqual(mark);
}, 20_000);

test("a backup of nothing begins a cluster with nothing", async () => {
  const disk = await backedUp({});
  expect(await restoreOn(disk)).toMatchObject({ version: 0 });
  const open = opener();
  await open(b, new MemoryDisk());
  const first = await open(a, disk);
  expect(await served(() => first.get(mark))).toBeNull();
  expect((await first.transact((tx) => tx.set(mark, mark))).version).toBeGreaterThan(0);
}, 20_000);

test("it takes rows and a log that are empty, of a node that decides, and is else refused", async () => {
  const disk = await backedUp(rows);
  await expect(restoreOn(disk, "z" as NodeId)).rejects.toMatchObject({ code: "invalid_argument" });
  await expect(restoreOn(disk)).rejects.toMatchObject({ code: "invalid_argument" });
  const other = await backedUp(rows);
  const world = { ...nodeWorld(), disk: other };
  const absent = restoreRaft({
    ...{ disk: other, node: a, cluster, membership, folder: "log" },
    backups: { disk: other, folder: "backups" },
    version: 7_000 as CommitVersion,
    openRows: memoryRows({ world, folder: "rows" }),
  });
  await expect(absent).rejects.toMatchObject({ code: "not_found" });
  expect(await restoreOn(other)).toMatchObject({ version: 50 });
});
