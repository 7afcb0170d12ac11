// A backup of a cluster, from a node that does not lead, while all of it writes.

import { membershipOf, type NodeId } from "@holdfast/consensus";
import { decodeUtf8, encodeUtf8 } from "@holdfast/std";
import {
  type CommitVersion,
  type HistoryOptions,
  openMemoryStore,
  type Store,
} from "@holdfast/store";
import { keepBackup, restoreMemoryStore, streamBackup } from "@holdfast/store/backup";
import { lmdbRows } from "@holdfast/store/lmdb";
import { memoryRows, openRaftStore, type RaftStore } from "@holdfast/store/raft";
import { MemoryDisk, MemoryNetwork, type World } from "@holdfast/world";
import { nodeWorld } from "@holdfast/world/node";
import { expect, onTestFinished, test } from "vitest";
import { newFolder } from "./drivers.ts";

const ids = ["a", "b", "c"] as NodeId[];
const timing = { electionMs: 300, heartbeatMs: 50, leaseMs: null };
const accounts = 40;
const total = accounts * 100;
const keyOf = (account: number) => encodeUtf8(`account/${String(account).padStart(3, "0")}`);
const range = { start: encodeUtf8("account/"), end: encodeUtf8("account0") };

async function openCluster(history?: HistoryOptions): Promise<readonly RaftStore[]> {
  const network = new MemoryNetwork();
  const folder = await newFolder();
  const stores = await Promise.all(
    ids.map(async (node) => {
      const world: World = { ...nodeWorld(), disk: new MemoryDisk(), network };
      const inLmdb = lmdbRows({ world: { ...nodeWorld(), network }, folder: `${folder}/${node}` });
      return openRaftStore({
        ...{ world, node, cluster: "test", timing, bootstrap: membershipOf(ids) },
        addressOf: (other) => other,
        listener: await network.listen(node),
        folder: "log",
        openRows: node === "a" ? memoryRows({ world, folder: "rows" }) : inLmdb,
        ...(history === undefined ? {} : { history }),
      });
    }),
  );
  onTestFinished(async () => {
    await Promise.all(stores.map((store) => store.close()));
  });
  return stores;
}

async function sumOf(store: Store): Promise<number> {
  const rows = await store.read((tx) => tx.range(range, { limitRows: 1_000 }));
  return rows.reduce((sum, { value }) => sum + Number(decodeUtf8(value)), 0);
}

test("BK1: a backup of any node is of one version, with all that was acknowledged before, whatever is written meanwhile", async () => {
  const stores = await openCluster();
  await stores[0]!.transact((tx) => {
    for (let account = 0; account < accounts; account += 1)
      tx.set(keyOf(account), encodeUtf8("100"));
  });
  let moved = 0;
  const move = async (store: RaftStore): Promise<void> => {
    const [from, to] = [moved % accounts, (moved * 7 + 3) % accounts];
    moved += 1;
    await store.transact(async (tx) => {
      for (const [account, change] of [
        [from, -1],
        [to, 1],
      ] as const) {
        const before = Number(decodeUtf8((await tx.get(keyOf(account)))!));
        tx.set(keyOf(account), encodeUtf8(String(before + change)));
      }
    });
  };
  for (const [index, store] of stores.entries()) {
    const mark = encodeUtf8(`mark/${index}`);
    const { version: marked } = await stores[(index + 1) % 3]!.transact((tx) => tx.set(mark, mark));
    const disk = new MemoryDisk();
    const world = { ...nodeWorld(), disk };
    const kept = await keepBackup({ disk, folder: "backups" }, (sink) =>
      streamBackup(store, { world, base: null }, async (bytes) => {
        await sink(bytes);
        await Promise.all(stores.map(move));
      }),
    );
    expect(kept.version).toBeGreaterThanOrEqual(marked);
    expect(stores[0]!.status.version).toBeGreaterThan(kept.version);
    const backups = { disk, folder: "backups" };
    await restoreMemoryStore({ world, folder: "alone", backups, version: null, replace: false });
    const alone = await openMemoryStore({ world, folder: "alone" });
    expect(await sumOf(alone)).toBe(total);
    expect(await alone.get(mark)).toEqual(mark);
    expect(await alone.read((tx) => tx.version)).toBe(kept.version);
    await alone.close();
  }
});

test("BK6, ST26: backups of whichever nodes build upon each other, also when the leader is gone, and restore every version", async () => {
  const stores = await openCluster({});
  const disk = new MemoryDisk();
  const world = { ...nodeWorld(), disk };
  const backups = { disk, folder: "backups" };
  const made: string[] = [];
  const sums = new Map<CommitVersion, string>();
  const back = async (store: RaftStore) => {
    const { head } = await keepBackup(backups, (sink, base) =>
      streamBackup(store, { world, base }, sink),
    );
    made.push(head.contents);
  };
  const write = async (store: RaftStore, value: string) => {
    sums.set(await store.write((writes) => writes.set(keyOf(0), encodeUtf8(value))), value);
  };
  for (const [index, store] of stores.entries()) {
    await write(store, `${index}`);
    await write(stores[(index + 1) % 3]!, `${index} and more`);
    await back(store);
  }
  const { leader } = stores[0]!.status.raft;
  const left = stores.filter((_, index) => ids[index] !== leader);
  await stores[ids.indexOf(leader!)]!.close();
  for (const store of left) {
    await write(store, "after the leader");
    await back(store);
  }
  expect(made).toEqual(["rows", "commits", "commits", "commits", "commits"]);
  for (const [version, value] of [...sums].slice(1)) {
    const folder = `as of ${version}`;
    await restoreMemoryStore({ world, folder, backups, version, replace: false });
    const alone = await openMemoryStore({ world, folder });
    expect(decodeUtf8((await alone.get(keyOf(0)))!)).toBe(value);
    await alone.close();
  }
});

test("ST20: a crowd that commits at once is told, though one record would not take all of it", async () => {
  const stores = await openCluster({});
  await stores[0]!.write((writes) => writes.set(keyOf(99), keyOf(99)));
  const store = stores[ids.indexOf(stores[0]!.status.raft.leader!)]!;
  const value = new Uint8Array(90_000);
  const versions = await Promise.all(
    Array.from({ length: 80 }, (_, account) =>
      store.transact((tx) => tx.set(keyOf(account), value)).then(({ version }) => version),
    ),
  );
  const told: CommitVersion[] = [];
  for (let since = 1 as CommitVersion; told.length < 80; ) {
    const page = await store.changes(range, since, { limitChanges: 80 });
    told.push(...page.changes.map(({ version }) => version));
    since = page.version;
  }
  expect(told).toEqual(versions.sort((left, right) => left - right));
});

test("closing a node ends what is held of it", async () => {
  const [node] = await openCluster();
  let ended: Promise<void> | undefined;
  await new Promise<void>((resolve) => {
    const held = node!.hold(() => {
      resolve();
      return new Promise<never>(() => {});
    });
    ended = expect(held).rejects.toMatchObject({ code: "closed" });
  });
  await node!.close();
  await ended;
  await expect(node!.hold(async () => undefined)).rejects.toMatchObject({ code: "closed" });
});
