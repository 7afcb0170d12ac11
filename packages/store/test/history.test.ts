// History against a naive model that keeps the rows of every version, on every driver.

import {
  allKeys,
  type Change,
  type CommitVersion,
  type HistoryOptions,
  type KeyRange,
  keyAfter,
  type LocalStore,
  memoryStore,
  openMemoryStore,
  type Snapshot,
} from "@holdfast/store";
import { openLmdbStore, verifyLmdb } from "@holdfast/store/lmdb";
import type { Clock } from "@holdfast/world";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MemoryEngine } from "../src/drivers/memory/memory_engine.ts";
import { HistoryEngine } from "../src/history/history_engine.ts";
import { decodeState, recordsSpan, stateKey } from "../src/history/history_record.ts";
import { TransactionalStore } from "../src/transactional_store.ts";
import { newFolder, world } from "./drivers.ts";
import { groups, hex, Model, range, runGroups, unhex, type Write } from "./versions_model.ts";

const bytes = (text: string) => Uint8Array.from(Buffer.from(text));

async function rowsOf(snapshot: Snapshot, { start, end }: KeyRange, limitRows: number) {
  const rows: [string, string][] = [];
  for (let from = start; ; ) {
    const page = await snapshot.range({ start: from, end }, { limitRows });
    rows.push(...page.map((row): [string, string] => [hex(row.key), hex(row.value)]));
    if (page.length < limitRows) return rows;
    from = keyAfter(page.at(-1)!.key);
  }
}

/** All of the feed, in pages; `applied` to rows. */
async function follow(store: LocalStore, within: KeyRange, since: number, limitChanges: number) {
  const changes: Change[] = [];
  let version = since as CommitVersion;
  for (;;) {
    const page = await store.changes(within, version, { limitChanges });
    expect(page.changes.length).toBeLessThanOrEqual(limitChanges);
    changes.push(...page.changes);
    version = page.version;
    if (page.changes.length < limitChanges) return { changes, version };
  }
}

function apply(rows: readonly [string, string][], changes: readonly Change[]): [string, string][] {
  const result = new Map(rows);
  for (const { cleared, keys } of changes) {
    for (const { start, end } of cleared) {
      for (const at of [...result.keys()]) {
        if (at >= hex(start) && at < hex(end)) result.delete(at);
      }
    }
    for (const one of keys) {
      if (one.value === null) result.delete(hex(one.key));
      else result.set(hex(one.key), hex(one.value));
    }
  }
  return [...result].sort();
}

interface Kind {
  open(folder: string, history: HistoryOptions | null): Promise<LocalStore>;
  readonly stays: boolean;
  readonly runs: number;
}

const optional = (history: HistoryOptions | null) => (history === null ? {} : { history });
const kinds: Readonly<Record<string, Kind>> = {
  memory: {
    open: async (_, history) => memoryStore({ world, ...optional(history) }),
    stays: false,
    runs: 60,
  },
  "memory log": {
    open: (folder, history) => openMemoryStore({ world, folder, ...optional(history) }),
    stays: true,
    runs: 12,
  },
  lmdb: {
    open: (folder, history) => openLmdbStore({ world, folder, ...optional(history) }),
    stays: true,
    runs: 12,
  },
};

/** Checks everything that the history says, from `oldest` on, and that it says no more before. */
async function expectHistory(
  store: LocalStore,
  model: Model,
  oldest: number,
  ask: KeyRange,
  oldestPast = oldest,
) {
  const span = { start: hex(ask.start), end: hex(ask.end) };
  for (let version = 0; version <= model.last; version += 1) {
    const asked = version as CommitVersion;
    if (version < oldest) {
      const refused = store.changes(ask, asked, { limitChanges: 3 });
      await expect(refused).rejects.toMatchObject({ code: "too_old" });
    }
    if (version < oldestPast) {
      await expect(store.asOf(asked, () => 1)).rejects.toMatchObject({ code: "too_old" });
      continue;
    }
    const expected = model.within(version, span);
    const seen = await store.asOf(asked, async (snapshot) => {
      expect(snapshot.version).toBe(version);
      const rows = await rowsOf(snapshot, ask, 4);
      const back = await snapshot.range(ask, { limitRows: 3, reverse: true });
      expect(back.map((row) => hex(row.key))).toEqual(
        expected
          .map(([at]) => at)
          .reverse()
          .slice(0, 3),
      );
      for (const [at, held] of rows) expect(hex((await snapshot.get(unhex(at)))!)).toBe(held);
      return rows;
    });
    expect(seen).toEqual(expected);
    const { changes, version: end } = await follow(store, ask, version, 1 + (version % 3));
    expect(end).toBe(model.last);
    expect(apply(expected, changes)).toEqual(model.within(model.last, span));
    const versions = changes.map((change) => change.version);
    expect(versions).toEqual([...new Set(versions)].sort((one, other) => one - other));
    expect(versions.every((one) => one > version)).toBe(true);
    // Each commit of its own: its version's rows are what the changes up to it add up to.
    for (const [index, change] of changes.entries()) {
      const upTo = apply(expected, changes.slice(0, index + 1));
      expect(upTo).toEqual(model.within(change.version, span));
    }
  }
}

