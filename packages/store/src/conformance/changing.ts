// Changes of values that nobody reads, versions in keys and values, and conflicts by hand.

import { decodeUtf8, equalBytes, toHex } from "@holdfast/std";
import { allKeys, keyAfter, prefixRange } from "../key.ts";
import {
  type CommitVersion,
  type Mutation,
  type Store,
  type Transaction,
  transactionSizeBytesMax,
  valueSizeBytesMax,
} from "../store.ts";
import { versionStamp } from "../version_stamp.ts";
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

const add = (amount: number): Mutation => ({ type: "add", operand: Uint8Array.of(amount, 0) });
const change = (store: Store, key: string, mutation: Mutation) =>
  store.transact((tx) => tx.mutate(b(key), mutation));

/** The value of a key in hexadecimal, or null. */
async function hexOf(store: Store, key: string): Promise<string | null> {
  const value = await store.read((snapshot) => snapshot.get(b(key)));
  return value === null ? null : toHex(value);
}

// A value, a change, and what comes of it; null is a missing one.
const changes: readonly (readonly [string | null, Mutation["type"], string, string | null])[] = [
  [null, "add", "0500", "0500"],
  ["ff00", "add", "0200", "0101"],
  ["ffff", "add", "0100", "0000"],
  ["01", "add", "0100", "0200"],
  ["010101", "add", "01", "02"],
  [null, "min", "0500", "0500"],
  ["0001", "min", "ff00", "ff00"],
  ["0100", "min", "0001", "0100"],
  ["0001", "max", "ff00", "0001"],
  [null, "max", "05", "05"],
  ["0102", "max", "02", "02"],
  [null, "byte_min", "05", "05"],
  ["0001", "byte_min", "01", "0001"],
  ["0001", "byte_max", "01", "01"],
  ["01", "byte_max", "0100", "0100"],
  [null, "and", "0f", "0f"],
  ["3c", "and", "0f", "0c"],
  ["3cff", "and", "0f0f0f", "0c0f00"],
  [null, "or", "0f", "0f"],
  ["30", "or", "0f01", "3f01"],
  [null, "xor", "0f", "0f"],
  ["ff", "xor", "0f", "f0"],
  [null, "append_if_fits", "0102", "0102"],
  ["00", "append_if_fits", "0102", "000102"],
  ["0102", "compare_and_clear", "0102", null],
  ["0102", "compare_and_clear", "01", "0102"],
  [null, "compare_and_clear", "", null],
];

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
}

async function requireStamps(store: Store): Promise<boolean> {
  if (store.capabilities.versionStamps) return true;
  await fails(
    "invalid_argument",
    () => store.transact((tx) => tx.setStampedKey({ before: b("log/") }, b(""))),
    "a version stamp",
  );
  return false;
}

/** For drivers that declare version stamps; others must refuse them. */
function stamping(work: (store: Store) => Promise<void>): ConformanceCase["run"] {
  return onStore(async (store) => {
    if (await requireStamps(store)) await work(store);
  });
}

