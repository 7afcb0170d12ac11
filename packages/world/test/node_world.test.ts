import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeWorld } from "@holdfast/world/node";
import { expect, test } from "vitest";

test("a Node World measures, draws, talks and keeps", async () => {
  const world = nodeWorld();
  const folder = await mkdtemp(join(tmpdir(), "world-"));
  const before = world.clock.now();
  await world.clock.sleep(2);
  expect(world.clock.now()).toBeGreaterThanOrEqual(before + 2);
  expect(world.random.bytes(16)).toHaveLength(16);

  const listener = await world.network.listen("ws://127.0.0.1:0/sync");
  const client = await world.network.connect(listener.address);
  const server = await listener.accept();
  client.send(world.random.bytes(100_000));
  const message = await server!.receive();
  expect(message).toHaveLength(100_000);
  client.close("done");
  expect(await server!.closed).toEqual({ kind: "normal", reason: "done" });
  await listener.close();

  const file = await world.disk.open(join(folder, "log"), { create: true });
  expect(await file.append(message!)).toBe(0);
  await file.sync();
  expect(await file.read(0, 200_000)).toEqual(message);
  await file.close();
  const lock = await world.disk.lock(join(folder, "lock"));
  await expect(world.disk.lock(join(folder, "lock"))).rejects.toMatchObject({ code: "locked" });
  await lock.release();
  await rm(folder, { recursive: true });
});
