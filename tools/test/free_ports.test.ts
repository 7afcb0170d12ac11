import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { claimedPorts, claimPorts } from "../free_ports.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-free-ports-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("no port is given twice, and none where somebody listens, until there are no more", async () => {
  const taken = (await claimPorts(folder)) + 7;
  rmSync(folder, { recursive: true });
  folder = mkdtempSync(join(tmpdir(), "holdfast-free-ports-"));
  const server = createServer().listen(taken, "127.0.0.1");
  await once(server, "listening");
  const given: number[] = [];
  const claimAll = async (): Promise<void> => {
    for (;;) given.push(await claimPorts(folder));
  };
  await expect(Promise.all([claimAll(), claimAll()])).rejects.toThrow("ports are free between");
  await expect(claimAll()).rejects.toThrow("ports are free between");
  server.close();
  const starts = given.sort((one, other) => one - other);
  expect(starts.length).toBeGreaterThan(1);
  for (const [index, start] of starts.entries()) {
    expect(start >= 10_000 && start + claimedPorts <= 30_000).toBe(true);
    expect(taken >= start && taken < start + claimedPorts).toBe(false);
    if (index > 0) expect(start - starts[index - 1]!).toBeGreaterThanOrEqual(claimedPorts);
  }
});
