// Who goes first where many wait, and how long somebody wants to wait.

import type { CommitVersion, Priority } from "../store.ts";
import { b, type ConformanceCase, fails, gate, onStore, same, test, textOf } from "./case.ts";

/** Fewer than a server runs calls of one client. */
const crowd = 240;

/** How many of a crowd of one priority commit after one of another, who comes last. */
async function overtaken(
  commit: (key: string, priority: Priority) => Promise<CommitVersion>,
  many: Priority,
  one: Priority,
): Promise<number> {
  const waiting = Array.from({ length: crowd }, (_, index) => commit(`${many}/${index}`, many));
  const last = await commit(`${one}/last`, one);
  const versions = await Promise.all(waiting);
  return versions.filter((version) => version > last).length;
}

/** See the head of this file. */
export const priorityCases: readonly ConformanceCase[] = [
  test(
    "ST24: whoever comes last with a higher priority passes most of those who can wait",
    onStore(async (store) => {
      const write = (key: string, priority: Priority) =>
        store.write((writes) => writes.set(b(key), b("1")), { priority });
      const transact = async (key: string, priority: Priority) =>
        (await store.transact((tx) => tx.set(b(key), b("1")), { priority })).version;
      for (const [commit, one] of [
        [write, "default"],
        [transact, "immediate"],
      ] as const) {
        const count = await overtaken(commit, "batch", one);
        same(count >= crowd / 2, true, `${one} passed ${count} of ${crowd} of batch; half`);
      }
      const none = await overtaken(write, "immediate", "batch");
      same(none, 0, "those of immediate whom one of batch passed");
    }),
  ),
  test(
    "ST24: transactions of every priority commit, and lose no update",
    onStore(async (store) => {
      const add = (priority: Priority) =>
        store.transact(
          async (tx) => {
            const count = Number((await textOf(tx, "count")) ?? "0");
            tx.set(b("count"), b(String(count + 1)));
          },
          { priority },
        );
      const all = ["batch", "default", "immediate"] as const;
      await Promise.all(all.flatMap((each) => Array.from({ length: 8 }, () => add(each))));
      same(await store.read((tx) => textOf(tx, "count")), "24", "the count");
    }),
  ),
  test(
    "ST24, ST25: what is no priority and no time is refused, and nothing is run",
    onStore(async (store) => {
      let runs = 0;
      const run = () => {
        runs += 1;
      };
      for (const options of [
        { priority: "system" as Priority },
        { timeoutMs: -1 },
        { timeoutMs: Number.NaN },
      ]) {
        await fails("invalid_argument", () => store.transact(run, options));
        await fails("invalid_argument", () => store.write(run, options));
      }
      same(runs, 0, "runs");
    }),
  ),
  test(
    "ST25: whose time is over before its commit began is told so, and leaves nothing",
    onStore(async (store, { elapse }) => {
      const started = gate();
      const hanging = store.transact(
        async (tx) => {
          tx.set(b("a"), b("1"));
          started.open();
          await new Promise(() => {});
        },
        { timeoutMs: 200 },
      );
      const ended = fails("timeout", () => hanging);
      await started.opened;
      await elapse(300);
      await ended;
      same(await store.read((tx) => textOf(tx, "a")), null, "a");
      const signal = AbortSignal.abort();
      const both = { signal, timeoutMs: 60_000 };
      await fails("cancelled", () => store.transact(run, both));
      await store.transact((tx) => tx.set(b("a"), b("2")), { timeoutMs: 60_000 });
      same(await store.read((tx) => textOf(tx, "a")), "2", "a");
    }),
  ),
];

const run = (): void => {};
