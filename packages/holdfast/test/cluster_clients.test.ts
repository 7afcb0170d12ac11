// A client of documents that knows the three servers of a cluster, each a process, of which
// one after another is killed.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "@holdfast/client/node";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { holdfastProgram } from "../../../tools/bundled_program.ts";
import { claimPorts } from "../../../tools/free_ports.ts";

const names = ["a", "b", "c"];
const soon = { timeout: 20_000, interval: 20 };
let folder: string;
let running: Map<string, ChildProcess>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-clients-"));
  running = new Map();
});

afterEach(async () => {
  for (const name of [...running.keys()]) await end(name, "SIGTERM");
  await rm(folder, { recursive: true });
});

async function end(name: string, signal: "SIGKILL" | "SIGTERM"): Promise<void> {
  const child = running.get(name)!;
  running.delete(name);
  child.kill(signal);
  await once(child, "close");
}

test("kill -9 of the server that a client is at, twice: what is written is saved at the next", async () => {
  const program = await holdfastProgram(inject("runFolder"));
  const port = await claimPorts(inject("runFolder"));
  const cluster = names.map((name, index) => `${name}=127.0.0.1:${port + 100 + index}`).join();
  const start = (name: string) => {
    const own = ["--node", name, "--port", String(port + names.indexOf(name)), "--data", name];
    const args = [program, "serve", "--log", "silent", "--cluster", cluster, ...own];
    const child = spawn(process.execPath, args, {
      cwd: folder,
      stdio: ["ignore", "pipe", "ignore"],
    });
    running.set(name, child);
    return once(child.stdout, "data");
  };
  await Promise.all(names.map(start));
  const url = names.map((_, index) => `ws://127.0.0.1:${port + index}/sync`);
  const [db, reader] = await Promise.all([
    open({ url, name: "writer", folder: join(folder, "writer") }),
    open({ url: [...url].reverse(), name: "reader", folder: join(folder, "reader") }),
  ]);
  const [handle, copy] = [await db.doc("plan"), await reader.doc("plan")];
  const write = (word: string) =>
    handle.change(() => handle.doc.text("body").insert(0, word)).saved;
  const read = () => copy.doc.text("body").toString();
  await write("one ");
  await end("a", "SIGKILL");
  await write("two ");
  await expect.poll(read, soon).toBe("two one ");
  // With another node back there is a majority again, and the next address leads there.
  const back = start("a");
  await back;
  await end("b", "SIGKILL");
  await write("three ");
  await expect.poll(read, soon).toBe("three two one ");
  expect(db.connection.state).toBe("online");
  await Promise.all([db.close(), reader.close()]);
}, 90_000);
