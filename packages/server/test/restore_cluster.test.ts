// A folder that becomes that of a cluster's first node, out of a backup: what is refused, and
// a restore that fails at any step of the disk.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readLogOwner } from "@holdfast/consensus";
import { encodeUtf8, HoldfastError } from "@holdfast/std";
import { lmdbRows, openLmdbStore } from "@holdfast/store/lmdb";
import type { Disk, World } from "@holdfast/world";
import { nodeWorld } from "@holdfast/world/node";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  backupFolder,
  restoreCluster,
  restoreFolder,
  type StartedServer,
  startServer,
} from "../src/node/index.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-restore-"));
});
afterEach(() => rm(folder, { recursive: true }));

const at = (name: string) => join(folder, name);
const port = 12_000 + Math.floor(Math.random() * 18_000);
const nodes = new Map([["a", `127.0.0.1:${port}`]]);

function start(data: string): Promise<StartedServer> {
  const cluster = { name: "holdfast", node: "a", nodes };
  return startServer({ dataFolder: at(data), port: 0, logger: null, cluster });
}

/** A backup of a server in which `key` holds `value`. */
async function backUp(into: string, value: string): Promise<void> {
  const source = at(`source-${into}`);
  const server = await startServer({ dataFolder: source, port: 0, logger: null });
  await fetch(`${server.keysUrl}key`, { method: "PUT", body: value });
  await server.close();
  await backupFolder({ source, backups: at(into), full: false });
}

async function held(data: string): Promise<string> {
  const server = await start(data);
  const value = await (await fetch(`${server.keysUrl}key`)).text();
  await server.close();
  return value;
}

/** Which of `values` the rows of a node have, without anybody to serve them. */
async function rowsHave(data: string, values: readonly string[]): Promise<string> {
  const rows = await lmdbRows({ world: nodeWorld(), folder: at(`${data}/rows`), create: false })();
  const snapshot = rows.snapshot();
  const all = await snapshot.range("" as never, "\xff" as never, 100, false);
  const found = values.filter((value) => all.some((row) => Buffer.from(row.value).includes(value)));
  snapshot.release();
  await rows.close();
  return found.join();
}

function restore(backups: string, data: string, replace = false, world?: World) {
  const place = { backups: at(backups), dataFolder: at(data), version: null, replace };
  return restoreCluster({ ...place, name: "holdfast", node: "a", nodes }, world);
}

/** The machine's world, whose disk fails for good from the `steps`-th change of a name on. */
function failingWorld(steps: number): World {
  const world = nodeWorld();
  const { disk } = world;
  let left = steps;
  const fallible = <Args extends readonly string[]>(work: (...args: Args) => Promise<void>) => {
    return async (...args: Args): Promise<void> => {
      left -= 1;
      if (left < 0) throw new HoldfastError("io", "the disk is gone");
      await work(...args);
    };
  };
  const failing: Disk = {
    open: (path, options) => disk.open(path, options),
    list: (path) => disk.list(path),
    lock: (path) => disk.lock(path),
    remove: (path) => disk.remove(path),
    makeFolder: fallible((path) => disk.makeFolder(path)),
    rename: fallible((from, to) => disk.rename(from, to)),
    syncFolder: fallible((path) => disk.syncFolder(path)),
  };
  return { ...world, disk: failing };
}

test("a restore that fails at any step leaves what was, or says so and is done again", async () => {
  await backUp("old", "before");
  await backUp("new", "after");
  const { cluster: before } = await restore("old", "data");
  let cutShort = 0;
  for (let steps = 0, isDone = false; !isDone; steps += 1) {
    try {
      await restore("new", "data", true, failingWorld(steps));
      isDone = true;
    } catch (error) {
      expect(error).toMatchObject({ code: "io" });
    }
    const owner = await readLogOwner(nodeWorld().disk, at("data/raft"));
    if (owner?.cluster === before)
      expect(await rowsHave("data", ["before", "after"])).toBe("before");
    else if (owner !== null) expect(await rowsHave("data", ["before", "after"])).toBe("after");
    else {
      cutShort += 1;
      await expect(start("data")).rejects.toThrow("run the same holdfast restore again");
      const alone = startServer({ dataFolder: at("data"), port: 0, logger: null });
      await expect(alone).rejects.toThrow("run the same holdfast restore again");
      await expect(restore("old", "data", true, failingWorld(0))).rejects.toThrow("gone");
    }
  }
  expect(cutShort).toBeGreaterThan(5);
  expect(await held("data")).toBe("after");
}, 60_000);

test("what holds something, or is of another sort, is left as it is", async () => {
  await backUp("one", "v");
  const { cluster } = await restore("one", "data");
  expect(cluster).toMatch(/^holdfast~[0-9a-f]{8}$/);
  await expect(restore("one", "data")).rejects.toThrow("replacing it was not asked for");
  const place = { backups: at("one"), dataFolder: at("data"), version: null, replace: true };
  await expect(restoreFolder(place)).rejects.toThrow(`node a of cluster ${cluster}`);
  const alone = startServer({ dataFolder: at("data"), port: 0, logger: null });
  await expect(alone).rejects.toThrow(`node a of cluster ${cluster}`);
  expect(await held("data")).toBe("v");

  const running = await start("data");
  await expect(restore("one", "data", true)).rejects.toMatchObject({ code: "locked" });
  await running.close();

  const single = await openLmdbStore({ world: nodeWorld(), folder: at("single") });
  await single.transact((tx) => tx.set(encodeUtf8("k"), encodeUtf8("v")));
  await single.close();
  await expect(restore("one", "single", true)).rejects.toThrow("of a single server");

  const name = { ...place, dataFolder: at("other"), nodes };
  for (const wrong of [
    restoreCluster({ ...name, name: "x~y", node: "a" }),
    restoreCluster({ ...name, name: "x".repeat(56), node: "a" }),
    restoreCluster({ ...name, name: "x", node: "b" }),
  ]) {
    await expect(wrong).rejects.toMatchObject({ code: "invalid_argument" });
  }
}, 60_000);
