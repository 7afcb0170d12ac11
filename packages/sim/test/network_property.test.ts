// Whatever goes wrong, the network keeps its contract.

import type { Connection } from "@holdfast/world";
import fc from "fast-check";
import { expect, test } from "vitest";
import { networkProfiles } from "../src/index.ts";
import { NetworkRun, type Seen, type TestHost, watch } from "./network_run.ts";

type Step =
  | { type: "send"; side: 0 | 1; sizeBytes: number; count: number }
  | { type: "take"; side: 0 | 1; count: number }
  | { type: "pass"; ms: number }
  | { type: "pause" | "resume" | "cut" | "heal" | "half_open" | "close"; side: 0 | 1 }
  | { type: "disturb"; lossRate: number; factor: number }
  | { type: "calm" | "reset" }
  | { type: "kill"; side: 0 | 1; how: "exit" | "power" };

const side = fc.constantFrom<0 | 1>(0, 1);

type Weighted = fc.WeightedArbitrary<Step>;

const steps = (passMsMax: number, lossRate: number, factor: number): Weighted[] => [
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant("send" as const),
      side,
      sizeBytes: fc.constantFrom(0, 10, 3_000, 400_000),
      count: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("take" as const),
      side,
      count: fc.integer({ min: 1, max: 9 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant("pass" as const),
      ms: fc.integer({ min: 0, max: passMsMax }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constantFrom("pause" as const, "resume" as const, "cut" as const, "heal" as const),
      side,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("disturb" as const),
      lossRate: fc.constantFrom(0, lossRate),
      factor: fc.constantFrom(1, factor),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ type: "calm" as const }) },
];

// What a connection must survive: all of it together lasts less than the kernels' patience,
// and seven losses of one packet in a row don't happen.
const gentle: Weighted[] = steps(1_000, 0.05, 3);

const harsh: Weighted[] = [
  ...steps(20_000, 0.3, 20),
  { weight: 1, arbitrary: fc.constant({ type: "reset" as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constantFrom("half_open" as const, "close" as const),
      side,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("kill" as const),
      side,
      how: fc.constantFrom("exit" as const, "power" as const),
    }),
  },
];

/** One end, and what its process knows. */
interface End {
  readonly host: TestHost;
  readonly connection: Connection;
  readonly sent: Uint8Array[];
  readonly taken: (Uint8Array | null)[];
  readonly closed: Seen<unknown>;
  taking: boolean;
  toTake: number;
}

class Play {
  readonly run: NetworkRun;
  readonly #ends: End[] = [];
  #undo: (() => void)[] = [];
  readonly #heal: (() => void)[][] = [[], []];

  constructor(seed: number) {
    this.run = new NetworkRun({ seed });
  }

  async begin(): Promise<readonly End[]> {
    this.run.model.setProfile({ ...networkProfiles.mobile, lossRate: 0.001 });
    const hosts = [this.run.host("a"), this.run.host("b")] as const;
    const { near, far } = await this.run.connected(...hosts);
    for (const [index, connection] of [near, far].entries()) {
      const closed = watch(connection.closed);
      const common = { taking: false, toTake: 0, sent: [], taken: [] };
      this.#ends.push({ host: hosts[index]!, connection, closed, ...common });
    }
    return this.#ends;
  }

