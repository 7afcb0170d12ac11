// Our store on LMDB, in the process of the load generator.

import type { Store } from "@holdfast/store";
import { openLmdbStore } from "@holdfast/store/lmdb";
import { nodeWorld } from "@holdfast/world/node";
import type { Client, Target } from "../target.ts";

const end = Uint8Array.of(0xfe);

function clientOf(store: Store): Client {
  return {
    put: (key, value) => store.write((writes) => writes.set(key, value)),
    get: (key) => store.get(key),
    getMany: (keys) =>
      store.read(async (snapshot) => {
        let found = 0;
        for (const key of keys) if ((await snapshot.get(key)) !== null) found += 1;
        return found;
      }),
    scan: (start, limit) =>
      store.read(async (snapshot) => {
        const rows = await snapshot.range({ start, end }, { limitRows: limit });
        return rows.length;
      }),
    fill: (keys, value) =>
      store.transact((tx) => {
        for (const key of keys) tx.set(key, value);
      }),
    close: () => store.close(),
  };
}

export const lmdb: Target = {
  name: "lmdb",
  inProcess: true,
  connectionsBest: 0,
  missing: () => null,
  start: async (folder) => ({ address: folder, pids: [] }),
  connect: async (folder) => clientOf(await openLmdbStore({ world: nodeWorld(), folder })),
};
