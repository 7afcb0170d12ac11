// The stores that the server's tests run on.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryStore, type Store } from "@holdfast/store";
import { openLmdbStore } from "@holdfast/store/lmdb";
import { nodeWorld } from "@holdfast/world/node";

/** A way to get a store of one's own, and to be rid of it. */
export interface StoreSource {
  readonly name: string;
  /** How many random histories a test tries on it. */
  readonly runs: number;
  open(): Promise<{ readonly store: Store; remove(): Promise<void> }>;
}

/** Every driver. */
export const storeSources: readonly StoreSource[] = [
  {
    name: "memory",
    runs: 60,
    open: async () => {
      const store = memoryStore({ world: nodeWorld() });
      return { store, remove: () => store.close() };
    },
  },
  {
    name: "lmdb",
    runs: 8,
    open: async () => {
      const folder = await mkdtemp(join(tmpdir(), "holdfast-server-"));
      const store = await openLmdbStore({ world: nodeWorld(), folder });
      const remove = async () => {
        await store.close();
        await rm(folder, { recursive: true });
      };
      return { store, remove };
    },
  },
];
