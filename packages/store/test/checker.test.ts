// Nodes whose rows are compared: memory and LMDB hold the same, a node whose engine keeps
// something else than it was given is found, and only a majority has it stop.

import { join } from "node:path";
import { membershipOf, type NodeId } from "@holdfast/consensus";
import { decodeUtf8, encodeUtf8, type HoldfastError } from "@holdfast/std";
import { lmdbRows } from "@holdfast/store/lmdb";
import {
  type CheckLimits,
  memoryRows,
  openRaftStore,
  type RaftStore,
  recoverRaft,
  type StateCheck,
} from "@holdfast/store/raft";
import { MemoryDisk, MemoryNetwork, type World } from "@holdfast/world";
import { nodeWorld } from "@holdfast/world/node";
import { expect, onTestFinished, test } from "vitest";
import type { Engine } from "../src/engine.ts";
import type { KeyText } from "../src/key.ts";
import { WriteSet } from "../src/write_set.ts";
import { newFolder } from "./drivers.ts";

const timing = { electionMs: 300, heartbeatMs: 50, leaseMs: null };
const damagedKey = "row/7" as KeyText;
const rowsCount = 200;
const rowsRange = { start: encodeUtf8("row/"), end: encodeUtf8("row0") };

/** Keeps another value of one row than it was given. */
class DamagedEngine implements Engine {
  readonly #engine: Engine;
  readonly capabilities: Engine["capabilities"];

  constructor(engine: Engine) {
    this.#engine = engine;
    this.capabilities = engine.capabilities;
  }

  get version(): Engine["version"] {
    return this.#engine.version;
  }

  snapshot(): ReturnType<Engine["snapshot"]> {
    return this.#engine.snapshot();
  }

  commit(...[version, given, ...rest]: Parameters<Engine["commit"]>): Promise<void> {
    const writes = new WriteSet();
    writes.absorb(given);
    if (writes.points.get(damagedKey)) writes.set(damagedKey, encodeUtf8("damaged"));
    return this.#engine.commit(version, writes, ...rest);
  }

  close(): Promise<void> {
    return this.#engine.close();
  }
}

interface Node {
  readonly world: World;
  readonly store: RaftStore;
  readonly heard: StateCheck[];
  reopen(): Promise<Node>;
}

async function openNode(
  id: NodeId,
  voters: readonly NodeId[],
  open: (world: World) => () => Promise<Engine>,
  { world, checks }: { readonly world: World; readonly checks: CheckLimits },
): Promise<Node> {
  const heard: StateCheck[] = [];
  const store = await openRaftStore({
    ...{ world, node: id, cluster: "test", timing, bootstrap: membershipOf(voters) },
    addressOf: (other) => other,
    listener: await world.network.listen(id),
    folder: "log",
    openRows: open(world),
    checks,
    onCheck: (check) => heard.push(check),
  });
  onTestFinished(() => store.close());
  return { world, store, heard, reopen: () => openNode(id, voters, open, { world, checks }) };
}

const inMemory = (world: World) => memoryRows({ world, folder: "rows" });
const damaged = (world: World) => async () => new DamagedEngine(await inMemory(world)());

async function openCluster(
  engines: Readonly<Record<string, (world: World) => () => Promise<Engine>>>,
  checks: CheckLimits = { count: 1, everyMs: 150, idleMs: Number.POSITIVE_INFINITY },
): Promise<readonly Node[]> {
  const network = new MemoryNetwork();
  const ids = Object.keys(engines) as NodeId[];
  return Promise.all(
    ids.map((id) =>
      openNode(id, ids, engines[id]!, {
        world: { ...nodeWorld(), disk: new MemoryDisk(), network },
        checks,
      }),
    ),
  );
}

async function write(store: RaftStore, first: number): Promise<void> {
  const numbers = Array.from({ length: rowsCount }, (_, index) => first + index);
  await Promise.all(
    numbers.map((number) =>
      store.transact((tx) => tx.set(encodeUtf8(`row/${number}`), encodeUtf8(`${number}`))),
    ),
  );
}

async function contentOf(store: RaftStore): Promise<readonly string[]> {
  const rows = await store.read((snapshot) => snapshot.range(rowsRange, { limitRows: 1_000 }));
  return rows.map(({ key, value }) => `${decodeUtf8(key)}=${decodeUtf8(value)}`).sort();
}

