// Limits, cancelling, ageing, closing and opening again.

import { allKeys } from "../key.ts";
import {
  keySizeBytesMax,
  rangeRowsMax,
  type Snapshot,
  type Transaction,
  transactionAgeMsMax,
  transactionSizeBytesMax,
  valueSizeBytesMax,
} from "../store.ts";
import {
  b,
  between,
  type ConformanceCase,
  fails,
  gate,
  onStore,
  put,
  rowsOf,
  same,
  test,
  textOf,
} from "./case.ts";

/** See the head of this file. */
export const lifeCases: readonly ConformanceCase[] = [
  test(
    "ST10: the largest key and value fit, and one byte more is too large",
    onStore(async (store) => {
      const keyMax = store.capabilities.keySizeBytesMax;
      same(keyMax <= keySizeBytesMax, true, "no driver promises more than the contract");
      const key = new Uint8Array(keyMax).fill(7);
      const value = new Uint8Array(valueSizeBytesMax).fill(7);
      await store.transact((tx) => tx.set(key, value));
      const found = await store.read((tx) => tx.get(key));
      same(found?.length ?? -1, valueSizeBytesMax, "the value's size");
      const neighbour = Uint8Array.from([...key.subarray(1), 8]);
      await store.transact((tx) => tx.set(neighbour, b("8")));
      same((await store.read((tx) => tx.range(allKeys, { limitRows: 9 }))).length, 2, "rows");
      const longer = new Uint8Array(keyMax + 1).fill(7);
      await fails("too_large", () => store.transact((tx) => tx.set(longer, b("1"))));
      await fails("too_large", () => store.transact((tx) => tx.clear(longer)));
      await fails("too_large", () => store.read((tx) => tx.get(longer)));
      const more = new Uint8Array(valueSizeBytesMax + 1);
      await fails("too_large", () => store.transact((tx) => tx.set(b("k"), more)));
    }),
  ),
  test(
    "ST10: keys that are empty or reserved, and ranges and limits that make no sense, are refused",
    onStore(async (store) => {
      const reserved = Uint8Array.of(0xff, 1);
      const beyond = { start: b("a"), end: reserved };
      const calls: ((tx: Transaction) => unknown)[] = [
        (tx) => tx.set(new Uint8Array(0), b("1")),
        (tx) => tx.set(reserved, b("1")),
        (tx) => tx.get(reserved),
        (tx) => tx.clear(reserved),
        (tx) => tx.clearRange(between("b", "a")),
        (tx) => tx.clearRange(beyond),
        (tx) => tx.range(between("b", "a"), { limitRows: 1 }),
        (tx) => tx.range(beyond, { limitRows: 1 }),
        (tx) => tx.range(allKeys, { limitRows: 0 }),
        (tx) => tx.range(allKeys, { limitRows: 1.5 }),
        (tx) => tx.range(allKeys, { limitRows: rangeRowsMax + 1 }),
      ];
      for (const call of calls) {
        await fails("invalid_argument", () => store.transact(call), String(call));
      }
      await fails("invalid_argument", () => store.watch(between("b", "a")));
    }),
  ),
  test(
    "ST10: a transaction that writes more than the limit is refused as a whole, the largest is not",
    onStore(async (store) => {
      const value = new Uint8Array(valueSizeBytesMax);
      const count = Math.floor(transactionSizeBytesMax / (valueSizeBytesMax + 4));
      const write = (extra: number) =>
        store.transact((tx) => {
          for (let index = 0; index < count + extra; index += 1) {
            tx.set(b(String(1000 + index)), value);
            tx.set(b(String(1000 + index)), value);
          }
        });
      await fails("too_large", () => write(1));
      same((await store.read((tx) => tx.range(allKeys, { limitRows: 1 }))).length, 0, "rows");
      await write(0);
      const rows = await store.read((tx) => tx.range(allKeys, { limitRows: 1_000 }));
      same(rows.length, count, "rows");
    }),
  ),
  test(
    "ST10: a transaction that reads too many keys is refused, a read may go on",
    onStore(async (store) => {
      const sizeBytes = store.capabilities.keySizeBytesMax;
      const look = (many: number) => async (tx: Snapshot) => {
        const key = new Uint8Array(sizeBytes).fill(7);
        for (let index = 0; index < many; index += 1) {
          key[0] = index % 200;
          key[1] = Math.floor(index / 200);
          await tx.get(key);
        }
      };
      const enough = Math.floor(transactionSizeBytesMax / sizeBytes);
      await store.transact(look(enough));
      await fails("too_large", () => store.transact(look(enough + 1)));
      await store.read(look(enough + 1));
    }),
  ),
  test(
    "ST6: a cancelled transaction writes nothing, and ends though its function does not",
    onStore(async (store) => {
      const before = AbortSignal.abort();
      await fails("cancelled", () => store.transact(() => 1, { signal: before }));
      const controller = new AbortController();
      const started = gate();
      const hanging = store.transact(
        async (tx) => {
          tx.set(b("a"), b("1"));
          started.open();
          await new Promise(() => {});
        },
        { signal: controller.signal },
      );
      await started.opened;
      controller.abort();
      await fails("cancelled", () => hanging);
      same(await store.read((tx) => textOf(tx, "a")), null, "a");
    }),
  ),
  test(
    "ST6: a transaction that has ended can't be used any more",
    onStore(async (store) => {
      let kept: Transaction | null = null;
      await store.transact((tx) => {
        kept = tx;
      });
      await fails("closed", () => kept!.set(b("a"), b("1")));
      await fails("closed", () => kept!.get(b("a")));
      let snapshot: Snapshot | null = null;
      await store.read((read) => {
        snapshot = read;
      });
      await fails("closed", () => snapshot!.range(allKeys, { limitRows: 1 }));
    }),
  ),
  test(
    "ST11: a transaction that runs for too long ends, and so does a read, though they hang",
    onStore(async (store, harness) => {
      let kept: Snapshot | null = null;
      let ended = 0;
      let begun = 0;
      const bothBegun = gate();
      const hang = (tx: Snapshot) => {
        kept = tx;
        begun += 1;
        if (begun === 2) bothBegun.open();
        return new Promise(() => {});
      };
      const hanging = [store.read(hang), store.transact(hang)].map((running) =>
        fails("too_old", () => running).finally(() => {
          ended += 1;
        }),
      );
      await bothBegun.opened;
      await harness.elapse(transactionAgeMsMax / 2);
      await put(store, { a: "1" });
      same(ended, 0, "ended before their time");
      await harness.elapse(transactionAgeMsMax);
      await Promise.all(hanging);
      await fails("too_old", () => kept!.get(b("a")));
      await put(store, { a: "2" });
    }),
  ),
  test("ST12: close waits for what runs, refuses what is new, and is harmless twice", async (harness) => {
    const store = await harness.open();
    const started = gate();
    const finish = gate();
    const running = store.transact(async (tx) => {
      started.open();
      await finish.opened;
      tx.set(b("a"), b("1"));
    });
    await started.opened;
    const closing = store.close();
    await fails("closed", () => store.transact(() => 1));
    await fails("closed", () => store.read(() => 1));
    await fails("closed", () => store.watch(allKeys));
    finish.open();
    await running;
    await closing;
    await store.close();
  }),
  {
    ...test("ST8: what was acknowledged is there after closing and opening again, and versions go on", async (harness) => {
      const reopen = harness.reopen!;
      let store = await harness.open();
      let last = 0;
      const expected = new Map<string, string>();
      for (let round = 0; round < 4; round += 1) {
        for (let count = 0; count < 30; count += 1) {
          const key = `k${(round * 7 + count) % 40}`;
          const value = `${round}.${count}`;
          const { version } = await store.transact((tx) => {
            if (count === 15) tx.clearRange(between("k1", "k2"));
            tx.set(b(key), b(value));
          });
          if (count === 15) {
            for (const other of [...expected.keys()]) {
              if (other >= "k1" && other < "k2") expected.delete(other);
            }
          }
          expected.set(key, value);
          same(version > last, true, "versions ascend over opening again");
          last = version;
        }
        store = await reopen(store);
        const sorted = [...expected].sort(([one], [other]) => (one < other ? -1 : 1));
        const text = sorted.map(([key, value]) => `${key}=${value}`).join(" ");
        same(await store.read((tx) => rowsOf(tx, allKeys)), text, `rows after round ${round}`);
        same(await store.read((tx) => tx.version), last, "the version");
      }
      await store.close();
    }),
    needsReopen: true,
  },
];