for (const [name, kind] of Object.entries(kinds)) {
  describe(`the ${name} driver`, () => {
    test("ST18, ST19, ST20: feed and past are those of a store that kept every version", async () => {
      await fc.assert(
        fc.asyncProperty(groups, groups, groups, range, async (first, between, second, ends) => {
          const ask = { start: unhex(ends.start), end: unhex(ends.end) };
          const folder = await newFolder();
          const model = new Model();
          let store = await kind.open(folder, {});
          await runGroups(store, first, model);
          await expectHistory(store, model, 0, ask);
          if (kind.stays) {
            await store.close();
            store = await kind.open(folder, {});
            await runGroups(store, second, model);
            await expectHistory(store, model, 0, ask);
            // Somebody writes without history: what was before is not told of any more.
            await store.close();
            store = await kind.open(folder, null);
            await runGroups(store, between, model);
            const gapTo = model.last;
            await store.close();
            store = await kind.open(folder, {});
            await expectHistory(store, model, gapTo, ask);
            await runGroups(store, second, model);
            await expectHistory(store, model, gapTo, ask);
          }
          await store.close();
        }),
        { numRuns: kind.runs },
      );
    });

    test("ST20: what is over the limit goes, the oldest first, and the rest is right", async () => {
      const folder = await newFolder();
      const store = await kind.open(folder, { keepBytes: 3_000 });
      const model = new Model();
      let [oldest, oldestPast] = [0, 0];
      for (let count = 0; count < 40; count += 1) {
        const size = count === 30 ? 4_000 : (count * 37) % 300; // the 31st alone is over the limit
        const one: Write = {
          type: "set",
          key: count % 2 ? "61" : "6161",
          value: "ab".repeat(size),
        };
        await runGroups(store, [[[one]]], model);
        // What replaces it can't keep what stood before.
        if (count === 30) oldest = model.last;
        if (count === 32) oldestPast = model.last;
        while (oldest < model.last) {
          const asked = oldest as CommitVersion;
          const isThere = await store.changes(allKeys, asked, { limitChanges: 1 }).then(
            () => true,
            () => false,
          );
          if (isThere) break;
          oldest += 1;
        }
        if (count % 6 === 0 || (count > 29 && count < 33)) {
          await expectHistory(store, model, oldest, allKeys, Math.max(oldest, oldestPast));
        }
        expect(model.last - oldest).toBeLessThan(25);
      }
      expect(oldest).toBeGreaterThan(20);
      await store.close();
      if (name === "lmdb") {
        const report = await verifyLmdb({ world, folder });
        expect(report).toMatchObject({ problems: [], rows: 2 });
        expect(report.notes).toEqual([expect.stringMatching(/rows more are the history$/)]);
      }
    });
  });
}

