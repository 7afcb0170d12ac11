// The hash of rows: pinned, since nodes of several releases compare theirs; and of the rows
// as they were at the check, whatever was applied since.

import type { Index, Term } from "@holdfast/consensus";
import { encodeUtf8 } from "@holdfast/std";
import { ManualClock, MemoryDisk, MemoryNetwork } from "@holdfast/world";
import { nodeWorld } from "@holdfast/world/node";
import { expect, test } from "vitest";
import { encodeCheck, encodeCommand } from "../src/drivers/raft/command.ts";
import { memoryRows } from "../src/drivers/raft/memory_rows.ts";
import { comparedSpans, ReplicatedRows } from "../src/drivers/raft/replicated_rows.ts";
import { hashRows } from "../src/drivers/raft/row_hash.ts";
import type { EngineSnapshot } from "../src/engine.ts";
import type { KeyText } from "../src/key.ts";
import type { CommitVersion } from "../src/store.ts";
import { WriteSet } from "../src/write_set.ts";

function hello(version: number, key: string): Uint8Array {
  const writes = new WriteSet();
  writes.set(key as KeyText, encodeUtf8(`hello ${version}`));
  const token = { session: "0123456789abcdef", sequence: version, answered: version - 1 };
  const at = version as CommitVersion;
  return encodeCommand({
    version: at,
    writes,
    tokens: [{ ...token, version: at }],
    recorded: null,
  });
}

/** Applies `commands` at once, flushes, and gives the hashes of the checks, and the last. */
async function hashesOf(commands: readonly Uint8Array[]): Promise<readonly string[]> {
  const clock = new ManualClock();
  const { random } = nodeWorld();
  const world = { clock, random, network: new MemoryNetwork(), disk: new MemoryDisk() };
  const states: EngineSnapshot[] = [];
  const rows = await ReplicatedRows.open(await memoryRows({ world, folder: "rows" })(), clock, {
    applied: () => {},
    restored: () => {},
    checked: () => states.push(rows.state()),
    failed: (error) => expect.unreachable(String(error)),
  });
  const entries = commands.map((data, at) => ({ index: (at + 1) as Index, term: 1 as Term, data }));
  await rows.apply(entries, entries.length as Index);
  await rows.flush();
  states.push(rows.state());
  const hashes: string[] = [];
  for (const state of states) {
    const words = [...(await hashRows(state, comparedSpans, () => Promise.resolve()))];
    hashes.push(words.map((word) => word.toString(16).padStart(8, "0")).join(""));
    state.release();
  }
  await rows.close();
  return hashes;
}

test("the hash of rows is pinned", async () => {
  expect(await hashesOf([hello(1, "a"), hello(2, "b")])).toEqual([
    "da4cf1eaaf87cf05b583526e655f612c",
  ]);
});

test("a check hashes the rows as they are there, sessions too, and not what follows", async () => {
  const [one, two, three] = [hello(1, "a"), hello(2, "b"), hello(3, "a")];
  const hashes = await hashesOf([one, encodeCheck(), two, three, encodeCheck()]);
  expect(hashes).toEqual([
    ...(await hashesOf([one])),
    ...(await hashesOf([one, two, three, encodeCheck()])),
  ]);
  expect(hashes[1]).toBe(hashes[2]);
  expect(hashes[0]).not.toBe(hashes[1]);
  const longer = Array.from({ length: 100 }, (_, at) => hello(at + 1, `${at}`));
  const [whole] = await hashesOf(longer);
  for (const left of [1, 50, 100]) {
    const lacks = longer.map((command, at) => (at === left - 1 ? hello(at + 1, "x") : command));
    expect((await hashesOf(lacks))[0]).not.toBe(whole);
  }
});
