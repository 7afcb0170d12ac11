// Typed rows under a name: against a plain sorted list of tuples.

import { HoldfastError, type KeyPart, packKey } from "@holdfast/std";
import { json, memoryStore, type Subspace, subspace } from "@holdfast/store";
import { nodeWorld } from "@holdfast/world/node";
import fc from "fast-check";
import { expect, test } from "vitest";

const world = nodeWorld();

interface Order {
  readonly total: number;
}

const orders = subspace<[customer: string, number: number], Order>(["orders"], json());

test("rows of one prefix, in order, and no others", async () => {
  const store = memoryStore({ world });
  await store.transact((tx) => {
    orders.set(tx, ["acme", 10], { total: 1 });
    orders.set(tx, ["acme", 9], { total: 2 });
    orders.set(tx, ["acmes", 1], { total: 3 });
    orders.set(tx, ["b", 1], { total: 4 });
    tx.set(packKey(["order", "acme", 9]), new Uint8Array(1));
    tx.set(packKey(["orders2", "acme", 9]), new Uint8Array(1));
  });
  const all = { limitRows: 10 };
  await store.read(async (tx) => {
    expect(await orders.get(tx, ["acme", 9])).toEqual({ total: 2 });
    expect(await orders.get(tx, ["acme", 8])).toBeNull();
    expect((await orders.range(tx, ["acme"], all)).map(({ key }) => key)).toEqual([
      ["acme", 9],
      ["acme", 10],
    ]);
    expect(await orders.range(tx, [], { limitRows: 1, reverse: true })).toEqual([
      { key: ["b", 1], value: { total: 4 } },
    ]);
    expect(await orders.range(tx, ["acme", 9], all)).toHaveLength(1);
  });
  await store.transact((tx) => {
    orders.clear(tx, ["b", 1]);
    orders.clearWithin(tx, ["acme"]);
  });
  const left = await store.read((tx) => orders.range(tx, [], all));
  expect(left).toEqual([{ key: ["acmes", 1], value: { total: 3 } }]);
  const rows = await store.read((tx) =>
    tx.range({ start: Uint8Array.of(0), end: Uint8Array.of(0xff) }, all),
  );
  expect(rows).toHaveLength(3);
  await store.close();
});

test("any two subspaces of other names keep apart, and keys sort as tuples", async () => {
  const part: fc.Arbitrary<KeyPart> = fc.oneof(
    fc.string({ maxLength: 3, unit: "grapheme" }),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.uint8Array({ maxLength: 3 }),
    fc.constant(null),
  );
  const tuple = fc.tuple(part, part);
  const tuples = fc.array(tuple, { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(tuples, tuples, part, async (mine, others, prefix) => {
      const store = memoryStore({ world });
      const one: Subspace<readonly KeyPart[], number> = subspace(["a"], json());
      const other: Subspace<readonly KeyPart[], number> = subspace(["a\0"], json());
      const shared = mine.map(([, last]): [KeyPart, KeyPart] => [prefix, last]);
      await store.transact((tx) => {
        for (const key of [...mine, ...shared]) one.set(tx, key, 1);
        for (const key of others) other.set(tx, key, 2);
      });
      const read = await store.read((tx) => one.range(tx, [], { limitRows: 100 }));
      expect(read.every(({ value }) => value === 1)).toBe(true);
      const wanted = new Map([...mine, ...shared].map((key) => [one.pack(key).join(), key]));
      expect(new Set(read.map(({ key }) => one.pack(key).join()))).toEqual(new Set(wanted.keys()));
      const within = await store.read((tx) => one.range(tx, [prefix], { limitRows: 100 }));
      const begins = ([first]: readonly KeyPart[]) =>
        packKey([first!]).join() === packKey([prefix]).join();
      expect(within).toHaveLength([...wanted.values()].filter(begins).length);
      await store.close();
    }),
    { numRuns: 100 },
  );
});

test("bytes of another subspace, or a value that is no JSON, are refused", async () => {
  const store = memoryStore({ world });
  expect(() => orders.unpack(packKey(["other", 1]))).toThrow(HoldfastError);
  expect(() => orders.unpack(packKey(["orders2"]))).toThrow("none of this subspace");
  expect(orders.unpack(orders.pack(["acme", 7]))).toEqual(["acme", 7]);
  expect(() => subspace([], json())).toThrow("a subspace has a name");
  await store.transact((tx) => tx.set(orders.pack(["acme", 7]), Uint8Array.of(0x7b)));
  await expect(store.read((tx) => orders.get(tx, ["acme", 7]))).rejects.toMatchObject({
    code: "corrupt",
  });
  await store.close();
});

test("keys and prefixes have types", () => {
  expect(orders.within([]).start).toEqual(packKey(["orders"]));
  expect(orders.within(["acme"]).start).toEqual(packKey(["orders", "acme"]));
  expect(orders.within(["acme", 7]).start).toEqual(orders.pack(["acme", 7]));
  // @ts-expect-error: a number is no customer.
  expect(orders.within([7]).start).toEqual(packKey(["orders", 7]));
  // @ts-expect-error: an order's number is missing.
  expect(orders.pack(["acme"])).toEqual(packKey(["orders", "acme"]));
});
