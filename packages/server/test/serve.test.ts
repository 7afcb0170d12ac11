// The server without a process: a memory store, a memory network, and a clock that
// a test moves by hand.

import { VersionVector } from "@holdfast/causality";
import { HoldfastError, packKey, SeededRandom } from "@holdfast/std";
import { memoryStore } from "@holdfast/store";
import type { ChannelId } from "@holdfast/sync";
import { ManualClock, MemoryNetwork } from "@holdfast/world";
import { nodeWorld } from "@holdfast/world/node";
import { describe, expect, it } from "vitest";
import { closeMsMax, type ServeOptions, type ServerEvent, serve } from "../src/index.ts";
import { openAccess } from "../src/node/index.ts";
import { agent, bundleOf, notes } from "./bundles.ts";
import { RawClient } from "./raw_client.ts";

const ann = agent(1);

async function start(options: Partial<ServeOptions<unknown>> = {}) {
  const clock = new ManualClock();
  const network = new MemoryNetwork();
  const events: ServerEvent[] = [];
  const server = await serve({
    world: { clock, random: new SeededRandom(1) },
    store: memoryStore({ world: nodeWorld() }),
    listener: await network.listen("here"),
    access: openAccess,
    onEvent: (event) => events.push(event),
    ...options,
  });
  const connect = async () => new RawClient(await network.connect("here"));
  const enter = async () => {
    const client = await connect();
    client.hello();
    await client.next("welcome");
    return client;
  };
  return { clock, server, events, connect, enter };
}

describe("a server", () => {
  it("drops a reader that takes nothing, with a reason, and serves the others", async () => {
    const { clock, server, events, enter } = await start();
    const slow = await enter();
    await slow.open(notes);
    const writer = await enter();
    const { channel } = await writer.open(notes);
    const content = "x".repeat(60_000);
    for (let seq = 0; seq < 150; seq += 1) {
      await writer.save(channel, [bundleOf({ agent: ann, from: seq, to: seq + 1, content })]);
    }
    expect(server.status().connections).toBe(2);
    for (let seconds = 0; seconds < 40; seconds += 10) {
      await clock.advance(10_000);
      writer.say({ type: "ping", nonce: seconds });
      await writer.next("pong");
    }
    await expect.poll(() => server.status().connections).toBe(1);
    const ended = events.find((event) => event.type === "disconnected");
    expect(ended).toMatchObject({ end: { by: "here", code: "too_slow" } });
    await writer.save(channel, [bundleOf({ agent: ann, from: 150, to: 151 })]);
    await server.close();
    expect(clock.pending).toBe(0);
  });

  it("turns away connections above the limit", async () => {
    const { server, events, connect, enter } = await start({ connectionsMax: 2 });
    const first = await enter();
    await enter();
    const third = await connect();
    expect((await third.ending()).reason).toContain("overloaded");
    expect(events.some(({ type }) => type === "crowded")).toBe(true);
    first.close();
    await expect.poll(() => server.status().connections).toBe(1);
    const fourth = await enter();
    await fourth.open(notes);
    await server.close();
  });

  it("closes in bounded time although a hook never answers", async () => {
    const access = { ...openAccess, authorize: () => new Promise<never>(() => {}) };
    const { clock, server, enter } = await start({ access });
    const client = await enter();
    client.say({
      type: "open",
      channel: 1 as ChannelId,
      document: notes,
      vector: new VersionVector(),
    });
    client.say({ type: "ping", nonce: 1 });
    await client.next("pong");
    const closing = server.close();
    await clock.advance(2 * closeMsMax);
    await closing;
    expect((await client.ending()).code).toBe("unavailable");
  });

  it("refuses a store whose keys another release laid out", async () => {
    const store = memoryStore({ world: nodeWorld() });
    await store.transact((tx) => tx.set(packKey(["meta", "format"]), new Uint8Array([9])));
    await expect(start({ store })).rejects.toThrow(HoldfastError);
  });

  it("keeps its identity across restarts", async () => {
    const store = memoryStore({ world: nodeWorld() });
    const first = (await start({ store })).server;
    await first.close();
    const second = (await start({ store })).server;
    expect(second.store).toEqual(first.store);
    const other = await start({ world: { clock: new ManualClock(), random: new SeededRandom(2) } });
    expect(other.server.store).not.toEqual(first.store);
  });
});
