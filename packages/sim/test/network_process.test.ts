// The network as processes have it: what it costs, and what pauses and ends do to it.

import { SeededRandom } from "@holdfast/std";
import { describe, expect, test } from "vitest";
import { networkProfiles } from "../src/index.ts";
import { closeTimeoutMs } from "../src/network/connection_end.ts";
import { connectTimeoutMs } from "../src/network/dial.ts";
import { drawLatencyMs } from "../src/network/link_profile.ts";
import { retransmissionTimeoutMs } from "../src/network/retries.ts";
import { acceptCountMax } from "../src/network/sim_listener.ts";
import { windowSizeBytes } from "../src/network/stream.ts";
import { NetworkRun, takeAll, watch } from "./network_run.ts";

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);

/** 50 ms, always, and 1 MB/s. */
const steady = {
  latencyMsMedian: 50,
  jitter: 0,
  lossRate: 0,
  duplicationRate: 0,
  reorderingRate: 0,
  bytesPerSecond: 1_000_000,
};

/** A run with two machines, and a connection from "a" to "b" over a steady link. */
async function pair() {
  const run = new NetworkRun();
  run.model.setProfile(steady);
  const [a, b] = [run.host("a"), run.host("b")];
  return { run, a, b, ...(await run.connected(a, b)) };
}

describe("connecting", () => {
  test("costs a round trip, and so does a refusal", async () => {
    const run = new NetworkRun();
    run.model.setProfile(steady);
    const [a, b] = [run.host("a"), run.host("b")];
    const early = watch(a.network.connect("ws://b/sync"));
    await run.pass(99);
    expect(early.isSettled).toBe(false);
    await run.pass(2);
    expect(early.code).toBe("unavailable");
    const listener = await b.network.listen("ws://b/sync");
    const accepting = watch(listener.accept());
    const connecting = watch(a.network.connect("ws://b/sync"));
    await run.pass(51);
    expect(accepting.value?.remote).toBe("a");
    expect(connecting.isSettled).toBe(false);
    await run.pass(50);
    expect(connecting.isSettled).toBe(true);
    b.end("exit");
    const late = watch(a.network.connect("ws://b/sync"));
    await run.pass(101);
    expect(late.code).toBe("unavailable");
  });

  test("to a machine without power takes until the timeout, or until it is up again", async () => {
    const { run, a, b } = await pair();
    b.end("power");
    const first = watch(a.network.connect("ws://b/sync"));
    await run.pass(connectTimeoutMs - 1);
    expect(first.isSettled).toBe(false);
    await run.pass(2);
    expect(first.code).toBe("unavailable");
    const second = watch(a.network.connect("ws://b/sync"));
    await run.pass(2_000);
    await run.host("b", 2).network.listen("ws://b/sync");
    await run.pass(5_000);
    expect(second.value?.remote).toBe("ws://b/sync");
    expect(run.bites).toEqual([]);
  });

  test("is given up at the signal, and the other side finds its connection reset", async () => {
    const run = new NetworkRun();
    run.model.setProfile(steady);
    const [a, b] = [run.host("a"), run.host("b")];
    const accepting = (await b.network.listen("ws://b/sync")).accept();
    const giveUp = new AbortController();
    const connecting = watch(a.network.connect("ws://b/sync", giveUp.signal));
    await run.pass(60);
    giveUp.abort();
    await run.pass(0);
    expect(connecting.code).toBe("cancelled");
    const far = (await accepting)!;
    await run.pass(100);
    expect(await far.closed).toEqual({ kind: "broken", reason: "a reset the connection" });
  });

  test("to an address that has moved reaches the machine that listens now", async () => {
    const { run, a, listener } = await pair();
    await listener.close();
    const accepting = watch((await run.host("c").network.listen("ws://b/sync")).accept());
    const connecting = watch(a.network.connect("ws://b/sync"));
    await run.pass(200);
    expect(connecting.isSettled).toBe(true);
    expect(accepting.isSettled).toBe(true);
    expect(run.records.at(-1)!.happening).toMatchObject({ type: "connect", from: "a", to: "c" });
  });

  test("is refused where too many wait to be accepted, also by a process that is paused", async () => {
    const run = new NetworkRun();
    const [a, b] = [run.host("a"), run.host("b")];
    const listener = await b.network.listen("ws://b/sync");
    b.pause();
    const tries = [];
    for (let count = 0; count <= acceptCountMax; count += 1) {
      tries.push(watch(a.network.connect("ws://b/sync")));
    }
    await run.pass(1_000);
    expect(tries.filter(({ value }) => value !== undefined)).toHaveLength(acceptCountMax);
    expect(tries.filter(({ code }) => code === "unavailable")).toHaveLength(1);
    b.resume();
    await listener.close();
    await run.pass(1_000);
    const again = await run.host("b").network.listen("ws://b/sync");
    expect(again.address).toBe("ws://b/sync");
    for (const { value } of tries)
      if (value !== undefined) expect((await value.closed).kind).toBe("normal");
  });
});

