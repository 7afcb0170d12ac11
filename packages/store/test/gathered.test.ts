// What is gathered in one turn: writes that share a commit, reads that share a barrier; the
// rows that are put in order late; and requests that are read without what a transaction has.

import { HoldfastError, Reader, SeededRandom, Writer } from "@holdfast/std";
import { allKeys, type CommitVersion, memoryStore, type Writes } from "@holdfast/store";
import fc from "fast-check";
import { expect, test } from "vitest";
import { noVersion } from "../src/blind_writes.ts";
import { Committer } from "../src/committer.ts";
import { MemoryEngine } from "../src/drivers/memory/memory_engine.ts";
import { GatheredReads } from "../src/drivers/raft/gathered_reads.ts";
import { FreshRows } from "../src/fresh_rows.ts";
import { GatheredWrites, gatheredMax } from "../src/gathered_writes.ts";
import { afterAllText, firstText, type KeyText, toKeyBytes } from "../src/key.ts";
import { ReadSet } from "../src/read_set.ts";
import { readOneSet, readRequest, writeOneSet, writeRequest } from "../src/request_codec.ts";
import { ordinary } from "../src/transact_options.ts";
import { TransactionWrites } from "../src/transaction_writes.ts";
import { TransactionalStore } from "../src/transactional_store.ts";
import { WriteSet } from "../src/write_set.ts";
import { world } from "./drivers.ts";

type Act =
  | { readonly type: "set"; readonly key: string; readonly byte: number }
  | { readonly type: "append"; readonly key: string; readonly byte: number }
  | { readonly type: "clear"; readonly key: string }
  | { readonly type: "clear range"; readonly start: string; readonly end: string };
/** What one caller does in one call; or that the turn ends. */
type Step = readonly Act[] | "turn";

const key = fc.constantFrom("a", "ab", "b", "c", "d");
const byte = fc.integer({ min: 0, max: 255 });
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("set" as const), key, byte }) },
  fc.record({ type: fc.constant("append" as const), key, byte }),
  fc.record({ type: fc.constant("clear" as const), key }),
  fc.record({ type: fc.constant("clear range" as const), start: key, end: key }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.array(act, { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constant("turn" as const) },
);

const text = (value: string) => toKeyBytes(value as KeyText);

function write(writes: Writes, act: Act): void {
  if (act.type === "set") writes.set(text(act.key), Uint8Array.of(act.byte));
  else if (act.type === "clear") writes.clear(text(act.key));
  else if (act.type === "append") {
    writes.mutate(text(act.key), { type: "append_if_fits", operand: Uint8Array.of(act.byte) });
  } else if (act.start <= act.end) {
    writes.clearRange({ start: text(act.start), end: text(act.end) });
  }
}

function apply(model: Map<string, number[]>, act: Act): void {
  if (act.type === "set") model.set(act.key, [act.byte]);
  else if (act.type === "clear") model.delete(act.key);
  else if (act.type === "append") model.set(act.key, [...(model.get(act.key) ?? []), act.byte]);
  else {
    for (const at of [...model.keys()]) if (act.start <= at && at < act.end) model.delete(at);
  }
}

function writesSomething(acts: readonly Act[]): boolean {
  return acts.some((each) => each.type !== "clear range" || each.start < each.end);
}

function newGathered(onCommit: (versions: number) => void = () => {}) {
  const engine = new MemoryEngine();
  const committer = new Committer(engine, { committed: () => {}, oldestSnapshot: () => null });
  const gathered = new GatheredWrites(async (request) => {
    const whole = await request;
    onCommit(whole.versions ?? 1);
    return committer.commit(whole);
  });
  return { engine, gathered };
}

test("GW1, GW2, GW3: gathered writes come to what they come to one by one, each at its version", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { engine, gathered } = newGathered();
      const model = new Map<string, number[]>();
      const versions: Promise<CommitVersion>[] = [];
      for (const each of steps) {
        if (each === "turn") await Promise.all(versions);
        else if (writesSomething(each)) {
          versions.push(
            gathered.add((writes) => {
              for (const one of each) write(writes, one);
            }, 100),
          );
          for (const one of each) apply(model, one);
        }
      }
      const found = await Promise.all(versions);
      expect(found).toEqual(found.map((_, index) => index + 1));
      const rows = engine.snapshot().range(firstText, afterAllText, 100, false);
      expect(await rows).toEqual(
        [...model]
          .sort(([one], [other]) => (one < other ? -1 : 1))
          .map(([at, bytes]) => ({ key: at, value: Uint8Array.from(bytes) })),
      );
    }),
    { numRuns: 150, seed: 1 },
  );
});