describe("limits", () => {
  test("ST20: the history takes what it says, and never more than it may", async () => {
    const engine = new HistoryEngine(new MemoryEngine(), world, { keepBytes: 20_000 });
    const store = new TransactionalStore(world, engine);
    for (let count = 0; count < 60; count += 1) {
      await store.transact((tx) => {
        tx.set(bytes(`key ${count % 7}`), new Uint8Array((count * 911) % 5_000).fill(count));
        if (count % 9 === 0) tx.clearRange(allKeys);
      });
      const snapshot = engine.snapshot();
      const state = decodeState((await snapshot.get(stateKey))!);
      const rows = await snapshot.range(recordsSpan.start, recordsSpan.end, 100_000, false);
      const sizeBytes = rows.reduce((sum, row) => sum + row.key.length + row.value.length, 0);
      expect(state.sizeBytes).toBe(sizeBytes);
      expect(sizeBytes).toBeLessThanOrEqual(20_000);
      expect(state.last).toBe(engine.version);
      snapshot.release();
    }
    await store.close();
  });

  test("ST20: what is older than it is to be kept goes with later commits", async () => {
    let wallMs = 1_000_000;
    const { clock: real } = world;
    const clock: Clock = {
      now: () => real.now(),
      wall: () => wallMs,
      sleep: (ms, signal) => real.sleep(ms, signal),
      timer: (ms, onDue) => real.timer(ms, onDue),
    };
    const store = memoryStore({ world: { ...world, clock }, history: { keepMs: 1_000 } });
    const put = () => store.transact((tx) => tx.set(bytes("a"), bytes(String(wallMs))));
    for (let count = 0; count < 5; count += 1) {
      await put();
      wallMs += 400;
    }
    const from = (version: number) =>
      store.changes(allKeys, version as CommitVersion, { limitChanges: 9 });
    await expect(from(1)).rejects.toMatchObject({ code: "too_old" });
    expect((await from(2)).changes.map(({ version }) => version)).toEqual([3, 4, 5]);
    wallMs += 5_000;
    await put();
    await expect(from(4)).rejects.toMatchObject({ code: "too_old" });
    expect((await from(5)).changes.map(({ version }) => version)).toEqual([6]);
    await store.close();
  });

  test("ST19: who wants the past no more is not kept reading all that came since", async () => {
    const { clock: real } = world;
    let rests = 0;
    let onRest = () => {};
    const clock: Clock = {
      now: () => real.now(),
      wall: () => real.wall(),
      timer: (ms, onDue) => real.timer(ms, onDue),
      sleep: async (ms, signal) => {
        rests += 1;
        onRest();
        await real.sleep(ms, signal);
      },
    };
    const store = memoryStore({ world: { ...world, clock }, history: { keepBytes: 20_000_000 } });
    const put = () => store.transact((tx) => tx.set(bytes("a"), new Uint8Array(90_000)));
    const { version } = await put();
    for (let count = 0; count < 60; count += 1) await put();
    rests = 0;
    await store.asOf(version, () => 1);
    const all = rests;
    expect(all).toBeGreaterThan(3);
    rests = 0;
    const controller = new AbortController();
    onRest = () => controller.abort();
    const reading = store.asOf(version, () => 1, { signal: controller.signal });
    await expect(reading).rejects.toMatchObject({ code: "cancelled" });
    expect(rests).toBe(1);
    await store.close();
  });

  test("ST20: a commit that clears too much to keep is in the feed; the past before it is gone", async () => {
    const store = memoryStore({ world, history: { keepBytes: 2_000_000 } });
    for (let count = 0; count < 30; count += 1) {
      await store.transact((tx) => tx.set(bytes(`a/${count}`), new Uint8Array(90_000)));
    }
    const before = await store.read((tx) => tx.version);
    const { version } = await store.transact((tx) => tx.clearRange(allKeys));
    const page = await store.changes(allKeys, before, { limitChanges: 9 });
    expect(page.changes).toEqual([{ version, cleared: [allKeys], keys: [] }]);
    await expect(store.asOf(before, () => 1)).rejects.toMatchObject({ code: "too_old" });
    expect(await store.asOf(version, (tx) => tx.get(bytes("a/1")))).toBe(null);
    await store.close();
  });

  test("ST10: what is no version, no limit or no history is refused", async () => {
    const plain = memoryStore({ world });
    const refused = { code: "invalid_argument" };
    const first = 0 as CommitVersion;
    await expect(plain.changes(allKeys, first, { limitChanges: 1 })).rejects.toMatchObject(refused);
    await expect(plain.asOf(first, () => 1)).rejects.toMatchObject(refused);
    await plain.close();
    const store = memoryStore({ world, history: {} });
    await store.transact((tx) => tx.set(bytes("a"), bytes("1")));
    for (const version of [-1, 0.5, 2, Number.NaN] as CommitVersion[]) {
      await expect(store.changes(allKeys, version, { limitChanges: 1 })).rejects.toMatchObject(
        refused,
      );
      await expect(store.asOf(version, () => 1)).rejects.toMatchObject(refused);
    }
    for (const limitChanges of [0, 10_001, 1.5]) {
      await expect(store.changes(allKeys, first, { limitChanges })).rejects.toMatchObject(refused);
    }
    await store.close();
    const most = Number.MAX_SAFE_INTEGER;
    for (const history of [
      ...[{ keepBytes: 0 }, { keepMs: -1 }, { keepBytes: 0.5 }],
      ...[{ keepMs: most }, { keepBytes: most + 1 }],
    ]) {
      expect(() => memoryStore({ world, history })).toThrow(/positive integer/);
    }
  });
});

