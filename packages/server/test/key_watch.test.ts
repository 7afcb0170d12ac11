// Keys and their watches without a socket: what only shows in one order of things.

import { memoryStore, type Store } from "@holdfast/store";
import { nodeWorld } from "@holdfast/world/node";
import { afterEach, beforeEach, expect, it } from "vitest";
import { KeyValues } from "../src/kv/key_values.ts";
import { KeyWatch } from "../src/kv/key_watch.ts";

const world = nodeWorld();
const content = { contentType: "", value: new Uint8Array(0) };
const nameOf = (index: number) => Buffer.from(`k${String(index).padStart(3, "0")}`);
let store: Store;
let kv: KeyValues;

beforeEach(() => {
  store = memoryStore({ world });
  kv = new KeyValues(store);
});
afterEach(() => store.close());

const fill = (count: number) =>
  kv.transact(async (tx) => {
    for (let index = 0; index < count; index += 1) tx.set(nameOf(index), content);
  });

const watchAll = (budget = { sizeBytes: 1_000_000 }) =>
  new KeyWatch(kv, {}, { clock: world.clock, budget, since: null });

it("KV3: of writes that ask for the same version at once, one is done", async () => {
  const key = nameOf(0);
  for (let round = 0; round < 5; round += 1) {
    const present = (await kv.get(key))?.version ?? null;
    const written = await Promise.all(
      Array.from({ length: 20 }, () => kv.put(key, content, (version) => version === present)),
    );
    const done = written.filter(({ type }) => type === "written");
    expect(done.length).toBe(1);
    const refused = written.find(({ type }) => type === "refused");
    expect(refused).toEqual({ type: "refused", present: (await kv.get(key))!.version });
  }
});

it("a page is read in steps: all of it, once, in order", async () => {
  await fill(200);
  for (const reverse of [false, true]) {
    const { entries, more } = await kv.page({}, { limitRows: 150, reverse });
    const wanted = Array.from({ length: 150 }, (_, index) => nameOf(reverse ? 199 - index : index));
    expect(entries.map(({ key }) => Buffer.from(key))).toEqual(wanted);
    expect(more).toBe(true);
  }
  expect((await kv.page({}, { limitRows: 201, reverse: false })).more).toBe(false);
});

it("KW2: a key that changes behind a sweep's back is after its mark, and told of in the next", async () => {
  await fill(100);
  const watch = watchAll();
  const first = await watch.next();
  expect(first?.mark).toBeNull();
  const before = (await store.read((snapshot) => snapshot.version)) as number;
  await kv.put(nameOf(0), content);
  await kv.remove(nameOf(1));
  const rest = await watch.next();
  expect(rest?.mark).toBe(before);
  const names = new Set<string>();
  while (names.size < 2) {
    for (const change of (await watch.next())!.changes) {
      if (change.type === "put") names.add(`put ${Buffer.from(change.entry.key)}`);
      if (change.type === "removed") names.add(`removed ${Buffer.from(change.key)}`);
    }
  }
  expect([...names].sort()).toEqual(["put k000", "removed k001"]);
  watch.close();
  expect(await watch.next()).toBeNull();
});

it("what watches know of keys is bounded, and given back", async () => {
  await fill(50);
  const budget = { sizeBytes: 50 * 104 };
  const watch = watchAll(budget);
  await watch.next();
  expect(budget.sizeBytes).toBe(0);
  const second = watchAll(budget);
  await expect(second.next()).rejects.toMatchObject({ code: "overloaded" });
  second.close();
  await kv.remove(nameOf(3));
  await watch.next();
  expect(budget.sizeBytes).toBe(104);
  watch.close();
  expect(budget.sizeBytes).toBe(50 * 104);
});