test("GW1: one turn is one commit, as long as it is not too large; what fails, fails alone or for all", async () => {
  const sizes: number[] = [];
  const { gathered } = newGathered((versions) => sizes.push(versions));
  const set = (writes: Writes) => writes.set(text("a"), Uint8Array.of(1));
  const all = Array.from({ length: gatheredMax + 5 }, () => gathered.add(set, 100));
  expect(() => gathered.add(() => {}, 100)).toThrow("nothing is written");
  expect(() => gathered.add((writes) => writes.set(text("a".repeat(101)), text("a")), 100)).toThrow(
    "101 bytes",
  );
  expect((await Promise.all(all)).at(-1)).toBe(gatheredMax + 5);
  expect(sizes).toEqual([gatheredMax, 5]);
  const failing = new GatheredWrites(() => Promise.reject(new HoldfastError("unavailable", "no")));
  const failed = await Promise.allSettled([failing.add(set, 100), failing.add(set, 100)]);
  expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
});

test("writes of one turn are one commit of a local store, small transactions that read nothing too", async () => {
  const engine = new MemoryEngine();
  const committed: number[] = [];
  const commit = engine.commit.bind(engine);
  engine.commit = (version, writes) => {
    committed.push(writes.points.size);
    return commit(version, writes);
  };
  const store = new TransactionalStore(world, engine);
  const at = (index: number) => Uint8Array.of(1, index);
  const set = (index: number) => (writes: Writes) => writes.set(at(index), at(index));
  const versions = await Promise.all([
    store.write(set(0)),
    store.transact(set(1)).then(({ version }) => version),
    store.transact(set(2)).then(({ version }) => version),
    store.write(set(3)),
  ]);
  expect(new Set(versions).size).toBe(4);
  expect(Math.max(...versions)).toBe(4);
  expect(committed).toEqual([4]);
  // What reads may have to run again, and so decides for itself.
  const both = [0, 1].map(() =>
    store.transact(async (tx) => {
      const value = await tx.get(at(0));
      tx.set(at(0), Uint8Array.of(value![0]! + 1));
    }),
  );
  await Promise.all(both);
  expect(await store.get(at(0))).toEqual(Uint8Array.of(3));
  await store.close();
});

test("ST18: with a history each write of a turn is a change by itself, at a version that can be read", async () => {
  const store = memoryStore({ world, history: {} });
  const at = Uint8Array.of(1);
  const versions = await Promise.all(
    [5, 6, 7].map((byte) => store.write((writes) => writes.set(at, Uint8Array.of(byte)))),
  );
  const page = await store.changes(allKeys, 0 as CommitVersion, { limitChanges: 10 });
  expect(page.changes.map(({ version }) => version)).toEqual(versions);
  for (const [index, version] of versions.entries()) {
    expect(await store.asOf(version, (rows) => rows.get(at))).toEqual(Uint8Array.of(5 + index));
  }
  await store.close();
});

test("GR1: reads of one turn share a barrier, which is asked for after all of them", async () => {
  const events: string[] = [];
  const reads = new GatheredReads(
    async (asked, answer) => {
      await asked;
      events.push("barrier");
      await null;
      answer();
    },
    (at) => {
      if (at === "broken") throw new HoldfastError("corrupt", "a row");
      return at === "missing" ? null : toKeyBytes(at);
    },
  );
  const read = (at: string) => {
    events.push(at);
    return reads.add(at as KeyText);
  };
  const first = Promise.allSettled([read("a"), read("broken"), read("missing")]);
  await Promise.resolve().then(() => {});
  const later = read("b");
  expect((await first).map((each) => ("value" in each ? each.value : "failed"))).toEqual([
    text("a"),
    "failed",
    null,
  ]);
  expect(await later).toEqual(text("b"));
  expect(events).toEqual(["a", "broken", "missing", "barrier", "b", "barrier"]);
  const closed = new GatheredReads(
    () => Promise.reject(new HoldfastError("unavailable", "nobody leads")),
    () => null,
  );
  await expect(closed.add("a" as KeyText)).rejects.toThrow("nobody leads");
});