describe("carrying", () => {
  test("messages queue behind each other, those of other connections too", async () => {
    const { run, a, near, far, listener } = await pair();
    const accepting = listener.accept();
    const connecting = a.network.connect("ws://b/sync");
    await run.pass(200);
    const [otherNear, otherFar] = [await connecting, (await accepting)!];
    const [taken, otherTaken] = [takeAll(far), takeAll(otherFar)];
    near.send(new Uint8Array(500_000));
    otherNear.send(bytes(1));
    await run.pass(540);
    expect([taken.length, otherTaken.length]).toEqual([0, 0]);
    await run.pass(20);
    expect([taken.length, otherTaken.length]).toEqual([1, 1]);
    expect(far.bufferedBytes).toBe(0);
  });

  test("a window may be under way; the rest waits at the sender until there is room", async () => {
    const { run, near, far } = await pair();
    const sizeBytes = 100_000;
    for (let count = 0; count < 20; count += 1) near.send(new Uint8Array(sizeBytes).fill(count));
    const inside = Math.ceil(windowSizeBytes / (sizeBytes + 64));
    expect(near.bufferedBytes).toBe((20 - inside) * sizeBytes);
    const half = watch(near.drained(5 * sizeBytes));
    await run.idle();
    expect(near.bufferedBytes).toBe((20 - inside) * sizeBytes);
    expect(half.isSettled).toBe(false);
    const eventCount = run.eventCount;
    for (let count = 0; count < 4; count += 1) expect((await far.receive())![0]).toBe(count);
    await run.pass(49);
    expect(half.isSettled).toBe(false);
    await run.pass(2);
    expect(run.eventCount).toBe(eventCount + 1);
    expect(near.bufferedBytes).toBe((20 - inside - 4) * sizeBytes);
    expect(half.isSettled).toBe(true);
    takeAll(far);
    await run.idle();
    expect(near.bufferedBytes).toBe(0);
  });

  test("nothing overtakes what waits at the sender while word of room is under way", async () => {
    const { run, near, far } = await pair();
    for (let count = 0; count < 3; count += 1) near.send(new Uint8Array(1_048_576).fill(count));
    await run.idle();
    expect((await far.receive())![0]).toBe(0);
    near.send(bytes(3));
    const taken = takeAll(far);
    await run.idle();
    expect(taken.map(([value]) => value)).toEqual([1, 2, 3]);
  });

  test("a receiver's copy is its own, and a sender that changes bytes afterwards has them arrive", async () => {
    const { run, near, far } = await pair();
    const message = Buffer.from([1, 2]);
    near.send(message);
    message[0] = 9;
    await run.idle();
    const copy = (await far.receive())!;
    copy[1] = 8;
    expect(copy).toEqual(bytes(9, 8));
    expect(copy.constructor).toBe(Uint8Array);
    expect([...message]).toEqual([9, 2]);
  });

  test("is written down: the connection, what was sent, what arrived, each end's closing", async () => {
    const { run, near, far } = await pair();
    near.send(bytes(5));
    near.close("enough");
    near.close("twice");
    await run.idle();
    const [connection, message] = [1, 1];
    const closing = { type: "close", connection, kind: "normal", text: "enough" };
    expect(run.records.map(({ happening }) => happening)).toEqual([
      { type: "connect", connection, from: "a", to: "b" },
      { type: "send", connection, message, from: "a", to: "b", bytes: bytes(5) },
      { ...closing, machine: "a" },
      { type: "arrive", connection, message, from: "a", to: "b" },
      { ...closing, machine: "b" },
    ]);
    expect(await far.receive()).toEqual(bytes(5));
    expect((await near.closed).kind).toBe("normal");
  });

  test("is a function of the seed", async () => {
    const traces = [];
    for (const seed of [1, 1, 2]) {
      const run = new NetworkRun({ seed });
      run.model.setProfile(networkProfiles.badWifi);
      const { near, far } = await run.connected(run.host("a"), run.host("b"));
      takeAll(far);
      for (let count = 0; count < 100; count += 1) near.send(bytes(count));
      await run.idle();
      traces.push(JSON.stringify(run.records));
    }
    expect(traces[0]).toBe(traces[1]);
    expect(traces[0]).not.toBe(traces[2]);
  });

  test.each(Object.entries(networkProfiles))("%s has the latencies it claims", (_name, profile) => {
    const random = new SeededRandom(1);
    const drawn = Array.from({ length: 10_001 }, () => drawLatencyMs(profile, random));
    drawn.sort((left, right) => left - right);
    const { latencyMsMedian, jitter } = profile;
    expect(drawn[5_000]! / latencyMsMedian).toBeCloseTo(1, 1);
    expect(drawn[0]!).toBeGreaterThanOrEqual(latencyMsMedian * (1 - jitter));
    const tail = (drawn[9_900]! / latencyMsMedian - (1 - jitter)) / jitter;
    expect(tail).toBeGreaterThan(8);
    expect(tail).toBeLessThan(12);
  });
});