  async do(step: Step): Promise<void> {
    const { model } = this.run;
    switch (step.type) {
      case "send":
        for (let count = 0; count < step.count; count += 1) this.#send(step.side, step.sizeBytes);
        break;
      case "take":
        this.#take(this.#ends[step.side]!, step.count);
        break;
      case "pass":
        await this.run.pass(step.ms);
        break;
      case "pause":
        if (this.#stateOf(step.side) === "running") this.#ends[step.side]!.host.pause();
        break;
      case "resume":
        this.#resume(step.side);
        break;
      case "cut":
        this.#heal[step.side]!.push(step.side === 0 ? model.cut("a", "b") : model.cut("b", "a"));
        break;
      case "heal":
        this.#heal[step.side]!.pop()?.();
        break;
      case "disturb":
        // Two at once are enough to see them combine.
        if (this.#undo.length === 2) this.#undo.shift()!();
        this.#undo.push(
          model.disturb({
            lossRate: step.lossRate,
            reorderingRate: step.lossRate,
            duplicationRate: step.lossRate,
            latencyFactor: step.factor,
          }),
        );
        break;
      case "calm":
        this.#calm();
        break;
      case "reset":
        model.reset("a", "b");
        break;
      case "half_open":
        model.halfOpen(step.side === 0 ? "a" : "b", step.side === 0 ? "b" : "a");
        break;
      case "close":
        if (this.#stateOf(step.side) === "running") this.#ends[step.side]!.connection.close("done");
        break;
      case "kill":
        if (this.#stateOf(step.side) !== "ended") this.#ends[step.side]!.host.end(step.how);
        break;
    }
    await this.#checkBuffers();
  }

  /** All faults end; everybody takes; nothing is left to happen. */
  async finish(): Promise<void> {
    for (const side of [0, 1] as const) {
      this.#resume(side);
      for (const heal of this.#heal[side]!) heal();
      this.#take(this.#ends[side]!, Number.POSITIVE_INFINITY);
    }
    this.#calm();
    await this.run.idle();
    await this.#checkBuffers();
  }

  #stateOf(side: 0 | 1): string {
    return this.#ends[side]!.host.owner.state;
  }

  #resume(side: 0 | 1): void {
    if (this.#stateOf(side) === "paused") this.#ends[side]!.host.resume();
  }

  #calm(): void {
    for (const undo of this.#undo) undo();
    this.#undo = [];
  }

  // Each message is different, so that a repetition, a gap or a mix shows.
  #send(side: 0 | 1, sizeBytes: number): void {
    const { connection, sent, host, closed } = this.#ends[side]!;
    if (host.owner.state !== "running" || closed.isSettled) return;
    const message = new Uint8Array(sizeBytes + 2).fill(sent.length);
    message.set([sent.length >> 8, sent.length & 255]);
    connection.send(message);
    sent.push(message);
  }

  #take(end: End, count: number): void {
    end.toTake += count;
    if (end.taking || end.host.owner.state !== "running") return;
    end.taking = true;
    const take = async (): Promise<void> => {
      while (end.toTake > 0) {
        end.toTake -= 1;
        const message = await end.connection.receive();
        end.taken.push(message);
        if (message === null) return;
      }
      end.taking = false;
    };
    void take();
  }

  async #checkBuffers(): Promise<void> {
    for (const { connection, sent, host, closed } of this.#ends) {
      const { bufferedBytes } = connection;
      const sentBytes = sent.reduce((sum, { length }) => sum + length, 0);
      expect(bufferedBytes).toBeGreaterThanOrEqual(0);
      expect(bufferedBytes).toBeLessThanOrEqual(sentBytes);
      if (host.owner.state === "ended") continue;
      if (closed.isSettled) expect(bufferedBytes).toBe(0);
      const [enough, less] = [
        watch(connection.drained(bufferedBytes)),
        watch(connection.drained(bufferedBytes - 1)),
      ];
      await Promise.resolve();
      await Promise.resolve();
      expect(enough.isSettled).toBe(true);
      expect(less.isSettled).toBe(false);
    }
  }
}

function checkPrefix(from: End, to: End): void {
  const taken = to.taken.filter((message) => message !== null);
  expect(taken.length).toBeLessThanOrEqual(from.sent.length);
  for (const [index, message] of taken.entries()) {
    expect(Buffer.compare(message, from.sent[index]!)).toBe(0);
  }
}

test("whatever goes wrong, each side receives a prefix of what the other sent, whole, in order, once", async () => {
  const plan = fc.array(fc.oneof(...harsh), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(fc.nat(), plan, async (seed, all) => {
      const play = new Play(seed);
      const [near, far] = await play.begin();
      for (const step of all) await play.do(step);
      await play.finish();
      checkPrefix(near!, far!);
      checkPrefix(far!, near!);
      for (const end of [near!, far!]) {
        if (end.host.isAlive && end.closed.isSettled) expect(end.taken.at(-1)).toBeNull();
      }
      // Neither end was told of an end, so nothing may be lacking, unless somebody is gone.
      const isWhole = [near!, far!].every(({ host, closed }) => host.isAlive && !closed.isSettled);
      if (isWhole) expect(far!.taken).toHaveLength(near!.sent.length);
      if (isWhole) expect(near!.taken).toHaveLength(far!.sent.length);
    }),
    { numRuns: 150 },
  );
});

test("what lasts less than the kernels' patience breaks nothing, and everything arrives", async () => {
  const plan = fc.array(fc.oneof(...gentle), { maxLength: 24 });
  await fc.assert(
    fc.asyncProperty(fc.nat(), plan, async (seed, all) => {
      const play = new Play(seed);
      const [near, far] = await play.begin();
      for (const step of all) await play.do(step);
      await play.finish();
      expect([near!.closed.isSettled, far!.closed.isSettled]).toEqual([false, false]);
      expect(far!.taken).toHaveLength(near!.sent.length);
      expect(near!.taken).toHaveLength(far!.sent.length);
      checkPrefix(near!, far!);
      checkPrefix(far!, near!);
      for (const { connection } of [near!, far!]) expect(connection.bufferedBytes).toBe(0);
    }),
    { numRuns: 150 },
  );
});
