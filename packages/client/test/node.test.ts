// Databases in folders, over WebSockets, on the real World.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "@holdfast/server";
import { startServer } from "@holdfast/server/node";
import { memoryStore } from "@holdfast/store";
import { nodeWorld } from "@holdfast/world/node";
import { afterEach, expect, test } from "vitest";
import type { Database } from "../src/index.ts";
import { open } from "../src/node/index.ts";

const world = nodeWorld();
const cleanUps: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-client-"));
  cleanUps.push(() => rm(folder, { recursive: true }));
  return folder;
}

async function opened(options: Parameters<typeof open>[0]): Promise<Database> {
  const db = await open(options);
  cleanUps.push(() => db.close());
  return db;
}

test("SY9: two databases in folders agree through a server on a WebSocket", async () => {
  const folder = await temporaryFolder();
  const store = memoryStore({ world });
  const listener = await world.network.listen("ws://127.0.0.1:0/sync");
  const access = { authenticate: async () => null, authorize: async () => true };
  const server = await serve({ world, store, listener, access });
  cleanUps.push(() => server.close());
  const url = listener.address;
  const a = await opened({ name: "a", url, folder: `${folder}/a` });
  const b = await opened({ name: "b", url, folder: `${folder}/b` });
  const [left, right] = [await a.doc("notes"), await b.doc("notes")];
  const changed = new Promise<void>((resolve) => right.doc.subscribe(() => resolve()));
  await left.change(() => left.doc.text("body").insert(0, "over the wire")).saved;
  await changed;
  expect(right.doc.text("body").toString()).toBe("over the wire");
  await a.close();
  const again = await opened({ name: "a", folder: `${folder}/a` });
  expect(again.agent).toBe(a.agent);
  const handle = await again.doc("notes");
  expect(handle.doc.text("body").toString()).toBe("over the wire");
  expect(handle.status().state).toBe("saved");
});

test("what was left in a folder is sent by the next program that opens it, which opens none of it", async () => {
  const folder = await temporaryFolder();
  const names = Array.from({ length: 20 }, (_, index) => `page ${index}`);
  const first = await opened({ name: "a", folder: `${folder}/a` });
  for (const name of names) {
    const handle = await first.doc(name);
    handle.change(() => handle.doc.text("body").insert(0, name));
    await handle.close();
  }
  await first.close();
  const server = await startServer({ dataFolder: `${folder}/data`, port: 0, logger: null });
  cleanUps.push(() => server.close());
  const url = server.syncUrl;
  const second = await opened({ name: "a", folder: `${folder}/a`, url });
  expect(await second.unsaved()).toEqual([...names].sort());
  await new Promise<void>((resolve) => {
    second.subscribe(async () => {
      if ((await second.unsaved()).length === 0) resolve();
    });
  });
  const reader = await opened({ name: "b", folder: `${folder}/b`, url });
  for (const name of names) {
    const handle = await reader.doc(name);
    while (handle.doc.text("body").toString() !== name) {
      await new Promise<void>((resolve) => handle.doc.subscribe(() => resolve()));
    }
  }
});

test("a folder that is open, and a name that can't be one, are refused in so many words", async () => {
  const folder = await temporaryFolder();
  await opened({ name: "a", folder });
  await expect(open({ name: "a", folder })).rejects.toMatchObject({ code: "locked" });
  for (const name of ["", "../up", ".hidden", "a/b", "x".repeat(65)]) {
    await expect(open({ name })).rejects.toMatchObject({ code: "invalid_argument" });
  }
});

test("an address that makes no sense is told by the connection", async () => {
  const db = await opened({ name: "a", folder: await temporaryFolder(), url: "not an address" });
  while (db.connection.reason === null) await world.clock.sleep(5);
  expect(db.connection).toMatchObject({ state: "refused", reason: { code: "invalid_argument" } });
});