/** Looks again and again, while something is written now and then, until `holds`. */
async function untilSo(store: RaftStore, holds: () => boolean): Promise<void> {
  const { clock } = nodeWorld();
  while (!holds()) {
    await store.transact((tx) => tx.set(encodeUtf8("beat"), encodeUtf8(String(clock.now()))));
    await clock.sleep(20);
  }
}

const names = (check: StateCheck | null | undefined) => check?.differing.join();

test("nodes agree, whatever keeps their rows, also after one was opened again", async () => {
  const folder = await newFolder();
  const lmdb = (world: World) =>
    lmdbRows({ world: { ...nodeWorld(), network: world.network }, folder: join(folder, "rows") });
  const [first, second, third] = await openCluster({ a: inMemory, b: lmdb, c: inMemory });
  await write(first!.store, 0);
  const hasAgreed = (node: Node) => () => (node.store.status.check?.agreeing.length ?? 0) === 3;
  await untilSo(first!.store, hasAgreed(second!));
  await third!.store.close();
  const again = await third!.reopen();
  await write(first!.store, 100);
  await untilSo(first!.store, hasAgreed(again));
  for (const { heard } of [first!, second!, third!, again]) {
    expect(heard.flatMap(({ differing }) => differing)).toEqual([]);
  }
});

test("a node whose rows are not those of the others stops, for good, and they go on", async () => {
  const [first, second, third] = await openCluster({ a: inMemory, b: inMemory, c: damaged });
  await write(first!.store, 0);
  let reason: HoldfastError | null | undefined;
  void third!.store.ended.then((error) => {
    reason = error;
  });
  await untilSo(first!.store, () => reason !== undefined);
  expect(reason).toMatchObject({
    code: "corrupt",
    message: expect.stringMatching(/not those of a, b as of entry \d+ of the log: replace/),
  });
  await expect(third!.store.get(encodeUtf8("row/7"))).rejects.toMatchObject({ code: "corrupt" });
  await third!.store.close();
  await expect(third!.reopen()).rejects.toMatchObject({
    code: "corrupt",
    message: reason!.message,
  });
  await write(second!.store, rowsCount);
  const expected = Array.from({ length: 2 * rowsCount }, (_, number) => `row/${number}=${number}`);
  expected.sort();
  expect(await contentOf(first!.store)).toEqual(expected);
  expect(await contentOf(second!.store)).toEqual(expected);
  for (const { heard } of [first!, second!]) {
    expect(heard.some((check) => names(check) === "c")).toBe(true);
  }
});

test("of two that differ neither stops, and both tell of it", async () => {
  const [left, right] = await openCluster({ a: inMemory, b: damaged });
  await write(left!.store, 0);
  const differ = () =>
    names(left!.store.status.check) === "b" && names(right!.store.status.check) === "a";
  await untilSo(left!.store, differ);
  await write(left!.store, rowsCount);
  await write(right!.store, 2 * rowsCount);
  expect((await contentOf(left!.store)).length).toBe(3 * rowsCount);
});

test("nodes that nobody writes to agree as well, again and again", async () => {
  const engines = { a: inMemory, b: inMemory, c: inMemory };
  const idle = { count: Number.POSITIVE_INFINITY, everyMs: 20, idleMs: 100 };
  const [first, ...others] = await openCluster(engines, idle);
  await write(first!.store, 0);
  // A node that has not heard of the last commit yet has not its version either.
  await first!.store.get(encodeUtf8("row/0"));
  const { version } = first!.store.status;
  for (const { heard } of [first!, ...others]) {
    const whole = () =>
      heard.filter((check) => check.version === version && check.agreeing.length === 3);
    const indexes = () => new Set(whole().map(({ index }) => index)).size;
    await expect.poll(indexes, { timeout: 30_000 }).toBeGreaterThan(2);
  }
  expect(first!.store.status.version).toBe(version);
});

test("a log is recovered though checks stand in it", async () => {
  const [left, right] = await openCluster({ a: inMemory, b: inMemory });
  await write(left!.store, 0);
  await untilSo(left!.store, () => left!.store.status.check !== null);
  await Promise.all([left!.store.close(), right!.store.close()]);
  const { world } = left!;
  let found: Uint8Array | null = null;
  await recoverRaft({
    ...{ clock: world.clock, disk: world.disk, folder: "log", into: "log of one" },
    cluster: "recovered",
    // None, so that all comes from the log.
    openRows: memoryRows({ world, folder: "new rows" }),
    amend: async (get) => {
      found = await get(encodeUtf8("row/7"));
      return [];
    },
  });
  expect(found).toEqual(encodeUtf8("7"));
});
