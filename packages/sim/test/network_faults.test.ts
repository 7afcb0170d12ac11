// Each fault of the network: what it does, and that it bites only where it does something.

import { describe, expect, test } from "vitest";
import { connectTimeoutMs } from "../src/network/dial.ts";
import { retransmissionTimeoutMs } from "../src/network/retries.ts";
import { NetworkRun, takeAll, watch } from "./network_run.ts";

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);

/** A run with two machines, and a connection from "a" to "b". */
async function pair(seed = 1) {
  const run = new NetworkRun({ seed });
  const [a, b] = [run.host("a"), run.host("b")];
  return { run, a, b, ...(await run.connected(a, b)) };
}

describe("a cut", () => {
  test("holds a message up, which arrives when it heals; it bites once", async () => {
    const { run, near, far } = await pair();
    const taken = takeAll(far);
    const heal = run.model.cut("a", "b");
    near.send(bytes(1));
    near.send(bytes(2));
    await run.pass(10_000);
    expect(taken).toEqual([]);
    expect(run.bites).toEqual([{ kind: "partition", machine: "a", text: "stopped 1 bytes to b" }]);
    heal();
    await run.pass(retransmissionTimeoutMs);
    expect(taken).toEqual([bytes(1), bytes(2)]);
    expect(run.bites).toHaveLength(1);
    near.send(bytes(3));
    await run.pass(10);
    expect(taken).toHaveLength(3);
  });

  test("once healed is over: a later one finds the kernel as patient as the first", async () => {
    const { run, near, far } = await pair();
    const taken = takeAll(far);
    for (let count = 0; count < 3; count += 1) {
      const heal = run.model.cut("a", "b");
      near.send(bytes(count));
      await run.pass(20_000);
      heal();
      await run.pass(20_000);
      expect(taken).toHaveLength(count + 1);
    }
    expect(run.bitten("partition")).toBe(3);
  });

  test("stops what is under way when it begins", async () => {
    const { run, near, far } = await pair();
    run.model.setLink("a", "b", { ...wan, latencyMsMedian: 100 });
    const taken = takeAll(far);
    near.send(bytes(1));
    await run.pass(50);
    const heal = run.model.cut("a", "b");
    await run.pass(1_000);
    expect(taken).toEqual([]);
    heal();
    await run.pass(10_000);
    expect(taken).toEqual([bytes(1)]);
  });

  test("healed at the last moment breaks nothing", async () => {
    const { run, near, far } = await pair();
    const taken = takeAll(far);
    const ended = watch(near.closed);
    const heal = run.model.cut("a", "b");
    near.send(bytes(1));
    await run.pass(retransmissionTimeoutMs - 1);
    heal();
    await run.pass(2_000);
    expect(taken).toEqual([bytes(1)]);
    await run.idle();
    expect(ended.isSettled).toBe(false);
  });

  test("that lasts breaks the sender's end; the other learns of it when it sends", async () => {
    const { run, near, far } = await pair();
    const [nearEnd, farEnd] = [watch(near.closed), watch(far.closed)];
    const taken = takeAll(far);
    const heal = run.model.cut("a", "b");
    near.send(bytes(1));
    await run.pass(retransmissionTimeoutMs - 10);
    expect(nearEnd.isSettled).toBe(false);
    await run.pass(20);
    expect(nearEnd.value?.kind).toBe("broken");
    heal();
    await run.pass(3_600_000);
    expect(farEnd.isSettled).toBe(false);
    far.send(bytes(2));
    await run.pass(10);
    expect(farEnd.value).toEqual({ kind: "broken", reason: "a reset the connection" });
    expect(taken).toEqual([]);
  });

  test("of the way back lets a message through, and leaves its sender without an answer", async () => {
    const { run, near, far } = await pair();
    const taken = takeAll(far);
    const [nearEnd, farEnd] = [watch(near.closed), watch(far.closed)];
    run.model.cut("b", "a");
    near.send(bytes(1));
    near.send(bytes(2));
    await run.pass(retransmissionTimeoutMs + 10);
    expect(taken).toEqual([bytes(1)]);
    expect(nearEnd.value?.kind).toBe("broken");
    expect(farEnd.isSettled).toBe(false);
    expect(run.bites).toEqual([
      { kind: "partition", machine: "b", text: "stopped an answer to a" },
    ]);
  });

  test("of the way back that heals in time costs nothing but time", async () => {
    const { run, near, far } = await pair();
    const taken = takeAll(far);
    const ended = watch(near.closed);
    const heal = run.model.cut("b", "a");
    near.send(bytes(1));
    near.send(bytes(2));
    await run.pass(20_000);
    heal();
    await run.idle();
    expect(taken).toEqual([bytes(1), bytes(2)]);
    expect(ended.isSettled).toBe(false);
  });

  test("counts: what was cut twice is whole when both are undone, and undoing twice is harmless", async () => {
    const { run, near, far } = await pair();
    const taken = takeAll(far);
    const [first, second] = [run.model.cut("a", "b"), run.model.cut("a", "b")];
    near.send(bytes(1));
    first();
    first();
    await run.pass(10_000);
    expect(taken).toEqual([]);
    second();
    await run.pass(20_000);
    expect(taken).toEqual([bytes(1)]);
  });

  test("that nothing meets doesn't bite: another link, or a link without traffic", async () => {
    const { run, near, far } = await pair();
    takeAll(far);
    const heal = run.model.cut("a", "b");
    run.model.cut("a", "c");
    run.model.cut("c", "b");
    await run.pass(10_000);
    heal();
    near.send(bytes(1));
    await run.idle();
    expect(run.bites).toEqual([]);
  });

  test("stops an attempt to connect until it gives up, or the cut heals", async () => {
    const run = new NetworkRun();
    const [a, b] = [run.host("a"), run.host("b")];
    await b.network.listen("ws://b/sync");
    const heal = run.model.cut("b", "a");
    const first = watch(a.network.connect("ws://b/sync"));
    await run.pass(connectTimeoutMs - 10);
    expect(first.isSettled).toBe(false);
    await run.pass(20);
    expect(first.code).toBe("unavailable");
    heal();
    const healThere = run.model.cut("a", "b");
    const second = watch(a.network.connect("ws://b/sync"));
    await run.pass(5_000);
    healThere();
    await run.pass(10_000);
    expect(second.value?.remote).toBe("ws://b/sync");
    expect(run.bitten("partition")).toBe(2);
  });

  test("stops a reset: a peer of a process that was killed doesn't learn of it", async () => {
    const { run, b, near } = await pair();
    const ended = watch(near.closed);
    const heal = run.model.cut("b", "a");
    b.end("exit");
    await run.pass(60_000);
    expect(run.bites).toEqual([{ kind: "partition", machine: "b", text: "stopped a reset to a" }]);
    heal();
    await run.pass(60_000);
    expect(ended.isSettled).toBe(false);
    near.send(bytes(1));
    await run.pass(10);
    expect(ended.value?.kind).toBe("broken");
  });

  test("stops a reset that answers a message, until it heals", async () => {
    const { run, far } = await pair();
    const ended = watch(far.closed);
    run.model.halfOpen("a", "b");
    const heal = run.model.cut("a", "b");
    far.send(bytes(1));
    await run.pass(10_000);
    expect(ended.isSettled).toBe(false);
    heal();
    await run.pass(15_000);
    expect(ended.value?.reason).toBe("a reset the connection");
  });

  test("stops word of room, and its sender goes on when it heals", async () => {
    const { run, near, far } = await pair();
    for (let count = 0; count < 3; count += 1) near.send(new Uint8Array(1_048_576));
    await run.pass(1_000);
    expect(near.bufferedBytes).toBe(2 * 1_048_576);
    const heal = run.model.cut("b", "a");
    const taken = takeAll(far);
    await run.pass(10_000);
    expect(taken).toHaveLength(1);
    expect(run.bitten("partition")).toBe(1);
    heal();
    await run.pass(30_000);
    expect(taken).toHaveLength(3);
    expect(near.bufferedBytes).toBe(0);
  });

  test("that stops word of room for ever breaks the sender's end", async () => {
    const { run, near, far } = await pair();
    for (let count = 0; count < 3; count += 1) near.send(new Uint8Array(1_048_576));
    await run.pass(1_000);
    run.model.cut("b", "a");
    takeAll(far);
    const draining = watch(near.drained(0));
    await run.idle();
    expect((await near.closed).kind).toBe("broken");
    expect(draining.isSettled).toBe(true);
  });

  test("of the goodbye makes who closed wait for it, and no longer than 5 s", async () => {
    const { run, near, far } = await pair();
    run.model.cut("b", "a");
    near.close("enough");
    const [nearEnd, farEnd] = [watch(near.closed), watch(far.closed)];
    await run.pass(4_900);
    expect(nearEnd.isSettled).toBe(false);
    expect(farEnd.value).toEqual({ kind: "normal", reason: "enough" });
    await run.pass(200);
    expect(nearEnd.value).toEqual({ kind: "normal", reason: "enough" });
    expect(run.bites.map(({ text }) => text)).toContain("stopped a goodbye to a");
  });
});

