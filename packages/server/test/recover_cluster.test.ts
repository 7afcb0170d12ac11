// A node that is made a cluster of its own: what it kept is there, under another epoch; and a
// crash in the middle.

import { rename } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { recoverCluster, type StartedServer } from "../src/node/index.ts";
import { clusterOfOne } from "./cluster_of_one.ts";

const one = clusterOfOne();

async function epochOf({ url }: StartedServer): Promise<number> {
  const page = await (await fetch(`${url}status`)).text();
  return Number(/Epoch<\/dt><dd>(\d+)/.exec(page)?.[1]);
}

test("what the node has stays, clients see another epoch, and it can be done again", async () => {
  const { data } = one;
  let server = await one.start();
  await fetch(`${server.keysUrl}k`, { method: "PUT", body: "v" });
  const before = await epochOf(server);
  await expect(recoverCluster(data)).rejects.toMatchObject({ code: "locked" });
  await server.close();

  const first = await recoverCluster(data);
  expect(first).toMatchObject({ node: "a", before: "holdfast", others: [], lostThrough: null });
  expect(first.address).toBe(`127.0.0.1:${one.port}`);
  expect(first.cluster).toMatch(/^holdfast~[0-9a-f]{8}$/);
  server = await one.start();
  expect(await (await fetch(`${server.keysUrl}k`)).text()).toBe("v");
  expect(await epochOf(server)).toBeGreaterThan(before);
  await server.close();

  // Killed between the two renamings: nothing begins anew over the rows, and it carries on.
  await rename(join(data, "raft"), join(data, "raft.recovering"));
  await expect(one.start()).rejects.toThrow("run holdfast cluster recover again");
  const second = await recoverCluster(data);
  expect(second).toMatchObject({ before: first.cluster });
  server = await one.start();
  expect(await (await fetch(`${server.keysUrl}k`)).text()).toBe("v");
  await server.close();
}, 60_000);
