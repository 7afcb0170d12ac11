// Backups of a node of a cluster that keeps a history: what changed, one after another.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { backupFolder, restoreFolder, type StartedServer, startServer } from "../src/node/index.ts";
import { clusterOfOne } from "./cluster_of_one.ts";

const one = clusterOfOne();
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-backups-"));
});
afterEach(() => rm(folder, { recursive: true }));

const backups = () => join(folder, "backups");

async function put(server: StartedServer, value: string): Promise<void> {
  const response = await fetch(`${server.keysUrl}key`, { method: "PUT", body: value });
  expect(response.ok).toBe(true);
}

function back({ url }: StartedServer) {
  return backupFolder({ source: url, backups: backups(), full: false });
}

/** What a server has under the key that is made of the backups up to `version`. */
async function restored(version: number | null): Promise<string> {
  const dataFolder = join(folder, "restored");
  await restoreFolder({ backups: backups(), dataFolder, version, replace: true });
  const server = await startServer({ dataFolder, port: 0, logger: null });
  try {
    return await (await fetch(`${server.keysUrl}key`)).text();
  } finally {
    await server.close();
  }
}

test("BK6: a node of a cluster is backed up by what changed, also after it was started again", async () => {
  let server = await one.start({});
  await put(server, "1");
  const first = await back(server);
  await put(server, "2");
  const { version } = await back(server);
  await server.close();
  server = await one.start({});
  await put(server, "3");
  const third = await back(server);
  const contents = [first, third].map(({ head }) => head.contents);
  expect(contents).toEqual(["rows", "commits"]);
  expect(third.end.count).toBeLessThan(5);
  await server.close();
  // What is written without a history ends it.
  server = await one.start();
  await put(server, "4");
  expect((await back(server)).head.contents).toBe("rows");
  await server.close();
  expect(await restored(version)).toBe("2");
  expect(await restored(null)).toBe("4");
});