test("FR1: rows that are put in order late show what rows in order show", () => {
  const groups = fc.array(fc.record({ acts: fc.array(act, { maxLength: 4 }), asks: fc.boolean() }));
  fc.assert(
    fc.property(groups, (all) => {
      const fresh = new FreshRows();
      const plain = new WriteSet();
      for (const { acts, asks } of all) {
        const group = new WriteSet();
        for (const each of acts) {
          if (each.type === "clear range") {
            const [start, end] = [each.start as KeyText, each.end as KeyText];
            if (start < end) group.clearSpan({ start, end });
          } else {
            const value = each.type === "clear" ? null : Uint8Array.of(each.byte);
            group.set(each.key as KeyText, value);
          }
        }
        fresh.absorb(group);
        plain.absorb(group);
        for (const at of ["a", "ab", "b", "c", "d"] as KeyText[]) {
          expect(fresh.lookup(at)).toEqual(plain.lookup(at));
        }
        expect(fresh.isEmpty).toBe(plain.isEmpty);
        if (asks) expect(rowsOf(fresh.inOrder())).toEqual(rowsOf(plain));
      }
      expect(rowsOf(fresh.inOrder())).toEqual(rowsOf(plain));
      expect(fresh.sizeBytes).toBeGreaterThanOrEqual(fresh.inOrder().points.size);
    }),
    { numRuns: 200, seed: 2 },
  );
});

function rowsOf({ points, cleared }: WriteSet): unknown {
  const rows: [string, Uint8Array | null][] = [];
  points.visitAll((at, value) => {
    rows.push([at, value]);
    return true;
  });
  return { rows, cleared: cleared.list() };
}

test("a request that sets one key reads as any request does, and whatever else is left to that", () => {
  const random = new SeededRandom(3);
  let ones = 0;
  for (let turn = 0; turn < 1_500; turn += 1) {
    const bytes = requestOf(random, turn);
    if (turn % 2 === 1) bytes[random.u32() % bytes.length]! ^= 1 << (random.u32() % 8);
    const one = attempt(() => readOneSet(bytes, 20));
    if (one === null) continue;
    const whole = attempt(() => readRequest(new Reader(bytes), 20));
    if (one instanceof HoldfastError || whole instanceof HoldfastError) {
      expect([one, whole]).toEqual([whole, one]);
      continue;
    }
    ones += 1;
    const { reads, writes, priority } = whole!;
    expect([reads.isEmpty, priority, writes.isEmpty]).toEqual([true, "default", false]);
    const { known, changes, stamped } = writes;
    expect([changes.size, stamped.keys.length, stamped.values.size]).toEqual([0, 0, 0]);
    expect(rowsOf(known)).toEqual({
      rows: [[String.fromCharCode(...one.key), one.value]],
      cleared: [],
    });
  }
  expect(ones).toBeGreaterThan(300);
});

/** Sometimes of one key that is set, and sometimes of anything. */
function requestOf(random: SeededRandom, turn: number): Uint8Array {
  const writer = new Writer();
  const at = `key ${turn % 50}` as KeyText;
  const value = random.bytes(turn % 300);
  const writes = new TransactionWrites(noVersion);
  if (turn % 3 === 0) {
    writeOneSet(writer, at, value);
    writes.set(at, value);
    const same = new Writer();
    writeRequest(same, { reads: new ReadSet(), writes, since: noVersion, ...ordinary });
    expect(writer.view()).toEqual(same.view());
    return writer.finish();
  }
  if (turn % 3 === 1) writes.set(at, value.length === 0 ? null : value);
  else writes.change(at, { type: "add", operand: value });
  if (turn % 5 === 0) writes.set("another" as KeyText, value);
  writeRequest(writer, { reads: new ReadSet(), writes, since: noVersion, ...ordinary });
  return writer.finish();
}

function attempt<T>(read: () => T): T | HoldfastError {
  try {
    return read();
  } catch (error) {
    if (error instanceof HoldfastError) return error;
    throw error;
  }
}
