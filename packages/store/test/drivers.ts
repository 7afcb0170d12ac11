// The drivers that the suites run over, each in folders of its own that go away with the test.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryStore, openMemoryStore, type Store } from "@holdfast/store";
import type { Harness } from "@holdfast/store/conformance";
import { openLmdbStore } from "@holdfast/store/lmdb";
import type { World } from "@holdfast/world";
import { nodeWorld } from "@holdfast/world/node";
import { onTestFinished } from "vitest";
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

export const drivers: Readonly<Record<string, Harness>> = {
  memory: { elapse, open: async () => memoryStore({ world }), reopen: null },
  "memory with history": {
    elapse,
    open: async () => memoryStore({ world, history: {} }),
    reopen: null,
  },
  "memory log": inFolders((folder) => openMemoryStore({ world, folder })),
  lmdb: inFolders((folder) => openLmdbStore({ world, folder })),
};
