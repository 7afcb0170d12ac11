// A node that is made a cluster of its own: what it kept is there, under another epoch; and a
// crash in the middle.

import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { recoverCluster, type StartedServer, startServer } from "../src/node/index.ts";

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "holdfast-recover-"));
});
afterEach(() => rm(data, { recursive: true }));

const port = 12_000 + Math.floor(Math.random() * 18_000);

function start(): Promise<StartedServer> {
  const nodes = new Map([["a", `127.0.0.1:${port}`]]);
  const cluster = { name: "holdfast", node: "a", nodes };
  return startServer({ dataFolder: data, port: 0, logger: null, cluster });
}

async function epochOf({ url }: StartedServer): Promise<number> {
  const page = await (await fetch(`${url}status`)).text();
  return Number(/Epoch<\/dt><dd>(\d+)/.exec(page)?.[1]);
}

test("what the node has stays, clients see another epoch, and it can be done again", async () => {
  let server = await start();
  await fetch(`${server.keysUrl}k`, { method: "PUT", body: "v" });
  const before = await epochOf(server);
  await expect(recoverCluster(data)).rejects.toMatchObject({ code: "locked" });
  await server.close();

  const first = await recoverCluster(data);
  expect(first).toMatchObject({ node: "a", before: "holdfast", others: [], lostThrough: null });
  expect(first.address).toBe(`127.0.0.1:${port}`);
  expect(first.cluster).toMatch(/^holdfast~[0-9a-f]{8}$/);
  server = await start();
  expect(await (await fetch(`${server.keysUrl}k`)).text()).toBe("v");
  expect(await epochOf(server)).toBeGreaterThan(before);
  await server.close();

  // Killed between the two renamings: nothing begins anew over the rows, and it carries on.
  await rename(join(data, "raft"), join(data, "raft.recovering"));
  await expect(start()).rejects.toThrow("run holdfast cluster recover again");
  const second = await recoverCluster(data);
  expect(second).toMatchObject({ before: first.cluster });
  server = await start();
  expect(await (await fetch(`${server.keysUrl}k`)).text()).toBe("v");
  await server.close();
}, 60_000);
