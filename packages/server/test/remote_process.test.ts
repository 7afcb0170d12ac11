// Clients of a store in a process of its own, which is killed without warning.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { decodeUtf8, encodeUtf8, isHoldfastError } from "@holdfast/std";
import { allKeys, type Store } from "@holdfast/store";
import { openRemoteStore } from "@holdfast/store/remote";
import { nodeWorld } from "@holdfast/world/node";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { holdfastProgram } from "../../../tools/bundled_program.ts";

const holdfast = await holdfastProgram(inject("runFolder"));
const world = nodeWorld();
let folder: string;
let children: ChildProcess[];

/** Starts a server on `folder`; where clients of its store connect. */
async function start(port = 0): Promise<{ child: ChildProcess; port: number; url: string }> {
  const serve = ["serve", "--data", folder, "--port", String(port), "--log", "silent"];
  const child = spawn(process.execPath, [holdfast, ...serve], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const [line] = await once(createInterface({ input: child.stdout! }), "line");
  const url = new URL(String(line).replace(/^.* on /, ""));
  return { child, port: Number(url.port), url: `ws://${url.host}/v1/store` };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

beforeEach(async () => {
  children = [];
  folder = await mkdtemp(join(tmpdir(), "holdfast-remote-"));
});

afterEach(async () => {
  for (const child of children) await kill(child);
  await rm(folder, { recursive: true });
});

const numberOf = (value: Uint8Array | null): number =>
  value === null ? 0 : new DataView(value.buffer, value.byteOffset).getUint32(0, true);

const one = Uint8Array.of(1, 0, 0, 0);

/** Adds one by reading and writing, and one without reading. */
function increment(store: Store, name: string) {
  return store.transact(async (tx) => {
    const count = numberOf(await tx.get(encodeUtf8(name)));
    const value = new Uint8Array(4);
    new DataView(value.buffer).setUint32(0, count + 1, true);
    tx.set(encodeUtf8(name), value);
    tx.mutate(encodeUtf8("all"), { type: "add", operand: one });
  });
}

describe("a store in another process", () => {
  it("is killed in the middle of commits: none takes effect twice, none that was acknowledged is lost", async () => {
    const { child, port, url } = await start();
    const store = await openRemoteStore({ world, url });
    const names = ["a", "b", "c", "d", "e", "f"];
    const acknowledged = new Map(names.map((name) => [name, 0]));
    let [sum, unknown] = [0, 0];
    let isOver = false;
    const workers = names.map(async (name) => {
      while (!isOver) {
        try {
          await increment(store, name);
          acknowledged.set(name, acknowledged.get(name)! + 1);
          sum += 1;
        } catch (error) {
          // Only where this machine takes ten seconds to start a process.
          if (!isHoldfastError(error, "unavailable", "unknown_outcome")) throw error;
          if (error.code === "unknown_outcome") unknown += 1;
        }
      }
    });
    while (sum < 200) await world.clock.sleep(1);
    await kill(child);
    await start(port);
    while (sum < 300) await world.clock.sleep(1);
    isOver = true;
    await Promise.all(workers);
    const rows = await store.read((snapshot) => snapshot.range(allKeys, { limitRows: 10 }));
    const found = rows.map(({ key, value }) => [decodeUtf8(key), numberOf(value)] as const);
    const expected = [...acknowledged, ["all", sum] as const];
    for (const [name, count] of found) {
      const least = new Map(expected).get(name)!;
      expect([name, count >= least && count <= least + unknown]).toEqual([name, true]);
    }
    expect(found.length).toBe(expected.length);
    await store.close();
  });
});
