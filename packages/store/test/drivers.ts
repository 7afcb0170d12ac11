// The drivers that the suites run over, each in folders of its own that go away with the test.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { membershipOf, type NodeId } from "@holdfast/consensus";
import { isHoldfastError } from "@holdfast/std";
import { type HistoryOptions, memoryStore, openMemoryStore, type Store } from "@holdfast/store";
import type { Harness } from "@holdfast/store/conformance";
import { lmdbRows, openLmdbStore } from "@holdfast/store/lmdb";
import { openRaftStore, type RaftStore } from "@holdfast/store/raft";
import { MemoryNetwork, type Network, type World } from "@holdfast/world";
import { nodeWorld } from "@holdfast/world/node";
import { onTestFinished } from "vitest";
import { TransactionalStore } from "../src/transactional_store.ts";
import { LeapClock } from "./leap_clock.ts";

const clock = new LeapClock(nodeWorld().clock);

/** This machine, with a clock that can leap. */
export const world: World = { ...nodeWorld(), clock };

async function elapse(ms: number): Promise<void> {
  clock.leap(ms);
}

/** A new folder, removed when the test ends. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-store-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function inFolders(open: (folder: string) => Promise<Store>): Harness {
  const folders = new WeakMap<Store, string>();
  const openIn = async (folder: string) => {
    const store = await open(folder);
    folders.set(store, folder);
    return store;
  };
  return {
    elapse,
    open: async () => openIn(await newFolder()),
    reopen: async (store) => {
      await store.close();
      return openIn(folders.get(store)!);
    },
  };
}

const timing = { electionMs: 150, heartbeatMs: 30, leaseMs: null };
/** Of a node that hears of nobody, and would wait for nothing. */
const timingAlone = { ...timing, electionMs: 20, heartbeatMs: 5 };

interface Nodes {
  readonly folder: string;
  readonly voters: readonly NodeId[];
  readonly network: Network;
  readonly history: HistoryOptions | null;
}

/** A node of `voters` in a network in memory. */
async function openNode(node: NodeId, { folder, voters, network, history }: Nodes) {
  const own: World = { ...world, network };
  return openRaftStore({
    ...{ world: own, node, cluster: "test", bootstrap: membershipOf(voters) },
    timing: voters.length === 1 ? timingAlone : timing,
    addressOf: (other) => other,
    listener: await network.listen(node),
    folder: join(folder, node, "log"),
    openRows: lmdbRows({ world: own, folder: join(folder, node, "rows") }),
    ...(history === null ? {} : { history }),
  });
}

async function openAlone(folder: string, history: HistoryOptions | null): Promise<RaftStore> {
  const node = "a" as NodeId;
  const network = new MemoryNetwork();
  const store = await openNode(node, { folder, voters: [node], network, history });
  await untilLed(store);
  return store;
}

/** A slow disk may hold an election up for longer than a call waits. */
async function untilLed(store: Store): Promise<void> {
  for (;;) {
    try {
      return await store.read(() => {});
    } catch (error) {
      if (!isHoldfastError(error, "unavailable")) throw error;
    }
  }
}

/** A node of three that does not lead; closing it closes all. */
async function openFollower(folder: string, history: HistoryOptions | null): Promise<RaftStore> {
  const voters = ["a", "b", "c"] as NodeId[];
  const nodes = { folder, voters, network: new MemoryNetwork(), history };
  const stores = await Promise.all(voters.map((id) => openNode(id, nodes)));
  await untilLed(stores[0]!);
  const { leader } = stores[0]!.status.raft;
  const follower = stores[voters.findIndex((id) => id !== leader)]!;
  const close = follower.close.bind(follower);
  follower.close = async () => {
    await close();
    await Promise.all(stores.filter((one) => one !== follower).map((one) => one.close()));
  };
  return follower;
}

/** The drivers of one process. */
export const localDrivers: Readonly<Record<string, Harness>> = {
  memory: { elapse, open: async () => memoryStore({ world }), reopen: null },
  "memory with history": {
    elapse,
    open: async () => memoryStore({ world, history: {} }),
    reopen: null,
  },
  "memory log": inFolders((folder) => openMemoryStore({ world, folder })),
  lmdb: inFolders((folder) => openLmdbStore({ world, folder })),
};

/** All of them. */
export const drivers: Readonly<Record<string, Harness>> = {
  ...localDrivers,
  // What waits in memory and in a log hides most of LMDB from the suite.
  "lmdb without its log": inFolders(
    async (folder) => new TransactionalStore(world, await lmdbRows({ world, folder })()),
  ),
  "raft, alone": inFolders((folder) => openAlone(folder, null)),
  "raft, a follower": inFolders((folder) => openFollower(folder, null)),
};

/** Clusters that keep a history: all of the suite would say once more what it says of the others. */
export const recordedClusters = {
  "raft with history, alone": inFolders((folder) => openAlone(folder, {})),
  "raft with history, a follower": inFolders((folder) => openFollower(folder, {})),
};
