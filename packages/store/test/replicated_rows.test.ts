// The state of a replica against a plain map: whatever of it lies in memory, is on its way
// to the engine, or is there; and after it was opened again, or taken from another.

import type { Index, Term } from "@holdfast/consensus";
import { ManualClock, MemoryDisk, MemoryNetwork, type World } from "@holdfast/world";
import { nodeWorld } from "@holdfast/world/node";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeCommand } from "../src/drivers/raft/command.ts";
import { memoryRows } from "../src/drivers/raft/memory_rows.ts";
import { comparedSpans, ReplicatedRows } from "../src/drivers/raft/replicated_rows.ts";
import { hashRows } from "../src/drivers/raft/row_hash.ts";
import { firstText, type KeyText, lastText } from "../src/key.ts";
import type { CommitVersion } from "../src/store.ts";
import { WriteSet } from "../src/write_set.ts";

interface Entry {
  readonly index: Index;
  readonly term: Term;
  readonly data: Uint8Array;
}

type Step =
  | { readonly type: "set" | "clear"; readonly key: KeyText }
  | { readonly type: "clearSpan"; readonly start: KeyText; readonly end: KeyText }
  | { readonly type: "flush" | "reopen" | "move" | "begin flush" };

const keys = ["a", "ab", "b", "c", "ca", "d", "x"] as KeyText[];
const key = fc.constantFrom(...keys);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constantFrom("set", "clear"), key }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("clearSpan"), start: key, end: key }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constantFrom("flush", "reopen", "move", "begin flush") }),
  },
);
const session = "0123456789abcdef";

test("rows are what was applied, wherever they lie", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const model = new Map<KeyText, string>();
      let [replica, index] = [await newReplica(), 0];
      // What is not durable comes again out of the log.
      let log: Entry[] = [];
      const whole: Entry[] = [];
      for (const step of steps) {
        switch (step.type) {
          case "flush":
            await replica.rows.flush();
            expect(replica.rows.durable).toBe(index);
            break;
          case "begin flush":
            void replica.rows.flush();
            break;
          case "reopen": {
            await replica.rows.close();
            replica = await replica.open();
            const { durable } = replica.rows;
            const rest = log.filter((entry) => entry.index > durable);
            await replica.rows.apply(rest, index as Index);
            break;
          }
          case "move": {
            await replica.rows.flush();
            const snapshot = replica.rows.snapshot();
            const other = await newReplica();
            if (snapshot.index > 0) await other.rows.restore(snapshot.index, snapshot.bytes);
            snapshot.release();
            await replica.rows.close();
            replica = other;
            log = [];
            break;
          }
          default: {
            index += 1;
            const version = index as CommitVersion;
            const writes = writesOf(step, index, model);
            const token = { session, sequence: index, answered: index - 1, version };
            const data = encodeCommand({ version, writes, tokens: [token], recorded: null });
            const entry = { index: index as Index, term: 1 as Term, data };
            log.push(entry);
            whole.push(entry);
            await replica.rows.apply([entry], entry.index);
          }
        }
        await compare(replica.rows, model, index);
      }
      const other = await newReplica();
      await other.rows.apply(whole, index as Index);
      expect(await hashOf(replica.rows)).toBe(await hashOf(other.rows));
      await Promise.all([replica.rows.close(), other.rows.close()]);
    }),
    { numRuns: 60 },
  );
});

function writesOf(
  step: Exclude<Step, { type: "flush" | "reopen" | "move" | "begin flush" }>,
  index: number,
  model: Map<KeyText, string>,
): WriteSet {
  const writes = new WriteSet();
  if (step.type === "clearSpan") {
    const [start, end] = [step.start, step.end].sort() as [KeyText, KeyText];
    if (start < end) writes.clearSpan({ start, end });
    for (const each of [...model.keys()]) if (each >= start && each < end) model.delete(each);
  } else if (step.type === "set") {
    writes.set(step.key, Uint8Array.of(index));
    model.set(step.key, String(index));
  } else {
    writes.set(step.key, null);
    model.delete(step.key);
  }
  return writes;
}

/** That of all that must be equal on replicas, sessions too. */
async function hashOf(rows: ReplicatedRows): Promise<string> {
  const state = rows.state();
  try {
    return (await hashRows(state, comparedSpans, () => Promise.resolve())).join();
  } finally {
    state.release();
  }
}

async function compare(rows: ReplicatedRows, model: ReadonlyMap<KeyText, string>, index: number) {
  const view = rows.view();
  expect(view.version).toBe(index);
  const expected = [...model].sort(([left], [right]) => (left < right ? -1 : 1));
  for (const limit of [1, 2, 100]) {
    for (const reverse of [false, true]) {
      const found = await view.range(firstText, lastText, limit, reverse);
      const wanted = (reverse ? expected.slice().reverse() : expected).slice(0, limit);
      expect(found.map((row) => [row.key, row.value.join()])).toEqual(wanted);
    }
  }
  for (const each of keys) {
    expect((await view.get(each))?.join()).toBe(model.get(each));
    expect((await rows.get(each))?.join()).toBe(model.get(each));
  }
  view.release();
  if (index === 0) return;
  const next = { session, sequence: index + 1, answered: index };
  expect(rows.find({ ...next, sequence: index, answered: index - 1 })).toBe(index);
  expect(rows.find(next)).toBeNull();
}

interface OpenReplica {
  readonly rows: ReplicatedRows;
  open(): Promise<OpenReplica>;
}

async function newReplica(): Promise<OpenReplica> {
  const clock = new ManualClock();
  const network = new MemoryNetwork();
  const world: World = { clock, network, disk: new MemoryDisk(), random: nodeWorld().random };
  const open = async (): Promise<OpenReplica> => {
    const engine = await memoryRows({ world, folder: "rows" })();
    const rows = await ReplicatedRows.open(engine, clock, {
      applied: () => {},
      restored: () => {},
      checked: () => {},
      failed: (error) => {
        throw error;
      },
    });
    return { rows, open };
  };
  return open();
}
