// The load generator, the same for every target.
//
// Closed: `inFlight` callers, each of which calls again when its answer is there. That gives
// the most a store can do, and flatters latency: a store that stalls is asked less meanwhile.
// Open: calls begin by a timetable, whether or not answers came; latency counts from the
// time that stood in the table, so that what waited for a stall counts (what Tene calls
// coordinated omission is left out of neither count nor time).

import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { Histogram } from "./histogram.ts";
import { type Client, fillKeysMax } from "./target.ts";

/** What to call. */
export const operations = ["put", "get", "get-stale", "get-many", "scan"] as const;
export type Operation = (typeof operations)[number];

/** A piece of work for a client's process. */
export interface Load {
  readonly operation: Operation;
  readonly inFlight: number;
  readonly keys: number;
  readonly valueSizeBytes: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** Calls a second by a timetable; null for the closed loop. */
  readonly rate: number | null;
}

/** What came of it. */
export interface Measured {
  /** What was done: calls, or rows where a call reads many. */
  readonly count: number;
  readonly seconds: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
  readonly clientCpuSeconds: number;
  readonly errors: number;
  readonly firstError: string | null;
}

const scanRows = 10_000;
const readsInSnapshot = 1_000;
/** Of the open loop: a generator that spun would take a processor from what it measures. */
const restMsMax = 0.1;
/** Calls of the open loop that may wait for their answer; beyond it the store is drowned. */
const waitingMax = 50_000;

const digits = 12;

/** Key number `index`: `key/` and its digits, 16 bytes. */
export function keyOf(index: number): Uint8Array {
  const key = Buffer.allocUnsafe(4 + digits);
  key.write("key/", 0, "latin1");
  let rest = index;
  for (let at = 3 + digits; at > 3; at -= 1) {
    const tens = Math.floor(rest / 10);
    key[at] = 48 + rest - tens * 10;
    rest = tens;
  }
  return key;
}

/** Bytes that no store can shorten, as letters. */
function randomValue(sizeBytes: number): Uint8Array {
  return Uint8Array.from({ length: sizeBytes }, () => 33 + Math.floor(Math.random() * 94));
}

const valuesCount = 64;

/** Gives a call; each does one thing, and says how many it counts for. */
function caller(client: Client, { operation, keys, valueSizeBytes }: Load): () => Promise<number> {
  const key = () => keyOf(Math.floor(Math.random() * keys));
  const values = Array.from({ length: valuesCount }, () => randomValue(valueSizeBytes));
  const checked = (value: Uint8Array | null): number => {
    if (value?.length !== valueSizeBytes) throw new Error("a key that was filled has no value");
    return 1;
  };
  switch (operation) {
    case "put": {
      let next = 0;
      return () => {
        next = (next + 1) % valuesCount;
        return client.put(key(), values[next]!).then(() => 1);
      };
    }
    case "get":
      return () => client.get(key()).then(checked);
    case "get-stale":
      return () => client.getStale!(key()).then(checked);
    case "get-many":
      return () => client.getMany!(Array.from({ length: readsInSnapshot }, key));
    case "scan":
      return () => {
        const first = Math.floor(Math.random() * Math.max(1, keys - scanRows));
        return client.scan!(keyOf(first), scanRows);
      };
  }
}

/** Whether `client` can do it. */
export function isOffered(client: Client, operation: Operation): boolean {
  if (operation === "get-stale") return client.getStale !== undefined;
  if (operation === "get-many") return client.getMany !== undefined;
  return operation !== "scan" || client.scan !== undefined;
}

/** Writes keys `from` up to, not including, `to`. */
export async function fill(
  client: Client,
  {
    from,
    to,
    valueSizeBytes,
  }: { readonly from: number; readonly to: number; readonly valueSizeBytes: number },
): Promise<void> {
  let next = from;
  const value = randomValue(valueSizeBytes);
  const work = async () => {
    while (next < to) {
      const first = next;
      next = Math.min(to, next + fillKeysMax);
      await client.fill(
        Array.from({ length: next - first }, (_, index) => keyOf(first + index)),
        value,
      );
    }
  };
  await Promise.all([work(), work(), work(), work()]);
}

/** Runs `load` on `client`. */
export async function run(client: Client, load: Load): Promise<Measured> {
  const tally = new Tally(load);
  const call = caller(client, load);
  if (load.rate === null) {
    await Promise.all(Array.from({ length: load.inFlight }, () => callInTurn(call, tally)));
  } else {
    await callByTimetable(call, tally, load.rate);
  }
  return tally.measured();
}

async function callInTurn(call: () => Promise<number>, tally: Tally): Promise<void> {
  let calls = 0;
  for (let begun = performance.now(); begun < tally.endMs; ) {
    try {
      tally.add(begun, await call());
    } catch (error) {
      tally.fail(error);
      await sleep(1);
    }
    begun = performance.now();
    // Whoever answers without waiting would never let timers and sockets have a turn.
    calls += 1;
    if (calls % 1_000 === 0) await turn();
  }
}

async function callByTimetable(
  call: () => Promise<number>,
  tally: Tally,
  rate: number,
): Promise<void> {
  const periodMs = 1_000 / rate;
  const nobody = new Int32Array(new SharedArrayBuffer(4));
  let waiting = 0;
  let due = performance.now();
  while (due < tally.endMs) {
    for (const now = performance.now(); due <= now && due < tally.endMs; due += periodMs) {
      if (waiting >= waitingMax)
        throw new Error(`${waitingMax} calls wait: the rate is beyond the store`);
      const begun = due;
      waiting += 1;
      call()
        .then(
          (count) => tally.add(begun, count),
          (error) => tally.fail(error),
        )
        .finally(() => {
          waiting -= 1;
        });
    }
    // Timers are too coarse by ten times.
    const restMs = Math.min(restMsMax, due - performance.now());
    if (restMs > 0) Atomics.wait(nobody, 0, 0, restMs);
    await turn();
  }
  while (waiting > 0) await sleep(1);
}

/** Counts what began after the warm-up. */
class Tally {
  readonly endMs: number;
  readonly #startMs: number;
  readonly #latencies = new Histogram();
  #cpu: NodeJS.CpuUsage | null = null;
  #count = 0;
  #lastMs = 0;
  #errors = 0;
  #firstError: string | null = null;

  constructor({ warmUpMs, measureMs }: Load) {
    this.#startMs = performance.now() + warmUpMs;
    this.endMs = this.#startMs + measureMs;
  }

  add(begunMs: number, count: number): void {
    const now = performance.now();
    if (now < this.#startMs) return;
    this.#cpu ??= process.cpuUsage();
    this.#count += count;
    this.#lastMs = now;
    this.#latencies.add((now - begunMs) * 1e6);
  }

  fail(error: unknown): void {
    this.#errors += 1;
    this.#firstError ??= String(error);
  }

  measured(): Measured {
    const { user, system } = process.cpuUsage(this.#cpu ?? process.cpuUsage());
    const us = (share: number) => this.#latencies.quantile(share) / 1e3;
    return {
      count: this.#count,
      seconds: (this.#lastMs - this.#startMs) / 1e3,
      p50Us: us(0.5),
      p99Us: us(0.99),
      maxUs: this.#latencies.max / 1e3,
      clientCpuSeconds: (user + system) / 1e6,
      errors: this.#errors,
      firstError: this.#firstError,
    };
  }
}
