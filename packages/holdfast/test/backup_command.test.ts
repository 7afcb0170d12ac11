// holdfast backup, restore and verify, around a server and clients that are real: in this
// process, but for what is killed.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "@holdfast/client/node";
import { type StartedServer, startServer } from "@holdfast/server/node";
import { openLmdbStore } from "@holdfast/store/lmdb";
import { nodeWorld } from "@holdfast/world/node";
import { afterEach, beforeEach, expect, inject, test, vi } from "vitest";
import { holdfastProgram } from "../../../tools/bundled_program.ts";
import { run } from "../src/program.ts";

const key = "correct horse battery";
let folder: string;
let server: StartedServer | null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-backup-"));
  server = null;
});

afterEach(async () => {
  await server?.close();
  rmSync(folder, { recursive: true });
});

const at = (name: string) => join(folder, name);

/** What the command prints, and its exit code. */
async function holdfast(...args: string[]) {
  const printed = { out: "", errors: "" };
  const capture = (to: "out" | "errors") => (text: string | Uint8Array) => {
    printed[to] += String(text).replaceAll(`${folder}/`, "");
    return true;
  };
  const out = vi.spyOn(process.stdout, "write").mockImplementation(capture("out"));
  const errors = vi.spyOn(process.stderr, "write").mockImplementation(capture("errors"));
  try {
    await run(args);
    return { code: process.exitCode ?? 0, ...printed };
  } finally {
    process.exitCode = undefined;
    out.mockRestore();
    errors.mockRestore();
  }
}

async function serve(): Promise<StartedServer> {
  await server?.close();
  const options = { dataFolder: at("data"), port: 0, logger: null, credentialKey: key };
  server = await startServer(options);
  return server;
}

/** Writes `text` at the beginning of the one document, until it is saved. */
async function write(name: string, text: string): Promise<void> {
  const db = await open({ url: server!.syncUrl, name, folder: at(name), credential: key });
  const handle = await db.doc("plan");
  await handle.change(() => handle.doc.text("body").insert(0, text)).saved;
  await db.close();
}

async function documentOfServer(name: string, settled: (text: string) => boolean): Promise<string> {
  const db = await open({ url: server!.syncUrl, name, folder: at(name), credential: key });
  const handle = await db.doc("plan");
  const text = () => handle.doc.text("body").toString();
  await expect.poll(() => settled(text()), { timeout: 10_000 }).toBe(true);
  await db.close();
  return text();
}

test("a running server is backed up by its address; what a restore lacks, clients send again", async () => {
  const { url } = await serve();
  await write("anna", "one ");
  expect(await holdfast("backup", url, at("out"))).toMatchObject({
    code: 3,
    errors: expect.stringContaining("asks for its key: --key or HOLDFAST_KEY"),
  });
  expect(await holdfast("backup", at("data"), at("out"))).toMatchObject({
    code: 3,
    errors: expect.stringContaining("A server is running on data. Back it up by its address"),
  });
  const made = await holdfast("backup", url, at("out"), "--key", key);
  expect(made).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^out\/000001-rows-\d+\.hfb: \d+ rows/),
  });
  await write("anna", "two ");
  await server!.close();

  expect(await holdfast("backup", at("data"), at("out"))).toMatchObject({ code: 0 });
  const verified = await holdfast("verify", at("out"));
  expect(verified).toMatchObject({
    code: 0,
    out: expect.stringMatching(/000002-rows.*\nall is well\n$/s),
  });
  const first = /rows-(\d+)/.exec(made.out)![1]!;
  expect(await holdfast("restore", at("out"), at("data"), "--to", first)).toMatchObject({
    code: 3,
    errors: expect.stringContaining("data holds a store already"),
  });
  const restored = await holdfast("restore", at("out"), at("data"), "--to", first, "--replace");
  expect(restored).toMatchObject({ code: 0, out: expect.stringContaining(`version ${first}`) });

  await serve();
  expect(await documentOfServer("ben", (text) => text !== "")).toBe("one ");
  // Anna was told that "two" was saved; the server that she meets now is of another epoch.
  const anna = await open({
    url: server!.syncUrl,
    name: "anna",
    folder: at("anna"),
    credential: key,
  });
  await anna.doc("plan");
  expect(await documentOfServer("carl", (text) => text.length > 4)).toBe("two one ");
  await anna.close();
  expect(await holdfast("verify", at("nowhere"))).toMatchObject({
    code: 3,
    errors: expect.stringContaining("There is no store in nowhere"),
  });
});

