import { membershipOf, type NodeId } from "@holdfast/consensus";
import { encodeUtf8 } from "@holdfast/std";
import { memoryRows, openRaftStore, type RaftStore } from "@holdfast/store/raft";
import { nodeWorld } from "@holdfast/world/node";
import { expect, onTestFinished, test } from "vitest";
import { newFolder } from "./drivers.ts";

const ids = ["a", "b", "c"] as NodeId[];
const timing = { electionMs: 500, heartbeatMs: 50, leaseMs: null };

async function openCluster(): Promise<Map<NodeId, RaftStore>> {
  const world = nodeWorld();
  const folder = await newFolder();
  const listeners = await Promise.all(ids.map(() => world.network.listen("ws://127.0.0.1:0/raft")));
  const addresses = new Map(ids.map((id, index) => [id, listeners[index]!.address]));
  const stores = await Promise.all(
    ids.map((node, index) =>
      openRaftStore({
        ...{ world, node, timing, cluster: "test", bootstrap: membershipOf(ids) },
        addressOf: (other) => addresses.get(other) ?? null,
        listener: listeners[index]!,
        folder: `${folder}/${node}/log`,
        openRows: memoryRows({ world, folder: `${folder}/${node}/rows` }),
      }),
    ),
  );
  onTestFinished(async () => {
    await Promise.all(stores.map((store) => store.close()));
  });
  return new Map(ids.map((id, index) => [id, stores[index]!]));
}

test("a commit without a majority ends as unknown, and so does closing", async () => {
  const stores = await openCluster();
  const set = (store: RaftStore) =>
    store.transact((tx) => tx.set(encodeUtf8("k"), encodeUtf8("v")));
  await set(stores.get("a" as NodeId)!);
  const { leader } = stores.get("a" as NodeId)!.status.raft;
  const left = stores.get(leader!)!;
  for (const [node, store] of stores) if (node !== leader) await store.close();
  await expect(set(left)).rejects.toMatchObject({
    code: expect.stringMatching(/unknown_outcome|unavailable/),
  });
  await left.close();
}, 60_000);

test("three nodes on sockets: writes of each are read on each, and the loss of the leader is survived", async () => {
  const stores = await openCluster();
  const key = encodeUtf8("counter");
  const increment = (store: RaftStore) =>
    store.transact(async (tx) => {
      const before = await tx.get(key);
      const count =
        before === null ? 0 : new DataView(before.buffer, before.byteOffset).getUint32(0);
      const value = new Uint8Array(4);
      new DataView(value.buffer).setUint32(0, count + 1);
      tx.set(key, value);
      return count + 1;
    });
  for (let round = 0; round < 10; round += 1) {
    await Promise.all([...stores.values()].map(increment));
  }
  const leader = stores.get("a" as NodeId)!.status.raft.leader!;
  await stores.get(leader)!.close();
  stores.delete(leader);
  const [left, right] = [...stores.values()];
  expect((await increment(left!)).value).toBe(31);
  const read = await right!.read((snapshot) => snapshot.get(key));
  expect(read).toEqual(Uint8Array.of(0, 0, 0, 31));
});
