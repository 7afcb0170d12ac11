// A server as a process of its own: killed without warning, on a full disk, and
// after ten thousand documents.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { SeededRandom } from "@holdfast/std";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { bundledProgram, holdfastProgram } from "../../../tools/bundled_program.ts";
import { verifyFolder } from "../src/node/index.ts";
import { agent, bundleOf, notes } from "./bundles.ts";
import { KeysClient } from "./keys_client.ts";
import { RawClient } from "./raw_client.ts";

const holdfast = await holdfastProgram(inject("runFolder"));
const prlimit = "/usr/bin/prlimit";
const ann = agent(1);
let folder: string;
let running: ChildProcess[];

/** Starts a server in `folder`; returns its process and the address for clients. */
async function start(limits: readonly string[] = []) {
  const serve = [holdfast, "serve", "--data", folder, "--port", "0", "--log", "silent"];
  const [file, ...args] = [...limits, process.execPath, ...serve];
  const child = spawn(file!, args, { stdio: ["ignore", "pipe", "inherit"] });
  running.push(child);
  const [line] = await once(createInterface({ input: child.stdout! }), "line");
  const url = new URL(String(line).replace(/^.* on /, ""));
  const syncUrl = new URL("sync", url.href.replace(/^http/, "ws")).href;
  return { child, syncUrl, port: Number(url.port) };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

beforeEach(async () => {
  running = [];
  folder = await mkdtemp(join(tmpdir(), "holdfast-server-"));
});

afterEach(async () => {
  for (const child of running) await kill(child);
  await rm(folder, { recursive: true });
});

describe("a server process", () => {
  it("has all that it acknowledged after kill -9, and leaves a folder that is whole", async () => {
    const random = new SeededRandom(11);
    let saved = 0;
    for (let round = 0; round < 6; round += 1) {
      const { child, syncUrl } = await start();
      const client = await RawClient.enter(syncUrl);
      const { channel, vector } = await client.open(notes);
      expect(vector.next(ann)).toBeGreaterThanOrEqual(saved);
      let next = vector.next(ann);
      const until = saved + 20 + Math.floor(random.next() * 200);
      while (saved < until) {
        const bundles = Array.from({ length: 1 + Math.floor(random.next() * 9) }, () => {
          next += 1;
          return bundleOf({ agent: ann, from: next - 1, to: next });
        });
        client.send(channel, bundles);
        saved = Math.max(saved, (await client.next("saved")).vector.next(ann));
      }
      await kill(child);
    }
    const { documents, store } = await verifyFolder(folder);
    expect([...store.problems, ...(documents?.problems ?? [])]).toEqual([]);
    expect(documents?.events).toBeGreaterThanOrEqual(saved);
  });

  it("has every key that it acknowledged over HTTP after kill -9, at its version", async () => {
    const acknowledged = new Map<string, number>();
    for (let round = 0; round < 3; round += 1) {
      const { child, port } = await start();
      const client = new KeysClient(port);
      for (const [name, version] of acknowledged) {
        const { headers } = await client.ask("HEAD", `/v1/kv/${name}`);
        expect([name, headers.etag]).toEqual([name, `"${version}"`]);
      }
      // Killed while several are on their way: the hundredth answer brings it about.
      let answers = 0;
      const writers = Array.from({ length: 8 }, async (_, writer) => {
        for (let number = 0; ; number += 1) {
          const name = `${round}/${writer}/${number}`;
          const sent = { body: "x".repeat(2_000) };
          const answer = await client.ask("PUT", `/v1/kv/${name}`, sent).catch(() => null);
          if (answer === null) return;
          acknowledged.set(name, answer.json().version);
          answers += 1;
          if (answers === 100) child.kill("SIGKILL");
        }
      });
      await Promise.all(writers);
      client.close();
    }
    expect(acknowledged.size).toBeGreaterThanOrEqual(300);
    const { store } = await verifyFolder(folder);
    expect(store.problems).toEqual([]);
  });

  it.skipIf(!existsSync(prlimit))(
    "says that nothing was saved when the disk is full, and goes on [needs prlimit of util-linux]",
    async () => {
      const { child, syncUrl } = await start([prlimit, "--fsize=1500000"]);
      const client = await RawClient.enter(syncUrl);
      const { channel } = await client.open(notes);
      const content = "x".repeat(50_000);
      let saved = 0;
      let code: string | null = null;
      while (code === null && saved < 100) {
        client.send(channel, [bundleOf({ agent: ann, from: saved, to: saved + 1, content })]);
        const frame = await client.hear();
        if (frame?.type === "saved") saved = frame.vector.next(ann);
        else if (frame?.type === "refused" || frame?.type === "bye") code = frame.code;
      }
      expect(code).toBe("disk_full");
      expect(saved).toBeGreaterThan(5);
      const reader = await RawClient.enter(syncUrl);
      expect((await reader.open(notes)).vector.next(ann)).toBe(saved);
      await kill(child);
      const again = await RawClient.enter((await start()).syncUrl);
      expect((await again.open(notes)).vector.next(ann)).toBe(saved);
    },
  );

  it("keeps its heap within 20 MB over 10,000 documents opened and closed", async () => {
    const source = new URL("./child/many_documents.ts", import.meta.url);
    const program = await bundledProgram(inject("runFolder"), source);
    const run = promisify(execFile)(process.execPath, ["--expose-gc", program, "10000"]);
    const { grownBytes, open } = JSON.parse((await run).stdout);
    console.info(`heap kept: ${grownBytes} bytes`);
    expect(open).toBe(0);
    expect(grownBytes).toBeLessThan(20_000_000);
  });
});
