// What an acknowledgement of the LMDB driver stands on, seen from outside: the
// order of system calls, a full disk, kill -9.

import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { equalBytes, SeededRandom } from "@holdfast/std";
import type { Store } from "@holdfast/store";
import { openLmdbStore, verifyLmdb } from "@holdfast/store/lmdb";
import { expect, test } from "vitest";
import { runChild } from "./children.ts";
import { newFolder, world } from "./drivers.ts";
import { dishonestAcks, earlyDrops, parseTrace, type SystemCall } from "./system_calls.ts";

const has = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;
const canTrace = has("strace", "-o", "/dev/null", "true");
const canLimit = has("prlimit", "--fsize=1000000", "true");
const noTrace = canTrace ? "" : " (skipped: needs strace, in Debian's package strace, and ptrace)";
const noLimit = canLimit ? "" : " (skipped: needs prlimit, in Debian's package util-linux)";

const calls = "openat,pwrite64,pwritev,writev,write,fdatasync,fsync,msync,unlink,unlinkat";
/** A disk so slow that what does not wait for it is seen. */
const slowSync = "fdatasync:delay_enter=2000";

async function trace(mode: "durable" | "early"): Promise<SystemCall[]> {
  const folder = await newFolder();
  const output = join(folder, "trace");
  const strace = ["strace", "-f", "-s", "40", "-o", output];
  const under = [...strace, "-e", `trace=${calls}`, "-e", `inject=${slowSync}`];
  const ended = await runChild("commits", { under, args: [join(folder, "data"), mode] });
  expect(ended.lines.at(-1), ended.errors).toBe("DONE");
  return parseTrace(await readFile(output, "utf8"));
}

const get = async (store: Store, key: string) =>
  store.read((tx) => tx.get(new TextEncoder().encode(key)));

/** The acknowledgements that came one by one. */
function before(list: readonly SystemCall[], word: string): SystemCall[] {
  const end = list.find((call) => call.name === "write" && call.args.includes(word))!.begin;
  return list.filter((call) => call.begin < end);
}

test.skipIf(!canTrace)(
  `ST8: each acknowledgement comes after the sync that covers it has returned${noTrace}`,
  async () => {
    const all = await trace("durable");
    const serial = before(all, '"CROWD');
    expect(serial.filter((call) => call.args.includes('"ACK '))).toHaveLength(20);
    expect(dishonestAcks(serial, "/data/commits.")).toEqual([]);
    const drops = all.filter((call) => call.name.startsWith("unlink"));
    expect(drops.filter((call) => call.args.includes("/data/commits."))).not.toEqual([]);
    expect(earlyDrops(all, "/data/commits.", "store.mdb")).toEqual([]);
    const crowd = all.slice(serial.length);
    const acks = crowd.filter((call) => call.args.includes('"ACK '));
    const syncs = crowd.filter((call) => call.name === "fdatasync");
    expect(acks).toHaveLength(2_000);
    expect(syncs[0]!.end).toBeLessThan(acks[0]!.begin);
    // Of the log, and of LMDB and of a new log at the end.
    expect(syncs.length).toBeLessThanOrEqual(8);
  },
);

test.skipIf(!canTrace)(
  `ST8: the test of the order notices an acknowledgement before the sync${noTrace}`,
  async () => {
    const serial = before(await trace("early"), '"CROWD');
    expect(dishonestAcks(serial, "/data/commits.")).toHaveLength(20);
  },
);

test.skipIf(!canLimit)(
  `ST13: a full disk refuses with disk_full, keeps nothing of it, and the store goes on${noLimit}`,
  async () => {
    const folder = await newFolder();
    const under = ["prlimit", `--fsize=${3_000_000}`];
    const { lines, errors } = await runChild("fill_disk", { under, args: [folder] });
    expect(lines.at(-1), errors).toBe("CLOSED");
    const refused = lines.filter((line) => line.startsWith("REFUSED"));
    expect(refused).toHaveLength(5);
    for (const line of refused) expect(line).toMatch(/ disk_full$/);
    expect(lines.filter((line) => line.startsWith("VISIBLE"))).toEqual([]);
    expect((await verifyLmdb({ world, folder })).problems).toEqual([]);
    const store = await openLmdbStore({ world, folder });
    const acknowledged = lines.filter((line) => line.startsWith("ACK"));
    expect(acknowledged.length).toBeGreaterThan(10);
    for (const line of acknowledged) {
      const count = Number(line.split(" ")[1]);
      const value = await get(store, `a/${count}`);
      const expected = count === 0 ? null : new Uint8Array(60_000).fill(count);
      const same = expected === null ? value === null : equalBytes(expected, value!);
      expect(same, line).toBe(true);
    }
    for (const line of refused) {
      expect(await get(store, `a/${line.split(" ")[1]}`)).toBe(null);
      expect(await get(store, `b/${line.split(" ")[1]}`)).toBe(null);
    }
    expect(await get(store, "small/2")).not.toBe(null);
    await store.close();
  },
);

test("ST8, ST12: after kill -9 the folder is free, and what was acknowledged is there", async () => {
  const folder = await newFolder();
  const random = new SeededRandom(3);
  const acknowledged = new Map<string, number>();
  for (let round = 0; round < 5; round += 1) {
    const after = 20 + Math.floor(random.next() * 300);
    const kill = (lines: readonly string[]) => lines.length >= after;
    const { lines, signal, errors } = await runChild("count", { args: [folder], kill });
    expect(signal, errors).toBe("SIGKILL");
    for (const line of lines) {
      const [name, count] = line.split(" ") as [string, string];
      expect(Number(count)).toBeGreaterThan(acknowledged.get(name) ?? 0);
      acknowledged.set(name, Number(count));
    }
    expect((await verifyLmdb({ world, folder })).problems).toEqual([]);
    const store = await openLmdbStore({ world, folder });
    for (const [name, count] of acknowledged) {
      const value = await get(store, name);
      expect(Number(new TextDecoder().decode(value!))).toBeGreaterThanOrEqual(count);
    }
    await store.close();
  }
});
