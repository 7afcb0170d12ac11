// Watches: nothing is lost, signals may be merged.

import { allKeys, keyAfter } from "../key.ts";
import type { CommitVersion, KeyRange, Store } from "../store.ts";
import { b, between, type ConformanceCase, fails, onStore, put, same, test } from "./case.ts";

const oneKey = (key: string): KeyRange => ({ start: b(key), end: keyAfter(b(key)) });

const versionOf = (store: Store) => store.read((snapshot) => snapshot.version);

/** Follows `range` until `until` is reported; how many signals that took. */
async function follow(store: Store, range: KeyRange, until: () => CommitVersion): Promise<number> {
  const watch = store.watch(range);
  let since = await versionOf(store);
  let signals = 0;
  while (since < until()) {
    const version = await watch.next(since);
    if (version === null) break;
    same(version > since, true, "a signal is above what was asked");
    since = version;
    signals += 1;
  }
  watch.close();
  return signals;
}

/** See the head of this file. */
export const watchingCases: readonly ConformanceCase[] = [
  test(
    "ST9: wakes for a key, a range and a cleared range, with the version of the change",
    onStore(async (store) => {
      await put(store, { k: "0" });
      const change = (fn: Parameters<Store["transact"]>[0]) => store.transact(fn);
      for (const range of [oneKey("k"), between("j", "l"), allKeys]) {
        for (const clear of [false, true]) {
          const watch = store.watch(range);
          const signal = watch.next(await versionOf(store));
          const { version } = await change((tx) =>
            clear ? tx.clearRange(between("a", "z")) : tx.set(b("k"), b("1")),
          );
          same(await signal, version, "the signal");
          watch.close();
        }
      }
    }),
  ),
  test(
    "ST9: loses no change between the version one read and the call of next",
    onStore(async (store) => {
      const since = await versionOf(store);
      const watch = store.watch(oneKey("k"));
      await put(store, { k: "1" });
      await put(store, { k: "2" });
      const latest = await versionOf(store);
      const version = await watch.next(since);
      same(version, latest, "both changes in one signal");
      const late = store.watch(oneKey("k"));
      same((await late.next(since)) !== null, true, "a watch that was opened after the change");
    }),
  ),
  test(
    "ST9: many watchers of many keys each see the last change",
    onStore(async (store) => {
      const goals = new Map<string, CommitVersion>();
      const names = Array.from({ length: 50 }, (_, index) => `k${index}`);
      const endless = Number.MAX_SAFE_INTEGER as CommitVersion;
      const followers = names.map((name) =>
        follow(store, oneKey(name), () => goals.get(name) ?? endless),
      );
      const everything = follow(store, allKeys, () => goals.get("all") ?? endless);
      const commits = [];
      for (let round = 0; round < 20; round += 1) {
        for (const name of names) commits.push(put(store, { [name]: `${round}` }));
        if (round % 5 === 0) await Promise.all(commits);
      }
      await Promise.all(commits);
      for (const name of [...names].reverse()) {
        const { version } = await store.transact((tx) => {
          goals.set(name, 0 as CommitVersion);
          tx.set(b(name), b("last"));
        });
        goals.set(name, version);
        goals.set("all", version);
      }
      const signals = await Promise.all(followers);
      same(
        signals.every((count) => count <= 22),
        true,
        "signals are not more than changes",
      );
      same((await everything) > 0, true, "the watch of everything woke");
    }),
  ),
  test(
    "ST9: does not wake for what it doesn't watch",
    onStore(async (store) => {
      const watch = store.watch(between("b", "c"));
      let woke = false;
      const signal = watch.next(await versionOf(store)).then((version) => {
        woke = version !== null;
      });
      await put(store, { a: "1", c: "1" });
      await put(store, { a: "2" });
      same(woke, false, "woke");
      watch.close();
      await signal;
    }),
  ),
  test("ST9: ends with null when it or the store is closed, and takes one call at a time", async (harness) => {
    const store = await harness.open();
    const since = await store.read((snapshot) => snapshot.version);
    const closed = store.watch(oneKey("k"));
    const one = closed.next(since);
    await fails("invalid_argument", () => closed.next(since));
    closed.close();
    closed.close();
    same(await one, null, "after its own end");
    same(await closed.next(since), null, "asked again");
    const other = store.watch(allKeys).next(since);
    await store.close();
    same(await other, null, "after the store's end");
  }),
];
