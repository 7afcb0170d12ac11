// What must and what must not make a transaction run again.

import { decodeUtf8 } from "@holdfast/std";
import { allKeys } from "../key.ts";
import { retriesMax, type Transaction } from "../store.ts";
import {
  b,
  between,
  type ConformanceCase,
  fails,
  onStore,
  put,
  rowsOf,
  runsOf,
  same,
  test,
  textOf,
} from "./case.ts";

const mark = (tx: Transaction) => tx.set(b("mark"), b("1"));

/** See the head of this file. */
export const conflictCases: readonly ConformanceCase[] = [
  test(
    "ST4: no update is lost",
    onStore(async (store) => {
      const add = () =>
        store.transact(async (tx) => {
          const count = Number((await textOf(tx, "count")) ?? "0");
          tx.set(b("count"), b(String(count + 1)));
        });
      await Promise.all(Array.from({ length: 40 }, add));
      same(await store.read((tx) => textOf(tx, "count")), "40", "the count");
    }),
  ),
  test(
    "ST4: no write skew: of two that each read what the other writes, one runs again",
    onStore(async (store) => {
      await put(store, { alice: "on", bob: "on" });
      const leave = (who: string) =>
        store.transact(async (tx) => {
          const on = (await rowsOf(tx, between("a", "c"))).split("=on").length - 1;
          if (on > 1) tx.set(b(who), b("off"));
        });
      await Promise.all([leave("alice"), leave("bob")]);
      const rows = await store.read((tx) => rowsOf(tx, between("a", "c")));
      same(rows.split("=on").length - 1, 1, `who is still there in ${rows}`);
    }),
  ),
  test(
    "ST4: a key that was read as missing, and then is written, conflicts",
    onStore(async (store) => {
      const read = async (tx: Transaction) => {
        await tx.get(b("name"));
        mark(tx);
      };
      same(await runsOf(store, read, () => put(store, { name: "1" })), 2, "runs");
    }),
  ),
  test(
    "ST4: no phantoms: a row that appears, changes or goes in a range that was read conflicts",
    onStore(async (store) => {
      await put(store, { a: "1", c: "1", e: "1" });
      const read = async (tx: Transaction) => {
        await tx.range(between("b", "d"), { limitRows: 100 });
        mark(tx);
      };
      same(await runsOf(store, read, () => put(store, { bb: "1" })), 2, "appears");
      same(await runsOf(store, read, () => put(store, { c: "2" })), 2, "changes");
      const gone = () => store.transact((tx) => tx.clearRange(between("c", "z")));
      same(await runsOf(store, read, gone), 2, "goes");
      same(await runsOf(store, read, () => put(store, { d: "1", a: "2" })), 1, "outside");
    }),
  ),
  test(
    "ST4: a range that was cut by its limit was read up to its last row, from either side",
    onStore(async (store) => {
      await put(store, { a: "1", b: "1", c: "1", d: "1" });
      const read = (reverse: boolean) => async (tx: Transaction) => {
        await tx.range(between("a", "z"), { limitRows: 2, reverse });
        tx.set(b("Z"), b("1"));
      };
      same(await runsOf(store, read(false), () => put(store, { c: "2" })), 1, "c after a, b");
      same(await runsOf(store, read(false), () => put(store, { b: "2" })), 2, "b after a, b");
      same(await runsOf(store, read(false), () => put(store, { aa: "2" })), 2, "aa between");
      same(await runsOf(store, read(true), () => put(store, { b: "3" })), 1, "b after d, c");
      same(await runsOf(store, read(true), () => put(store, { c: "3" })), 2, "c after d, c");
      same(await runsOf(store, read(true), () => put(store, { y: "3" })), 2, "y behind d");
    }),
  ),
  test(
    "ST5: blind writes do not conflict, and the later one stands",
    onStore(async (store) => {
      const write = async (tx: Transaction) => tx.set(b("a"), b("mine"));
      same(await runsOf(store, write, () => put(store, { a: "theirs" })), 1, "runs");
      same(await store.read((tx) => textOf(tx, "a")), "mine", "a");
    }),
  ),
  test(
    "ST5: reading what one wrote oneself is no read",
    onStore(async (store) => {
      const write = async (tx: Transaction) => {
        tx.set(b("a"), b("mine"));
        await tx.get(b("a"));
      };
      same(await runsOf(store, write, () => put(store, { a: "theirs" })), 1, "runs");
    }),
  ),
  test(
    "ST5: commits elsewhere do not conflict, however many there are",
    onStore(async (store) => {
      const read = async (tx: Transaction) => {
        await tx.get(b("a"));
        await tx.range(between("b", "c"), { limitRows: 100 });
        mark(tx);
      };
      const elsewhere = async () => {
        for (let count = 0; count < 20; count += 1) await put(store, { c: `${count}` });
      };
      same(await runsOf(store, read, elsewhere), 1, "runs");
    }),
  ),
  test(
    "ST5: a transaction that wrote nothing does not conflict",
    onStore(async (store) => {
      const read = async (tx: Transaction) => {
        await tx.range(allKeys, { limitRows: 100 });
      };
      same(await runsOf(store, read, () => put(store, { a: "1" })), 1, "runs");
    }),
  ),
  test(
    "ST4: one that never wins is told so",
    onStore(async (store) => {
      let runs = 0;
      const losing = () =>
        store.transact(async (tx) => {
          runs += 1;
          await tx.get(b("a"));
          await put(store, { a: String(runs) });
          mark(tx);
        });
      await fails("conflict", losing);
      same(runs, retriesMax, "runs");
    }),
  ),
  test(
    "ST6: a function that throws writes nothing, and its error comes out as it is",
    onStore(async (store) => {
      const own = new RangeError("own");
      let caught: unknown;
      try {
        await store.transact((tx) => {
          tx.set(b("a"), b("1"));
          throw own;
        });
      } catch (error) {
        caught = error;
      }
      same(caught === own, true, "the error");
      same(await store.read((tx) => textOf(tx, "a")), null, "a");
    }),
  ),
  test(
    "ST6: a group of transactions takes effect each as a whole, in its own order of writes",
    onStore(async (store) => {
      const write = (name: string) =>
        store.transact((tx) => {
          tx.clearRange(between("k", "l"));
          tx.set(b("k1"), b(name));
          tx.set(b("k2"), b(name));
          tx.set(b(`k-${name}`), b(name));
        });
      const commits = await Promise.all(
        Array.from({ length: 30 }, (_, index) => write(`${index}`)),
      );
      const order = commits.map((commit, index) => ({ version: commit.version, index }));
      const last = order.sort((one, other) => other.version - one.version)[0]!.index;
      await store.read(async (tx) => {
        const rows = await tx.range(between("k", "l"), { limitRows: 100 });
        const text = rows.map((row) => `${decodeUtf8(row.key)}=${decodeUtf8(row.value)}`).join(" ");
        same(text, `k-${last}=${last} k1=${last} k2=${last}`, "what the last one left");
      });
    }),
  ),
];