describe("one-shot faults", () => {
  test("a reset loses what travels, and breaks both ends", async () => {
    const { run, near, far } = await pair();
    run.model.setProfile(wan);
    const taken = takeAll(far);
    near.send(bytes(1));
    await run.pass(1_000);
    near.send(bytes(2));
    far.send(bytes(3));
    const draining = watch(near.drained(0));
    expect(run.model.reset("a", "c")).toBe(0);
    expect(run.model.reset("b", "a")).toBe(1);
    await run.pass(0);
    expect((await near.closed).kind).toBe("broken");
    expect((await far.closed).kind).toBe("broken");
    await run.idle();
    expect(taken).toEqual([bytes(1)]);
    expect(await near.receive()).toBeNull();
    expect(draining.isSettled).toBe(true);
    expect(run.model.reset("a", "b")).toBe(0);
    expect(run.bites.map(({ kind }) => kind)).toEqual(["reset"]);
  });

  test("a reset of a connection that is being made refuses it", async () => {
    const run = new NetworkRun();
    const [a, b] = [run.host("a"), run.host("b")];
    run.model.setProfile(wan);
    await b.network.listen("ws://b/sync");
    const connecting = watch(a.network.connect("ws://b/sync"));
    await run.pass(60);
    expect(run.model.reset("a", "b")).toBe(1);
    await run.pass(0);
    expect(connecting.code).toBe("unavailable");
  });

  test("half open: one end is told, the other learns nothing until it sends", async () => {
    const { run, near, far } = await pair();
    expect(run.model.halfOpen("a", "b")).toBe(1);
    expect(run.model.halfOpen("a", "b")).toBe(0);
    await run.pass(3_600_000);
    expect((await near.closed).kind).toBe("broken");
    const ended = watch(far.closed);
    await run.pass(0);
    expect(ended.isSettled).toBe(false);
    far.send(bytes(1));
    await run.pass(10);
    expect(ended.value).toEqual({ kind: "broken", reason: "a reset the connection" });
    expect(run.bites.map(({ kind, machine }) => `${kind} ${machine}`)).toEqual(["half_open a"]);
  });

  test("half open at the listener's side works alike", async () => {
    const { run, near, far } = await pair();
    expect(run.model.halfOpen("b", "a")).toBe(1);
    await run.pass(1_000);
    expect((await far.closed).kind).toBe("broken");
    near.close("enough");
    await run.pass(10);
    expect(await near.closed).toEqual({ kind: "normal", reason: "enough" });
  });
});

