// The verbs of a cluster: wrong flags, three nodes with one command, and where they stand.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";

const holdfast = fileURLToPath(new URL("../bin/holdfast.mjs", import.meta.url));
let folder: string;
let running: ChildProcess[];

beforeEach(async () => {
  running = [];
  folder = await mkdtemp(join(tmpdir(), "holdfast-cluster-"));
});

afterEach(async () => {
  for (const child of running) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      await once(child, "close");
    }
  }
  await rm(folder, { recursive: true });
});

function start(...args: readonly string[]): { child: ChildProcess; said: () => string } {
  const child = spawn(process.execPath, [holdfast, ...args], { cwd: folder });
  let text = "";
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on("data", (chunk) => {
      text += chunk;
    });
  }
  running.push(child);
  return { child, said: () => text };
}

async function run(...args: readonly string[]): Promise<{ code: number | null; text: string }> {
  const { child, said } = start(...args);
  await once(child, "close");
  return { code: child.exitCode, text: said() };
}

it("says what is wrong with the flags of a cluster", async () => {
  const nodes = "a=127.0.0.1:1,b=127.0.0.1:2";
  const wrong = await Promise.all([
    run("serve", "--cluster", nodes),
    run("serve", "--cluster", nodes, "--node", "c"),
    run("serve", "--cluster", "a,b", "--node", "a"),
    run("serve", "--cluster", "a=10.1.2.3:4801", "--node", "a"),
    run("status", "nowhere"),
  ]);
  expect(wrong.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2]);
  const sentences = ["go together", "none of a, b", "name=host:port", "could pass for", "no URL"];
  for (const [index, sentence] of sentences.entries())
    expect(wrong[index]!.text).toContain(sentence);
});

it("runs three nodes with one command, says where they stand, and ends them all", async () => {
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const urls = [0, 1, 2].map((node) => `http://127.0.0.1:${port + node}/`);
  const dev = start("dev", "--nodes", "3", "--port", String(port));
  const listening = () => dev.said().match(/Holdfast is listening/g)?.length ?? 0;
  await expect.poll(listening, { timeout: 30_000 }).toBe(3);
  const [one, two, three] = urls.map((url) => `${url}v1/kv/greeting`);
  expect((await fetch(one!, { method: "PUT", body: "hello" })).status).toBe(200);
  for (const url of [two!, three!]) expect(await (await fetch(url)).text()).toBe("hello");

  const status = await run("status", ...urls);
  expect(status.code).toBe(0);
  expect(status.text.match(/ leader /g)?.length, status.text).toBe(2); // the head, and one node
  expect(status.text.match(/ follower /g)?.length).toBe(2);

  dev.child.kill("SIGTERM");
  await once(dev.child, "close");
  expect(dev.child.exitCode).toBe(0);
  const gone = await run("status", ...urls);
  expect(gone.code).toBe(3);
  expect(gone.text).toContain("3 of 3 servers did not answer");
});