/** See the head of this file. */
export const changingCases: readonly ConformanceCase[] = [
  test(
    "ST15: each change makes of a value what it says",
    onStore(async (store) => {
      for (const [index, [before, type, operand, after]] of changes.entries()) {
        const key = b(`k${index}`);
        const what = `${before} ${type} ${operand}`;
        await store.transact((tx) => {
          if (before !== null) tx.set(key, bytes(before));
        });
        await store.transact(async (tx) => {
          tx.mutate(key, { type, operand: bytes(operand) });
          const own = await tx.get(key);
          same(own === null ? null : toHex(own), after, `${what}, as its transaction sees it`);
        });
        same(await hexOf(store, `k${index}`), after, what);
      }
    }),
  ),
  test(
    "ST15: changes of one key never conflict, and none is lost",
    onStore(async (store) => {
      let runs = 0;
      await Promise.all(
        Array.from({ length: 50 }, () =>
          store.transact((tx) => {
            runs += 1;
            tx.mutate(b("count"), add(3));
          }),
        ),
      );
      same(runs, 50, "runs");
      same(await hexOf(store, "count"), "9600", "the count");
    }),
  ),
  test(
    "ST15: a change is made to what is there at the commit, not to what was in the snapshot",
    onStore(async (store) => {
      await store.transact((tx) => tx.set(b("count"), Uint8Array.of(1, 0)));
      const runs = await runsOf(
        store,
        async (tx) => tx.mutate(b("count"), add(1)),
        () => change(store, "count", add(5)),
      );
      same(runs, 1, "runs");
      same(await hexOf(store, "count"), "0700", "the count");
    }),
  ),
  test(
    "ST15: who reads what he changes depends on it, as does who reads what another changes",
    onStore(async (store) => {
      const reading = async (tx: Transaction) => {
        tx.mutate(b("count"), add(1));
        await tx.get(b("count"));
      };
      same(await runsOf(store, reading, () => change(store, "count", add(1))), 2, "runs, changed");
      const other = async (tx: Transaction) => {
        await tx.get(b("count"));
        tx.set(b("mark"), b("1"));
      };
      same(await runsOf(store, other, () => change(store, "count", add(1))), 2, "runs, read");
      same(await hexOf(store, "count"), "0300", "the count");
    }),
  ),
  test(
    "ST15: changes, sets and clears of one transaction take effect in their order",
    onStore(async (store) => {
      await put(store, { a: "x", b: "x", c: "x", d: "x" });
      const more: Mutation = { type: "append_if_fits", operand: b("y") };
      await store.transact(async (tx) => {
        tx.mutate(b("a"), more);
        tx.set(b("a"), b("z"));
        tx.set(b("b"), b("z"));
        tx.mutate(b("b"), more);
        tx.mutate(b("c"), more);
        tx.clearRange(between("c", "d"));
        tx.mutate(b("c"), more);
        tx.mutate(b("d"), more);
        tx.mutate(b("d"), more);
        tx.mutate(b("e"), more);
        same(await rowsOf(tx, allKeys), "a=z b=zy c=y d=xyy e=y", "own rows");
        same(await rowsOf(tx, allKeys, { limitRows: 3 }), "a=z b=zy c=y", "the first");
        const last = { limitRows: 2, reverse: true };
        same(await rowsOf(tx, allKeys, last), "e=y d=xyy", "the last");
      });
      const rows = await store.read((snapshot) => rowsOf(snapshot, allKeys));
      same(rows, "a=z b=zy c=y d=xyy e=y", "the rows");
      await store.transact((tx) => {
        tx.mutate(b("a"), { type: "compare_and_clear", operand: b("z") });
        tx.clear(b("d"));
        tx.mutate(b("e"), more);
        tx.clear(b("e"));
      });
      same(await store.read((snapshot) => rowsOf(snapshot, allKeys)), "b=zy c=y", "what is left");
    }),
  ),
  test(
    "ST2, ST15: operands, and what is around a stamp, are copied",
    onStore(async (store) => {
      const bytes = b("a");
      await store.transact((tx) => {
        tx.mutate(b("value"), { type: "or", operand: bytes });
        if (store.capabilities.versionStamps) {
          tx.setStampedKey({ before: bytes, after: bytes }, bytes);
          tx.setStampedValue(b("stamped"), { before: bytes, after: bytes });
        }
        bytes.fill(0x7a);
      });
      same(await hexOf(store, "value"), "61", "the value");
      if (!store.capabilities.versionStamps) return;
      const [row] = await store.read((tx) => tx.range(between("a", "b"), { limitRows: 2 }));
      const ends = [row!.key[0], row!.key.at(-1), row!.value[0]].join();
      same(ends, "97,97,97", "the ends of the key, and its value");
      const stamped = await hexOf(store, "stamped");
      same(/^61.*61$/.test(stamped ?? ""), true, "the ends of the stamped value");
    }),
  ),
  test(
    "ST2, ST15: a read sees the writes that were called before it, and none after",
    onStore(async (store) => {
      await put(store, { a: "1", b: "1" });
      const more: Mutation = { type: "append_if_fits", operand: b("+") };
      await store.transact(async (tx) => {
        tx.mutate(b("a"), more);
        const changed = textOf(tx, "a");
        tx.set(b("a"), b("set"));
        const untouched = textOf(tx, "b");
        const all = rowsOf(tx, allKeys);
        tx.mutate(b("b"), more);
        tx.set(b("c"), b("set"));
        tx.clearRange(between("a", "b"));
        same(await changed, "1+", "what was changed");
        same(await untouched, "1", "what was not touched yet");
        same(await all, "a=set b=1", "the rows");
        same(await rowsOf(tx, allKeys), "b=1+ c=set", "the rows then");
      });
    }),
  ),
  test(
    "ST10, ST15: changes of one key are many, and not without limit",
    onStore(async (store) => {
      const nothing: Mutation = { type: "append_if_fits", operand: b("") };
      const changing = (times: number) =>
        store.transact(async (tx) => {
          for (let again = 0; again < times; again += 1) tx.mutate(b("a"), nothing);
          same(await textOf(tx, "a"), "", "a");
        });
      await changing(50_000);
      await fails("too_large", () => changing(200_000));
    }),
  ),
  test(
    "ST15: a watch is told of a change",
    onStore(async (store) => {
      const watch = store.watch({ start: b("a"), end: b("b") });
      const since = await store.read(({ version }) => version);
      const { version } = await change(store, "a", add(1));
      const seen = await watch.next(since);
      same(seen !== null && seen >= version, true, `told ${seen} of ${version}`);
      watch.close();
    }),
  ),
  test(
    "ST10, ST15: operands and what comes of them have limits",
    onStore(async (store) => {
      const operand = new Uint8Array(valueSizeBytesMax + 1);
      await fails("too_large", () => change(store, "a", { type: "add", operand }));
      await store.transact((tx) => tx.set(b("a"), new Uint8Array(valueSizeBytesMax)));
      await change(store, "a", { type: "append_if_fits", operand: b("x") });
      const value = await store.read((snapshot) => snapshot.get(b("a")));
      same(value?.length ?? 0, valueSizeBytesMax, "the size");
      const count = transactionSizeBytesMax / valueSizeBytesMax + 1;
      const names = Array.from({ length: count }, (_, index) => b(`full${index}`));
      for (const name of names) {
        await store.transact((tx) => tx.set(name, new Uint8Array(valueSizeBytesMax)));
      }
      await fails("too_large", () =>
        store.transact((tx) => {
          for (const name of names) tx.mutate(name, { type: "append_if_fits", operand: b("") });
        }),
      );
      const full: Mutation = { type: "or", operand: new Uint8Array(valueSizeBytesMax) };
      await fails("too_large", () =>
        store.transact((tx) => {
          for (let index = 0; index < count; index += 1) tx.mutate(b(`new${index}`), full);
        }),
      );
      await store.transact((tx) => {
        for (let index = 0; index < count; index += 1) {
          tx.mutate(b(`new${index}`), full);
          tx.clear(b(`new${index}`));
        }
        tx.mutate(b("b"), add(1));
      });
      same(await hexOf(store, "b"), "0100", "a later change");
    }),
  ),
  test(
    "ST16: snapshot reads see what reads see, and don't conflict",
    onStore(async (store) => {
      await put(store, { a: "1", b: "1" });
      const reading = async (tx: Transaction) => {
        tx.set(b("c"), b("2"));
        same(await rowsOf(tx.snapshot, between("a", "d")), "a=1 b=1 c=2", "the rows");
        same(await textOf(tx.snapshot, "a"), "1", "a");
        same(tx.snapshot.version, tx.version, "the version");
      };
      same(await runsOf(store, reading, () => put(store, { a: "2" })), 1, "runs");
    }),
  ),
  test(
    "ST16: a declared read conflicts as a read does",
    onStore(async (store) => {
      const declare = (range: "a" | "b") => async (tx: Transaction) => {
        tx.addReadConflict(prefixRange(b(range)));
        tx.set(b("mark"), b("1"));
      };
      same(await runsOf(store, declare("a"), () => put(store, { aa: "1" })), 2, "runs, within");
      same(await runsOf(store, declare("b"), () => put(store, { aa: "2" })), 1, "runs, beside");
    }),
  ),
  test(
    "ST16: a declared write conflicts with reads as a write does, and changes nothing",
    onStore(async (store) => {
      await put(store, { a: "1" });
      const declare = () => store.transact((tx) => tx.addWriteConflict(between("a", "b")));
      const point = async (tx: Transaction) => {
        same(await textOf(tx, "a"), "1", "a");
        tx.set(b("mark"), b("1"));
      };
      const span = async (tx: Transaction) => {
        await rowsOf(tx, between("aa", "c"));
        tx.set(b("mark"), b("2"));
      };
      const beside = async (tx: Transaction) => {
        await rowsOf(tx, between("b", "c"));
        tx.set(b("mark"), b("3"));
      };
      same(await runsOf(store, point, declare), 2, "runs of who read a key");
      same(await runsOf(store, span, declare), 2, "runs of who read a range");
      same(await runsOf(store, beside, declare), 1, "runs of who read beside");
      same(await store.read((snapshot) => rowsOf(snapshot, allKeys)), "a=1 mark=3", "the rows");
    }),
  ),
  test(
    "ST17: keys that hold the version of their commit sort by it",
    stamping(async (store) => {
      const append = (text: string) =>
        store.transact((tx) => tx.setStampedKey({ before: b("log/"), after: b("!") }, b(text)));
      const committed = await Promise.all(
        Array.from({ length: 20 }, (_, index) => append(`${index}`)),
      );
      const wanted = committed
        .map(({ version }, index) => ({ version, text: `${index}` }))
        .sort((one, other) => one.version - other.version);
      const rows = await store.read((snapshot) =>
        snapshot.range(prefixRange(b("log/")), { limitRows: 100 }),
      );
      same(
        rows.map(({ value }) => decodeUtf8(value)).join(),
        wanted.map(({ text }) => text).join(),
        "the order",
      );
      for (const [index, { key }] of rows.entries()) {
        const stamp = versionStamp(wanted[index]!.version);
        const isRight = equalBytes(key, Uint8Array.of(...b("log/"), ...stamp, ...b("!")));
        if (!isRight) throw new ConformanceError(`key ${toHex(key)} does not hold ${toHex(stamp)}`);
      }
    }),
  ),
  test(
    "ST17: a value holds the version of its commit",
    stamping(async (store) => {
      const { version } = await store.transact((tx) => {
        tx.set(b("a"), b("x"));
        tx.setStampedValue(b("a"), { before: b("<"), after: b(">") });
        tx.setStampedValue(b("b"), { before: b("") });
      });
      same(await hexOf(store, "a"), `3c${toHex(versionStamp(version))}3e`, "a");
      same(await hexOf(store, "b"), toHex(versionStamp(version)), "b");
    }),
  ),
  test(
    "ST17: what is not known before the commit can't be read, or cleared in part",
    stamping(async (store) => {
      const later = versionStamp(1_000_000 as CommitVersion);
      await store.transact(async (tx) => {
        tx.setStampedKey({ before: b("log/") }, b("1"));
        tx.setStampedValue(b("v"), { before: b("") });
        const refused = (work: () => unknown, what: string) =>
          fails("invalid_argument", work, what);
        await refused(() => tx.get(b("v")), "the value");
        await refused(() => rowsOf(tx, between("u", "w")), "the range of the value");
        await refused(() => tx.mutate(b("v"), add(1)), "a change of the value");
        await refused(() => tx.get(Uint8Array.of(...b("log/"), ...later)), "a key that may be it");
        await refused(() => rowsOf(tx, prefixRange(b("log/"))), "the range of the key");
        const soon = versionStamp((tx.version + 5) as CommitVersion);
        const end = Uint8Array.of(...b("log/"), ...soon);
        await refused(() => tx.clearRange({ start: b("log/"), end }), "half of where it may lie");
        same(await textOf(tx, "log/head"), null, "a key of another length");
        const earlier = await tx.get(Uint8Array.of(...b("log/"), ...versionStamp(tx.version)));
        same(earlier === null, true, "a key with an earlier stamp is missing");
        tx.setStampedKey({ before: b("ends/"), after: b("!") }, b("1"));
        const other = await tx.get(Uint8Array.of(...b("ends/"), ...later, ...b("?")));
        same(other === null, true, "a key with another end is missing");
        const start = b("log/");
        const past = keyAfter(Uint8Array.of(...start, ...versionStamp(tx.version)));
        same(await rowsOf(tx, { start, end: past }), "", "what was written before");
      });
      await store.transact((tx) => {
        tx.setStampedKey({ before: b("gone/") }, b("1"));
        tx.clearRange(prefixRange(b("gone/")));
        tx.setStampedValue(b("w"), { before: b("") });
        tx.set(b("w"), b("set"));
        tx.setStampedValue(b("x"), { before: b("") });
        tx.clear(b("x"));
        tx.setStampedValue(b("y"), { before: b("") });
        tx.clearRange(between("y", "z"));
      });
      const rows = await store.read((snapshot) => rowsOf(snapshot, between("g", "h")));
      same(rows, "", "what was stamped and cleared");
      same(await store.read((snapshot) => textOf(snapshot, "w")), "set", "w");
      same(await store.read((snapshot) => textOf(snapshot, "x")), null, "x");
      same(await store.read((snapshot) => textOf(snapshot, "y")), null, "y");
    }),
  ),
  test(
    "ST10, ST17: stamped keys and values have the limits of others",
    stamping(async (store) => {
      const before = new Uint8Array(store.capabilities.keySizeBytesMax - 7).fill(0x61);
      await fails("too_large", () => store.transact((tx) => tx.setStampedKey({ before }, b(""))));
      const most = { before: before.subarray(1) };
      await store.transact((tx) => tx.setStampedKey(most, b("")));
      const large = { before: new Uint8Array(valueSizeBytesMax - 7) };
      await fails("too_large", () => store.transact((tx) => tx.setStampedValue(b("a"), large)));
      await fails("invalid_argument", () =>
        store.transact((tx) => tx.setStampedKey({ before: b("") }, b(""))),
      );
      const full = new Uint8Array(valueSizeBytesMax);
      const many = 1 + transactionSizeBytesMax / valueSizeBytesMax;
      await fails("too_large", () =>
        store.transact((tx) => {
          for (let index = 0; index < many; index += 1) {
            tx.setStampedKey({ before: b("log/"), after: b(`${index}`) }, full);
          }
        }),
      );
    }),
  ),
  test(
    "ST17: who read where a stamped key came to lie runs again",
    stamping(async (store) => {
      const reading = async (tx: Transaction) => {
        await rowsOf(tx, prefixRange(b("log/")));
        tx.set(b("mark"), b("1"));
      };
      const append = () => store.transact((tx) => tx.setStampedKey({ before: b("log/") }, b("1")));
      same(await runsOf(store, reading, append), 2, "runs");
    }),
  ),
];
