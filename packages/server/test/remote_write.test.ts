// A write of a client whose answer is lost: asked for once, and nobody can tell.

import { encodeUtf8 } from "@holdfast/std";
import { type CommitVersion, memoryStore, type Store } from "@holdfast/store";
import { openRemoteStore } from "@holdfast/store/remote";
import { type Connection, type Listener, MemoryNetwork } from "@holdfast/world";
import { nodeWorld } from "@holdfast/world/node";
import { expect, test } from "vitest";
import { serveStore } from "../src/kv/store_gateway.ts";

test("RM1: a write whose answer is lost is unknown, is not asked for again, and the next one is", async () => {
  const network = new MemoryNetwork();
  const world = { ...nodeWorld(), network };
  const store = memoryStore({ world });
  const listener = await network.listen("server");
  const connections: Connection[] = [];
  const noted: Listener = {
    address: listener.address,
    close: () => listener.close(),
    accept: async () => {
      const connection = await listener.accept();
      if (connection !== null) connections.push(connection);
      return connection;
    },
  };
  let writes = 0;
  // The server's store commits, and the way back is cut before it says so.
  const cut: Store = Object.create(store, {
    write: {
      value: async (...args: Parameters<Store["write"]>): Promise<CommitVersion> => {
        const version = await store.write(...args);
        writes += 1;
        if (writes === 1) connections[0]!.close("cut");
        return version;
      },
    },
    capabilities: { get: () => store.capabilities },
    close: { value: () => store.close() },
    get: { value: (key: Uint8Array) => store.get(key) },
    transact: { value: (...args: Parameters<Store["transact"]>) => store.transact(...args) },
  });
  const gateway = serveStore({
    ...{ world, store: cut, identity: new Uint8Array(16).fill(7), credentials: "open" },
    listener: noted,
    onFailed: () => {},
  });
  const client = await openRemoteStore({ world, url: "server" });
  const key = encodeUtf8("n");
  const add = () =>
    client.write((tx) => tx.mutate(key, { type: "add", operand: Uint8Array.of(1) }));
  await expect(add()).rejects.toMatchObject({ code: "unknown_outcome" });
  expect(writes).toBe(1);
  await add();
  expect(writes).toBe(2);
  expect(await client.get(key)).toEqual(Uint8Array.of(2));
  await client.close();
  await gateway.close();
  await store.close();
});
