// Writes that depend on nothing that was read.

import { decodeUtf8, HoldfastError } from "@holdfast/std";
import { allKeys } from "../key.ts";
import { type CommitVersion, type Store, valueSizeBytesMax, type Writes } from "../store.ts";
import {
  b,
  between,
  type ConformanceCase,
  ConformanceError,
  fails,
  onStore,
  put,
  rowsOf,
  runsOf,
  same,
  test,
  textOf,
} from "./case.ts";

const set = (key: string, value: string) => (writes: Writes) => writes.set(b(key), b(value));

const textAt = async (store: Store, key: string) => {
  const value = await store.get(b(key));
  return value === null ? null : decodeUtf8(value);
};

/** See the head of this file. */
export const writingCases: readonly ConformanceCase[] = [
  test(
    "ST21: what is written takes effect at the version that is told, between those before and after",
    onStore(async (store) => {
      await put(store, { a: "1", b: "1", c: "1" });
      const { version: before } = await store.transact((tx) => tx.set(b("d"), b("1")));
      const version = await store.write((writes) => {
        writes.clearRange(between("a", "c"));
        writes.set(b("b"), b("2"));
        writes.clear(b("c"));
        writes.mutate(b("d"), { type: "append_if_fits", operand: b("2") });
      });
      same(version > before, true, `whether ${version} is above ${before}`);
      const found = await store.read(async (tx) => `${tx.version} ${await rowsOf(tx, allKeys)}`);
      same(found, `${version} b=2 d=12`, "the rows");
    }),
  ),
  test(
    "ST21: one key reads as it is after every commit that was acknowledged",
    onStore(async (store) => {
      same(await textAt(store, "a"), null, "a key that is not there");
      await put(store, { a: "1" });
      same(await textAt(store, "a"), "1", "a key");
      await store.write(set("a", "2"));
      same(await textAt(store, "a"), "2", "the key, written again");
      await fails("invalid_argument", () => store.get(b("")), "an empty key");
      const own = await store.get(b("a"));
      own!.fill(0);
      same(await textAt(store, "a"), "2", "the key, after its bytes were changed");
    }),
  ),
  test(
    "ST21: as much is written at once as a transaction may write",
    onStore(async (store) => {
      const names = Array.from({ length: 20 }, (_, index) => `large/${index}`);
      const value = new Uint8Array(valueSizeBytesMax).fill(7);
      await store.write((writes) => {
        for (const name of names) writes.set(b(name), value);
      });
      for (const name of names) {
        same((await store.get(b(name)))?.length ?? null, valueSizeBytesMax, `bytes of ${name}`);
      }
    }),
  ),
  test(
    "ST21: many at once all take effect, each at a version of its own",
    onStore(async (store) => {
      const add = () =>
        store.write((tx) => tx.mutate(b("n"), { type: "add", operand: new Uint8Array([1]) }));
      const versions = await Promise.all(Array.from({ length: 60 }, add));
      same(new Set<CommitVersion>(versions).size, 60, "versions");
      const value = await store.read((tx) => tx.get(b("n")));
      same(value?.[0] ?? null, 60, "the sum");
    }),
  ),
  test(
    "ST21: who read what is written runs again; who has not, does not",
    onStore(async (store) => {
      const read = async (key: string) =>
        runsOf(
          store,
          async (tx) => {
            await tx.get(b(key));
            tx.set(b("mark"), b("1"));
          },
          () => store.write(set("read", "2")),
        );
      same(await read("read"), 2, "runs of who read it");
      same(await read("other"), 1, "runs of who read another key");
    }),
  ),
  test(
    "ST21: nothing is written where the function throws, writes nothing, or was cancelled before",
    onStore(async (store) => {
      await fails("not_found", () =>
        store.write((writes) => {
          writes.set(b("a"), b("1"));
          throw new HoldfastError("not_found", "as the test wants");
        }),
      );
      await fails("invalid_argument", () => store.write(() => undefined), "a write of nothing");
      await fails("invalid_argument", () => store.write(set("", "1")), "an empty key");
      await fails("cancelled", () => store.write(set("a", "1"), { signal: AbortSignal.abort() }));
      let kept: Writes | null = null;
      await store.write((writes) => {
        kept = writes;
        writes.set(b("b"), b("1"));
      });
      await fails("closed", () => kept!.set(b("a"), b("1")), "a write after the end");
      same(await store.read((tx) => rowsOf(tx, allKeys)), "b=1", "the rows");
    }),
  ),
  test("ST21: a store that is closed waits for it, and then refuses", async (harness) => {
    const store = await harness.open();
    const written = store.write(set("a", "1"));
    await store.close();
    await written;
    await fails("closed", () => store.write(set("a", "2")), "a write to a closed store");
    if (harness.reopen === null) return;
    const again = await harness.reopen(store);
    try {
      const value = await again.read((tx) => textOf(tx, "a"));
      if (value !== "1") throw new ConformanceError(`what was acknowledged reads as ${value}`);
    } finally {
      await again.close();
    }
  }),
];