describe("what is kept on the disk", () => {
  test("ST20: a history that begins anew takes the old one away", async () => {
    const folder = await newFolder();
    for (const history of [{}, null, {}]) {
      const store = await openLmdbStore({ world, folder, ...optional(history) });
      for (let count = 0; count < 3; count += 1) {
        await store.transact((tx) => tx.set(bytes("a"), bytes(String(count))));
      }
      await store.close();
    }
    const { notes } = await verifyLmdb({ world, folder });
    expect(notes).toEqual(["4 rows more are the history"]);
  });

  test("ST20: a log that is written anew keeps it", async () => {
    const folder = await newFolder();
    const history = { keepBytes: 6_000_000 };
    let store = await openMemoryStore({ world, folder, history });
    for (let count = 0; count < 20; count += 1) {
      await store.transact((tx) => tx.set(bytes("a"), new Uint8Array(90_000).fill(count)));
    }
    const now = await store.read((tx) => tx.version);
    await store.close();
    store = await openMemoryStore({ world, folder, history });
    const then = 2 as CommitVersion; // long before the log was written anew
    expect((await store.asOf(then, (tx) => tx.get(bytes("a"))))![0]).toBe(1);
    const page = await store.changes(allKeys, then, { limitChanges: 100 });
    expect(page.changes).toHaveLength(now - then);
    await store.close();
  });
});

test("ST18, ST19: whoever reads much of the history lets others have a turn", async () => {
  const store = memoryStore({ world, history: { keepBytes: 20_000_000 } });
  const value = new Uint8Array(90_000);
  for (let count = 0; count < 60; count += 1) {
    await store.transact((tx) => tx.set(bytes(`key ${count}`), value));
  }
  const turnsOf = async (work: () => Promise<unknown>): Promise<number> => {
    let turns = 0;
    let isOver = false;
    const turn = () => {
      turns += 1;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    await work();
    isOver = true;
    return turns;
  };
  const beginning = 0 as CommitVersion;
  const quiet = { start: bytes("quiet"), end: bytes("quieter") };
  const [much, little] = [beginning, 55 as CommitVersion];
  const ask = (since: CommitVersion) => store.changes(quiet, since, { limitChanges: 1 });
  expect(await turnsOf(() => ask(much))).toBeGreaterThan(3);
  expect(await turnsOf(() => store.asOf(much, (tx) => tx.version))).toBeGreaterThan(3);
  expect(await turnsOf(() => ask(little))).toBe(0);
  await store.close();
});

test("ST18, ST19: whoever reads the past while the store is closed in the same turn hears that it is", async () => {
  const keys = Array.from({ length: 20 }, (_, index) => bytes(`key ${index}`));
  for (const ask of ["changes", "asOf"] as const) {
    const store = await openLmdbStore({ world, folder: await newFolder(), history: {} });
    for (const key of keys) await store.transact((tx) => tx.set(key, key));
    const asking =
      ask === "asOf"
        ? store.asOf(1 as CommitVersion, (past) => past.get(keys[9]!))
        : store.changes(allKeys, 0 as CommitVersion, { limitChanges: 10 });
    const [asked] = await Promise.allSettled([asking, store.close()]);
    expect(asked).toMatchObject({ status: "rejected", reason: { code: "closed" } });
  }
});
