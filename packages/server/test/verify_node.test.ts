// Checking the folder of a node of a cluster: its log, its rows, and its documents.

import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { verifyFolder } from "../src/node/index.ts";
import { clusterOfOne } from "./cluster_of_one.ts";

const one = clusterOfOne();

/** Turns a bit over where `text` stands in a file. */
async function damage(path: string, text: string): Promise<void> {
  const file = await open(path, "r+");
  const at = (await file.readFile()).indexOf(text);
  expect(at).toBeGreaterThan(0);
  await file.write(Uint8Array.of(text.charCodeAt(0) ^ 1), 0, 1, at);
  await file.close();
}

test("ST14: a node that is whole, one whose log is damaged, and one whose rows are", async () => {
  const { data } = one;
  const server = await one.start();
  for (const value of ["first-value", "second-value", "third-value"]) {
    expect((await fetch(`${server.keysUrl}${value}`, { method: "PUT", body: value })).status).toBe(
      200,
    );
  }
  await expect(verifyFolder(data)).rejects.toMatchObject({ code: "locked" });
  await server.close();

  const { store, documents, log } = await verifyFolder(data);
  expect([store.problems, documents?.problems, log?.problems]).toEqual([[], [], []]);
  expect(log).toMatchObject({ owner: { cluster: "holdfast", id: "a" }, first: 1, tornBytes: 0 });
  expect(log!.last).toBeGreaterThanOrEqual(4);
  expect(log!.applied).toBe(log!.last);
  expect(store.rows).toBeGreaterThanOrEqual(5);
  expect(store.notes).toContainEqual(expect.stringContaining("the cluster's own"));

  const segment = (await readdir(join(data, "raft"))).find((name) => name.startsWith("log-"));
  const logPath = join(data, "raft", segment!);
  const before = await open(logPath, "r").then((file) =>
    file.readFile().finally(() => file.close()),
  );
  await damage(logPath, "second-value");
  const hurt = (await verifyFolder(data)).log!;
  expect(hurt.problems[0]).toMatch(/log-0000000001: damaged at \d+$/);
  // Checking has changed nothing: what it found is there to be found again.
  expect((await verifyFolder(data)).log).toEqual(hurt);
  const file = await open(logPath, "r+");
  await file.write(before, 0, before.length, 0);
  await file.close();

  await damage(join(data, "rows", "store.mdb"), "second-value");
  const worn = await verifyFolder(data);
  expect(worn).toMatchObject({ documents: null, log: { problems: [], applied: null } });
  expect(worn.store.problems).toEqual([expect.stringContaining("fails its checksum")]);

  await damage(logPath, "holdfast");
  await expect(verifyFolder(data)).rejects.toThrow("its head, at 0, is damaged");
}, 30_000);