test("where the server keeps what changed, a backup holds that, and any version between is restored", async () => {
  const history = { keepBytes: 1_000_000 };
  const options = { dataFolder: at("data"), port: 0, logger: null, credentialKey: key, history };
  server = await startServer(options);
  const { url } = server;
  await write("anna", "one ");
  const backup = (...more: string[]) => holdfast("backup", url, at("out"), "--key", key, ...more);
  expect((await backup()).out).toMatch(/000001-rows-\d+\.hfb: \d+ rows/);
  await write("anna", "two ");
  const second = await backup();
  expect(second.out).toMatch(/000002-commits-\d+\.hfb: \d+ commits/);
  await write("anna", "three ");
  expect((await backup()).out).toMatch(/000003-commits/);
  expect((await backup("--full")).out).toMatch(/000004-rows/);
  await server.close();
  const version = /commits-(\d+)/.exec(second.out)![1]!;
  expect(await holdfast("verify", at("out"))).toMatchObject({ code: 0 });
  const restored = await holdfast("restore", at("out"), at("data"), "--to", version, "--replace");
  expect(restored.out).toContain(`000001-rows`);
  await serve();
  expect(await documentOfServer("ben", (text) => text !== "")).toBe("two one ");
});

test("only a program with the server's key gets a backup", async () => {
  const { url } = await serve();
  await write("anna", "one ");
  const ask = async (headers: Record<string, string>, method = "GET") => {
    const response = await fetch(`${url}v1/backup`, { headers, method });
    return [response.status, (await response.arrayBuffer()).byteLength > 300];
  };
  const right = { Authorization: `Bearer ${key}` };
  expect(await ask(right)).toEqual([200, true]);
  expect(await ask({})).toEqual([401, false]);
  expect(await ask({ Authorization: `Bearer ${key}x` })).toEqual([401, false]);
  expect(await ask({ ...right, Origin: "http://evil.example" })).toEqual([403, false]);
  expect(await ask({ ...right, "Sec-Fetch-Site": "cross-site" })).toEqual([403, false]);
  expect(await ask(right, "POST")).toEqual([405, false]);
  await server!.close();
  server = await startServer({ dataFolder: at("data"), port: 0, logger: null });
  const open = await fetch(`${server.url}v1/backup`);
  expect(open.status).toBe(200);
  await open.arrayBuffer();
});

test("kill -9 of the server in the middle of a backup: it says so, and the same command works again", async () => {
  const store = await openLmdbStore({ world: nodeWorld(), folder: at("data") });
  for (let part = 0; part < 3; part += 1) {
    await store.transact((tx) => {
      for (let row = 0; row < 90; row += 1)
        tx.set(Uint8Array.of(9, part, row), new Uint8Array(100_000));
    });
  }
  await store.close();
  const program = await holdfastProgram(inject("runFolder"));
  const args = ["serve", "--data", at("data"), "--port", "0", "--log", "silent"];
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [line] = await once(child.stdout, "data");
  const url = /http:\S+/.exec(String(line))![0];
  const running = holdfast("backup", url, at("out"));
  await expect.poll(() => draftBytes(), { interval: 1, timeout: 10_000 }).toBeGreaterThan(0);
  child.kill("SIGKILL");
  const cut = await running;
  expect(cut).toMatchObject({
    code: 3,
    errors: expect.stringContaining("Run the same command again"),
  });
  expect(readdirSync(at("out")).filter((name) => name.endsWith(".hfb"))).toEqual([]);
  expect(await holdfast("backup", at("data"), at("out"))).toMatchObject({ code: 0 });
  expect(await holdfast("verify", at("out"))).toMatchObject({ code: 0 });
});

const draftBytes = () => statSync(at("out/draft.part"), { throwIfNoEntry: false })?.size ?? 0;