describe("a process", () => {
  test("that is killed leaves its peers a reset, and its listeners vanish", async () => {
    const { run, a, b, near, far } = await pair();
    const ended = watch(near.closed);
    const farEnd = watch(far.closed);
    const taking = watch(far.receive());
    b.end("exit");
    await run.pass(49);
    expect(ended.isSettled).toBe(false);
    await run.pass(2);
    expect(ended.value).toEqual({ kind: "broken", reason: "b reset the connection" });
    await run.host("b", 2).network.listen("ws://b/sync");
    const connecting = watch(a.network.connect("ws://b/sync"));
    await run.pass(200);
    expect(connecting.value).toBeDefined();
    expect([farEnd.isSettled, taking.isSettled]).toEqual([false, false]);
  });

  test("that is killed has what had left arrive, and nothing that had not", async () => {
    const { run, a, near, far } = await pair();
    const taken = takeAll(far);
    near.send(bytes(1));
    near.send(new Uint8Array(500_000));
    near.send(bytes(3));
    const ended = watch(far.closed);
    await run.pass(1);
    a.end("power");
    await run.idle();
    expect(taken).toEqual([bytes(1)]);
    expect(ended.isSettled).toBe(false);
  });

  test("whose machine lost its power leaves an idle peer in the dark for ever", async () => {
    const { run, b, near } = await pair();
    b.end("power");
    const ended = watch(near.closed);
    await run.pass(3_600_000);
    run.host("b", 2);
    await run.pass(3_600_000);
    expect(ended.isSettled).toBe(false);
    near.send(bytes(1));
    await run.pass(110);
    expect(ended.value).toEqual({ kind: "broken", reason: "b reset the connection" });
  });

  test("whose machine stays dark breaks a sender after the timeout, and resets it when it is up", async () => {
    for (const upMs of [null, 5_000]) {
      const { run, b, near } = await pair();
      const ended = watch(near.closed);
      b.end("power");
      near.send(bytes(1));
      await run.pass(5_000);
      if (upMs !== null) run.host("b", 2);
      await run.pass(8_000);
      expect(ended.value?.reason).toBe(upMs === null ? undefined : "b reset the connection");
      await run.pass(retransmissionTimeoutMs);
      expect(ended.value?.kind).toBe("broken");
    }
  });

  test("whose machine lost its power frees a sender that it held back", async () => {
    const { run, b, near } = await pair();
    for (let count = 0; count < 5; count += 1) near.send(new Uint8Array(1_000_000));
    await run.pass(10_000);
    expect(near.bufferedBytes).toBe(3_000_000);
    b.end("power");
    const draining = watch(near.drained(0));
    await run.pass(60_000);
    expect((await near.closed).kind).toBe("broken");
    expect(draining.isSettled).toBe(true);
    expect(near.bufferedBytes).toBe(0);
  });

  test("that has ended gets no answers, and what it calls does nothing", async () => {
    const { run, a, near, far, listener } = await pair();
    const taken = takeAll(far);
    const signal = new AbortController();
    const waiting = [
      watch(near.receive()),
      watch(near.closed),
      watch(a.network.connect("ws://b/sync", signal.signal)),
    ];
    a.end("power");
    signal.abort();
    near.send(bytes(1));
    near.close("too late");
    waiting.push(watch(near.receive()), watch(near.drained(0)) as never);
    waiting.push(watch(a.network.connect("")), watch(a.network.listen("")) as never);
    far.send(bytes(2));
    await run.pass(100_000);
    expect(waiting.map(({ isSettled }) => isSettled)).toEqual(Array(7).fill(false));
    expect(taken).toEqual([]);
    expect(listener.address).toBe("ws://b/sync");
    expect(run.records.filter(({ happening }) => happening.type === "close")).toHaveLength(1);
  });

  test("that is paused gets all when it goes on; its sender is held back, and not broken", async () => {
    const { run, b, near, far } = await pair();
    const taken = takeAll(far);
    b.pause();
    for (let count = 0; count < 30; count += 1) near.send(new Uint8Array(100_000).fill(count));
    await run.pass(10 * retransmissionTimeoutMs);
    expect(taken).toEqual([]);
    expect(near.bufferedBytes).toBeGreaterThan(1_800_000);
    b.resume();
    await run.idle();
    expect(taken.map(([value]) => value)).toEqual([...Array(30).keys()]);
    expect(near.bufferedBytes).toBe(0);
  });

  test("that is paused learns of a reset, a close and a timeout when it goes on", async () => {
    const { run, a, near, far } = await pair();
    const ended = watch(near.closed);
    const draining = watch(near.drained(0));
    for (let count = 0; count < 3; count += 1) near.send(new Uint8Array(1_000_000));
    const late = watch(near.drained(0));
    a.pause();
    run.model.reset("a", "b");
    await run.pass(1_000);
    expect((await far.closed).kind).toBe("broken");
    expect([ended.isSettled, draining.isSettled, late.isSettled]).toEqual([false, true, false]);
    a.resume();
    await run.pass(0);
    expect([ended.isSettled, late.isSettled]).toEqual([true, true]);
  });

  test("that is killed while paused answers what arrives with a reset", async () => {
    const { run, b, near } = await pair();
    const ended = watch(near.closed);
    b.pause();
    near.send(bytes(1));
    await run.pass(100);
    b.end("power");
    await run.pass(1_000);
    run.host("b", 2);
    await run.pass(40_000);
    expect(ended.value?.reason).toBe("b reset the connection");
  });

  test("that closes waits for the other's answer, behind what was sent, and no longer than 5 s", async () => {
    const { run, near, far } = await pair();
    for (let count = 0; count < 4; count += 1) near.send(new Uint8Array(900_000).fill(count));
    near.close("enough");
    const [nearEnd, farEnd] = [watch(near.closed), watch(far.closed)];
    await run.pass(closeTimeoutMs - 1);
    expect([nearEnd.isSettled, farEnd.isSettled]).toEqual([false, false]);
    await run.pass(2);
    expect(nearEnd.value).toEqual({ kind: "normal", reason: "enough" });
    await run.pass(100);
    expect(farEnd.value?.kind).toBe("broken");
    expect((await far.receive())![0]).toBe(0);
    expect((await far.receive())![0]).toBe(1);
    expect(await far.receive()).toBeNull();
  });

  test("that has closed throws away what still comes, and holds nobody back", async () => {
    const { run, near, far } = await pair();
    for (let count = 0; count < 3; count += 1) near.send(new Uint8Array(1_048_576));
    near.close("enough");
    for (let count = 0; count < 3; count += 1) far.send(new Uint8Array(1_048_576));
    expect(far.bufferedBytes).toBe(2 * 1_048_576);
    await run.pass(4_000);
    expect(far.bufferedBytes).toBe(0);
    expect(await near.receive()).toBeNull();
  });
});
