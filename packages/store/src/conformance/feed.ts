// The feed and the past, for drivers that declare a history. See SPEC.md, "History".

import { decodeUtf8 } from "@holdfast/std";
import { allKeys } from "../key.ts";
import { type Change, type CommitVersion, type Consistency, hasHistory } from "../store.ts";
import {
  b,
  between,
  type ConformanceCase,
  fails,
  onStore,
  put,
  rowsOf,
  same,
  test,
  textOf,
} from "./case.ts";

/** `version: -start..end key=value key` for each, where a key without a value was cleared. */
function told(changes: readonly Change[]): string {
  return changes
    .map(({ version, cleared, keys }) => {
      const parts = [
        ...cleared.map(({ start, end }) => `-${decodeUtf8(start)}..${decodeUtf8(end)}`),
        ...keys.map(({ key, value }) =>
          value === null ? decodeUtf8(key) : `${decodeUtf8(key)}=${decodeUtf8(value)}`,
        ),
      ];
      return `${version}: ${parts.join(" ")}`;
    })
    .join("; ");
}

/** Cases of the feed and of the past. */
export const feedCases: readonly ConformanceCase[] = [
  test(
    "ST18: the feed tells commits one by one, cut to the range, from any version on",
    onStore(async (store) => {
      if (!hasHistory(store)) return;
      await put(store, { a: "1", m: "1", z: "1" });
      const { version } = await store.transact((tx) => {
        tx.clearRange(between("b", "y"));
        tx.set(b("n"), b("2"));
        tx.clear(b("a"));
      });
      const crowd = await Promise.all([put(store, { m: "3" }), put(store, { n: "4" })]);
      same(crowd.length, 2, "commits at once");
      const page = await store.changes(between("c", "o"), 0 as CommitVersion, { limitChanges: 10 });
      const [first, last] = [version - 1, version + 1];
      same(
        told(page.changes).replace(/(\d+): (m=3|n=4)/g, "$2"),
        `${first}: m=1; ${version}: -c..o n=2; m=3; n=4`,
        "the changes",
      );
      same(page.version, version + 2, "where the page ends");
      const one = await store.changes(allKeys, version, { limitChanges: 1 });
      same(one.version, last, "where a full page ends");
      const rest = await store.changes(allKeys, one.version, { limitChanges: 10 });
      same(rest.changes.length, 1, "what is left after a page");
      const none = await store.changes(between("o", "p"), version, { limitChanges: 1 });
      same(told(none.changes), "", "changes of a range that nothing touched");
      same(none.version, version + 2, "where an empty page ends");
    }),
  ),
  test(
    "ST18, ST19, ST21: what is written in one turn is told write by write, and was there one by one",
    onStore(async (store) => {
      if (!hasHistory(store)) return;
      const versions = await Promise.all(
        ["1", "2", "3"].map((value) => store.write((writes) => writes.set(b("a"), b(value)))),
      );
      const page = await store.changes(allKeys, 0 as CommitVersion, { limitChanges: 10 });
      const [first, second, third] = versions;
      same(told(page.changes), `${first}: a=1; ${second}: a=2; ${third}: a=3`, "the changes");
      for (const [index, version] of versions.entries()) {
        same(await store.asOf(version, (tx) => textOf(tx, "a")), String(index + 1), "what was");
      }
    }),
  ),
  test(
    "ST18, ST22: the feed may be older than linearizable, and lacks nothing up to where it ends",
    onStore(async (store) => {
      if (!hasHistory(store)) return;
      let version = 0 as CommitVersion;
      const seen: string[] = [];
      for (let count = 0; count < 6; count += 1) {
        const written = await store.write((writes) => writes.set(b(`k${count}`), b("v")));
        const ways: Consistency[] = [{ atLeast: written }, { staleMsMax: 1_000 }, "linearizable"];
        const consistency = ways[count % ways.length]!;
        const page = await store.changes(allKeys, version, { limitChanges: 10, consistency });
        seen.push(...page.changes.flatMap(({ keys }) => keys.map(({ key }) => decodeUtf8(key))));
        if (count % ways.length !== 1)
          same(page.version >= written, true, "whether it is that new");
        version = page.version;
      }
      same(seen.join(), "k0,k1,k2,k3,k4,k5", "the feed");
      const none = { limitChanges: 1, consistency: { atLeast: (version + 1) as CommitVersion } };
      await fails("invalid_argument", () => store.changes(allKeys, version, none), "too new");
    }),
  ),
  test(
    "ST18: whoever follows the feed with a watch misses nothing",
    onStore(async (store) => {
      if (!hasHistory(store)) return;
      const watch = store.watch(allKeys);
      const writing = (async () => {
        for (let count = 0; count < 20; count += 1) await put(store, { [`k${count}`]: "v" });
      })();
      let version = 0 as CommitVersion;
      const seen: string[] = [];
      while (seen.length < 20) {
        await watch.next(version);
        const page = await store.changes(allKeys, version, { limitChanges: 3 });
        for (const { keys } of page.changes) seen.push(...keys.map(({ key }) => decodeUtf8(key)));
        version = page.version;
      }
      await writing;
      watch.close();
      same(seen.join(), Array.from({ length: 20 }, (_, count) => `k${count}`).join(), "the feed");
    }),
  ),
  test(
    "ST19: the past is what was read then",
    onStore(async (store) => {
      if (!hasHistory(store)) return;
      await put(store, { a: "1", b: "1", c: "1" });
      const then = await store.read((tx) => tx.version);
      await store.transact((tx) => {
        tx.clear(b("a"));
        tx.set(b("b"), b("2"));
        tx.set(b("d"), b("2"));
      });
      await store.transact((tx) => tx.clearRange(allKeys));
      await store.asOf(then, async (tx) => {
        same(tx.version, then, "the version");
        same(await rowsOf(tx, between("a", "z")), "a=1 b=1 c=1", "the rows");
        const back = { limitRows: 2, reverse: true };
        same(await rowsOf(tx, between("a", "z"), back), "c=1 b=1", "the last rows");
        same(await textOf(tx, "d"), null, "what came later");
      });
      const next = (then + 1) as CommitVersion;
      same(
        await store.asOf(next, (tx) => rowsOf(tx, between("a", "z"))),
        "b=2 c=1 d=2",
        "the next",
      );
      same(await store.asOf(0 as CommitVersion, (tx) => textOf(tx, "a")), null, "the beginning");
    }),
  ),
  test(
    "ST18, ST19: versions that are none yet are refused",
    onStore(async (store) => {
      if (!hasHistory(store)) return;
      const future = 1 as CommitVersion;
      await fails("invalid_argument", () => store.asOf(future, () => 0), "the past of the future");
      const ask = () => store.changes(allKeys, future, { limitChanges: 1 });
      await fails("invalid_argument", ask, "changes since the future");
    }),
  ),
];
