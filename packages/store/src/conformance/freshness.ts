// Reads that may be older than linearizable ones. See SPEC.md, "How fresh a read is".

import type { CommitVersion, Consistency, Store } from "../store.ts";
import { b, type ConformanceCase, fails, onStore, put, same, test, textOf } from "./case.ts";

const readA = (store: Store, consistency: Consistency) =>
  store.read((snapshot) => textOf(snapshot, "a"), { consistency });

/** See the head of this file. */
export const freshnessCases: readonly ConformanceCase[] = [
  test(
    "ST22: a read at least as new as one's own writes shows them, and says how old it may be",
    onStore(async (store) => {
      for (const value of ["1", "2", "3"]) {
        const { version } = await store.transact((tx) => tx.set(b("a"), b(value)));
        await store.read(
          async (snapshot) => {
            same(await textOf(snapshot, "a"), value, "a");
            same(snapshot.version >= version, true, `whether ${snapshot.version} is ${version}`);
            same(snapshot.staleMsMax >= 0, true, `whether ${snapshot.staleMsMax} is an age`);
          },
          { consistency: { atLeast: version } },
        );
      }
      const none = { atLeast: 0 as CommitVersion };
      same((await readA(store, none)) !== "4", true, "a read that may be of any age");
    }),
  ),
  test(
    "ST22: a version that is none yet is refused, and so is what makes no sense",
    onStore(async (store) => {
      const { version } = await store.transact((tx) => tx.set(b("a"), b("1")));
      for (const atLeast of [version + 1, version + 1_000_000, -1, 1.5, Number.NaN]) {
        const consistency = { atLeast: atLeast as CommitVersion };
        await fails("invalid_argument", () => readA(store, consistency), `at least ${atLeast}`);
      }
      for (const staleMsMax of [-1, Number.NaN]) {
        await fails("invalid_argument", () => readA(store, { staleMsMax }), `${staleMsMax} ms`);
      }
      same(await readA(store, { atLeast: version }), "1", "a");
    }),
  ),
  test(
    "ST23: a read within a bound says that it met it; without a bound it shows all that was acknowledged",
    onStore(async (store) => {
      await put(store, { a: "1" });
      for (const staleMsMax of [0, 50, 10_000, Number.POSITIVE_INFINITY]) {
        await store.read(
          (snapshot) => {
            const met = snapshot.staleMsMax <= staleMsMax;
            same(met, true, `whether ${snapshot.staleMsMax} ms are within ${staleMsMax}`);
          },
          { consistency: { staleMsMax } },
        );
      }
      await put(store, { a: "2" });
      same(await readA(store, { staleMsMax: 0 }), "2", "a read of no age");
      for (const options of [undefined, {}, { consistency: "linearizable" as const }]) {
        const found = await store.read(async (snapshot) => {
          return `${await textOf(snapshot, "a")} ${snapshot.staleMsMax}`;
        }, options);
        same(found, "2 0", "a linearizable read");
      }
    }),
  ),
];