describe("a disturbance", () => {
  // 200 messages, one each 10 ms, and how long each took.
  async function latencies(run: NetworkRun, send: (message: Uint8Array) => void) {
    const before = run.records.length;
    for (let count = 0; count < 200; count += 1) {
      send(bytes(count));
      await run.pass(10);
    }
    await run.pass(20_000);
    const sent = new Map<number, number>();
    const took: number[] = [];
    for (const { atMs, happening } of run.records.slice(before)) {
      if (happening.type === "send") sent.set(happening.message, atMs);
      if (happening.type === "arrive") took.push(atMs - sent.get(happening.message)!);
    }
    expect(took).toHaveLength(200);
    return took;
  }

  test("loss costs a retransmission, for the message and those behind it", async () => {
    const { run, near, far } = await pair();
    const taken = takeAll(far);
    const undo = run.model.disturb({ lossRate: 0.1 });
    const took = await latencies(run, (message) => near.send(message));
    const lost = run.bitten("packet_loss");
    expect(lost).toBeGreaterThan(8);
    expect(lost).toBeLessThan(45);
    expect(took.filter((ms) => ms >= 200).length).toBeGreaterThanOrEqual(lost);
    expect(took.filter((ms) => ms < 5).length).toBeGreaterThan(5);
    expect(taken.map(([value]) => value)).toEqual([...Array(200).keys()]);
    undo();
    undo();
    const whole = await latencies(run, (message) => near.send(message));
    expect(Math.max(...whole)).toBeLessThan(10);
    expect(run.bites).toHaveLength(lost);
  });

  test("loss of many packets of one message costs little more than of one", async () => {
    const { run, near, far } = await pair();
    const taken = takeAll(far);
    run.model.disturb({ lossRate: 0.3 });
    near.send(new Uint8Array(1_000_000));
    await run.pass(5_000);
    expect(taken).toHaveLength(1);
    expect(run.bitten("packet_loss")).toBe(1);
  });

  test("losses of several disturbances combine, and go one by one", async () => {
    const { run, near, far } = await pair();
    takeAll(far);
    const undo = run.model.disturb({ lossRate: 0.3 });
    run.model.disturb({ lossRate: 0 });
    await latencies(run, (message) => near.send(message));
    const lost = run.bitten("packet_loss");
    expect(lost).toBeGreaterThan(30);
    undo();
    await latencies(run, (message) => near.send(message));
    expect(run.bitten("packet_loss")).toBe(lost);
  });

  test("total loss breaks the sender's end after the timeout", async () => {
    const { run, near, far } = await pair();
    const taken = takeAll(far);
    run.model.disturb({ lossRate: 1 });
    near.send(bytes(1));
    await run.pass(retransmissionTimeoutMs - 100);
    const ended = watch(near.closed);
    await run.pass(0);
    expect(ended.isSettled).toBe(false);
    await run.pass(40_000);
    expect(ended.value?.kind).toBe("broken");
    expect(taken).toEqual([]);
    expect(run.bitten("packet_loss")).toBe(1);
  });

  test("reordering holds a message back, and never changes the order", async () => {
    const { run, near, far } = await pair();
    run.model.setProfile({ ...wan, jitter: 0 });
    const taken = takeAll(far);
    run.model.disturb({ reorderingRate: 0.2 });
    const took = await latencies(run, (message) => near.send(message));
    const held = run.bitten("reordering");
    expect(held).toBeGreaterThan(15);
    expect(held).toBeLessThan(80);
    expect(took.filter((ms) => ms > 79).length).toBe(held);
    expect(taken.map(([value]) => value)).toEqual([...Array(200).keys()]);
  });

  test("duplication costs bandwidth, and nothing arrives twice", async () => {
    const { run, near, far } = await pair();
    run.model.setProfile({ ...wan, jitter: 0, bytesPerSecond: 1_000_000 });
    const taken = takeAll(far);
    run.model.disturb({ duplicationRate: 1 });
    const beginMs = run.nowMs;
    for (let count = 0; count < 10; count += 1) near.send(new Uint8Array(100_000).fill(count));
    await run.idle();
    expect(run.bitten("duplication")).toBe(10);
    expect(taken.map(([value]) => value)).toEqual([...Array(10).keys()]);
    // Nine were sent twice before the last one left.
    expect(run.nowMs - beginMs).toBeGreaterThan(1_900);
    expect(run.nowMs - beginMs).toBeLessThan(2_000);
  });

  test("slowness and narrowness make all links longer, and are noted once for each", async () => {
    const { run, near, far } = await pair();
    run.model.setProfile({ ...wan, jitter: 0 });
    takeAll(far);
    const undo = run.model.disturb({ latencyFactor: 3 });
    run.model.disturb({ latencyFactor: 2, bytesPerSecondMax: 64_000 });
    const took = await latencies(run, (message) => near.send(message));
    expect(Math.min(...took)).toBeGreaterThan(240);
    expect(Math.max(...took)).toBeLessThan(243);
    expect(run.bitten("slow_network")).toBe(1);
    expect(run.bitten("narrow_network")).toBe(1);
    undo();
    near.send(new Uint8Array(64_000 - 64));
    const sentMs = run.nowMs;
    await run.idle();
    expect(run.nowMs - sentMs).toBeCloseTo(1_080, 5);
  });

  test("leaves a machine's way to itself alone, and what nature does by itself", async () => {
    const run = new NetworkRun();
    const [a, b] = [run.host("a"), run.host("a", 2)];
    const { near, far } = await run.connected(a, b);
    run.model.disturb({
      lossRate: 0.9,
      reorderingRate: 1,
      latencyFactor: 100,
      bytesPerSecondMax: 1,
    });
    const taken = takeAll(far);
    near.send(bytes(1));
    await run.pass(1);
    expect(taken).toEqual([bytes(1)]);
    expect(run.bites).toEqual([]);
  });

  test("a link that loses by nature notes no fault", async () => {
    const { run, near, far } = await pair();
    run.model.setProfile({ ...wan, lossRate: 0.3, duplicationRate: 0.5, reorderingRate: 0.5 });
    takeAll(far);
    const took = await latencies(run, (message) => near.send(message));
    expect(took.filter((ms) => ms > 200).length).toBeGreaterThan(50);
    expect(run.bites).toEqual([]);
  });

  test("that is left out changes nothing of what nature draws", async () => {
    const sums: number[][] = [];
    for (const isDisturbed of [false, true]) {
      const { run, near, far } = await pair(7);
      run.model.setProfile({ ...wan, lossRate: 0.05, reorderingRate: 0.05 });
      takeAll(far);
      if (isDisturbed) run.model.disturb({ lossRate: 0.02 });
      sums.push(await latencies(run, (message) => near.send(message)));
    }
    const [whole, disturbed] = sums;
    const added = whole!.map((ms, index) => disturbed![index]! - ms);
    expect(Math.min(...added)).toBeGreaterThan(-1e-6);
    expect(Math.max(...added)).toBeGreaterThan(100);
  });

  test("refuses what is no probability, or lets nothing pass", async () => {
    const { model } = new NetworkRun();
    const invalid = expect.objectContaining({ code: "invalid_argument" });
    expect(() => model.disturb({ lossRate: 1.5 })).toThrow(invalid);
    expect(() => model.disturb({ bytesPerSecondMax: 0 })).toThrow(invalid);
    expect(() => model.disturb({ latencyFactor: -1 })).toThrow(invalid);
    expect(() => model.setProfile({ ...wan, jitter: Number.NaN })).toThrow(invalid);
    expect(() => model.setLink("a", "b", { ...wan, latencyMsMedian: -1 })).toThrow(invalid);
  });
});

const wan = {
  latencyMsMedian: 40,
  jitter: 0.05,
  lossRate: 0,
  duplicationRate: 0,
  reorderingRate: 0,
  bytesPerSecond: 12_500_000,
};
