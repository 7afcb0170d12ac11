// Snapshots, own writes and ranges.

import { allKeys, keyAfter, prefixRange } from "../key.ts";
import {
  b,
  between,
  type ConformanceCase,
  gate,
  onStore,
  put,
  rowsOf,
  same,
  test,
  textOf,
} from "./case.ts";

/** See the head of this file. */
export const readingCases: readonly ConformanceCase[] = [
  test(
    "ST1: a snapshot does not change while others commit",
    onStore(async (store) => {
      await put(store, { a: "1", b: "1" });
      await store.read(async (snapshot) => {
        same(await textOf(snapshot, "a"), "1", "a before");
        await store.transact((tx) => {
          tx.set(b("a"), b("2"));
          tx.clear(b("b"));
          tx.set(b("c"), b("2"));
        });
        same(await textOf(snapshot, "a"), "1", "a after");
        same(await rowsOf(snapshot, allKeys), "a=1 b=1", "rows after");
      });
      same(await store.read((snapshot) => rowsOf(snapshot, allKeys)), "a=2 c=2", "a new one");
    }),
  ),
  test(
    "ST1: a snapshot lives through many commits",
    onStore(async (store) => {
      await put(store, { fixed: "yes" });
      await store.read(async (snapshot) => {
        for (let count = 0; count < 50; count += 1) {
          await put(store, { [`k${count}`]: "x".repeat(5_000), fixed: "no" });
        }
        same(await rowsOf(snapshot, allKeys), "fixed=yes", "the old snapshot");
      });
    }),
  ),
  test(
    "ST2: reads see own writes, one by one and in ranges, both ways",
    onStore(async (store) => {
      await put(store, { a: "1", b: "1", c: "1", d: "1", e: "1" });
      await store.transact(async (tx) => {
        tx.clearRange(between("b", "d"));
        tx.set(b("bb"), b("2"));
        tx.set(b("c"), b("2"));
        tx.clear(b("e"));
        tx.set(b("f"), b("2"));
        same(await textOf(tx, "b"), null, "b");
        same(await textOf(tx, "c"), "2", "c");
        same(await textOf(tx, "e"), null, "e");
        same(await rowsOf(tx, allKeys), "a=1 bb=2 c=2 d=1 f=2", "all");
        const back = { limitRows: 3, reverse: true };
        same(await rowsOf(tx, allKeys, back), "f=2 d=1 c=2", "the last three");
        same(await rowsOf(tx, between("a", "d"), back), "c=2 bb=2 a=1", "the last of a to d");
        same(await rowsOf(tx, allKeys, { limitRows: 2 }), "a=1 bb=2", "the first two");
        tx.clearRange(between("a", "c"));
        same(await rowsOf(tx, allKeys), "c=2 d=1 f=2", "after one more clear");
      });
      same(await store.read((tx) => rowsOf(tx, allKeys)), "c=2 d=1 f=2", "committed");
    }),
  ),
  test(
    "ST2: what a caller does with bytes afterwards changes nothing",
    onStore(async (store) => {
      const value = b("1");
      const key = b("a");
      await store.transact(async (tx) => {
        tx.set(key, value);
        value[0] = 0x7a;
        key[0] = 0x7a;
        (await tx.get(b("a")))![0] = 0x7a;
        for (const row of await tx.range(allKeys, { limitRows: 9 })) row.value[0] = 0x7a;
      });
      await store.read(async (snapshot) => {
        (await snapshot.get(b("a")))![0] = 0x7a;
        for (const row of await snapshot.range(allKeys, { limitRows: 9 })) row.value[0] = 0x7a;
      });
      same(await store.read((snapshot) => rowsOf(snapshot, allKeys)), "a=1", "rows");
    }),
  ),
  test(
    "ST3: ranges are in byte order, hold their start and not their end, and keep to the limit",
    onStore(async (store) => {
      const keys = [
        [0],
        [0, 0],
        [0, 1],
        [1],
        [0x7f],
        [0x80],
        [0xfe],
        [0xfe, 0xff],
        [0xfe, 0xff, 0],
      ];
      await store.transact((tx) => {
        for (const key of [...keys].reverse()) tx.set(Uint8Array.from(key), new Uint8Array(0));
      });
      await store.read(async (snapshot) => {
        const list = async (
          start: readonly number[],
          end: readonly number[],
          limitRows: number,
        ) => {
          const range = { start: Uint8Array.from(start), end: Uint8Array.from(end) };
          const rows = await snapshot.range(range, { limitRows });
          const back = await snapshot.range(range, { limitRows, reverse: true });
          const text = (all: typeof rows) => all.map((row) => row.key.join(".")).join(" ");
          return `${text(rows)} | ${text(back)}`;
        };
        const forwards = keys.map((key) => key.join(".")).join(" ");
        const backwards = [...keys].reverse().map((key) => key.join("."));
        same(await list([], [0xff], 100), `${forwards} | ${backwards.join(" ")}`, "all");
        same(await list([0, 0], [1], 100), "0.0 0.1 | 0.1 0.0", "0.0 to 1");
        same(await list([0, 0], [0xfe], 2), "0.0 0.1 | 128 127", "two of them");
        same(await list([2], [3], 100), " | ", "nothing between");
        same(await list([1], [1], 100), " | ", "an empty range");
      });
    }),
  ),
  test(
    "ST3: pages of a long range join up, in both directions, over values of every size",
    onStore(async (store) => {
      const count = 700;
      const nameOf = (index: number) => `p/${String(index).padStart(4, "0")}`;
      for (let from = 0; from < count; from += 100) {
        await store.transact((tx) => {
          for (let index = from; index < from + 100; index += 1) {
            tx.set(b(nameOf(index)), new Uint8Array((index * 37) % 9_000).fill(index));
          }
        });
      }
      await store.read(async (snapshot) => {
        const whole = prefixRange(b("p/"));
        let start = whole.start;
        let seen = 0;
        for (;;) {
          const page = await snapshot.range({ start, end: whole.end }, { limitRows: 33 });
          for (const row of page) {
            same(String.fromCharCode(...row.key), nameOf(seen), "a key");
            same(row.value.length, (seen * 37) % 9_000, "a size");
            same(
              row.value.every((byte) => byte === seen % 256),
              true,
              "a value",
            );
            seen += 1;
          }
          if (page.length < 33) break;
          start = keyAfter(page[page.length - 1]!.key);
        }
        same(seen, count, "rows forwards");
        let end = whole.end;
        for (;;) {
          const range = { start: whole.start, end };
          const page = await snapshot.range(range, { limitRows: 33, reverse: true });
          seen -= page.length;
          if (page.length < 33) break;
          end = page[page.length - 1]!.key;
        }
        same(seen, 0, "rows backwards");
      });
    }),
  ),
  test(
    "ST3: an empty value is a value",
    onStore(async (store) => {
      await put(store, { a: "" });
      await store.read(async (snapshot) => {
        same(await textOf(snapshot, "a"), "", "a");
        same(await textOf(snapshot, "b"), null, "b");
        same(await rowsOf(snapshot, allKeys), "a=", "rows");
      });
    }),
  ),
  test(
    "ST7: versions ascend, and a read sees every commit acknowledged before it",
    onStore(async (store) => {
      let last = await store.read((snapshot) => snapshot.version);
      for (let count = 0; count < 20; count += 1) {
        const { version } = await store.transact((tx) => tx.set(b("a"), b(String(count))));
        same(version > last, true, "each commit is above the one before");
        const seen = await store.read(async (snapshot) => {
          same(await textOf(snapshot, "a"), String(count), "what was acknowledged");
          return snapshot.version;
        });
        same(seen >= version, true, "a later read's version");
        last = version;
      }
      const reader = await store.transact((tx) => tx.get(b("a")));
      same(reader.version, last, "a transaction that wrote nothing has the version it read");
    }),
  ),
  test(
    "ST7: commits at the same time get versions of their own",
    onStore(async (store) => {
      const start = gate();
      const commits = Array.from({ length: 200 }, (_, index) =>
        store.transact(async (tx) => {
          await start.opened;
          tx.set(b(`k${index}`), b("1"));
        }),
      );
      start.open();
      const versions = (await Promise.all(commits)).map((commit) => commit.version);
      same(new Set(versions).size, 200, "different versions");
    }),
  ),
];
