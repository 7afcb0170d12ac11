// Puts at a low steady rate, from the process that watches: beside the load generator of
// load.ts, which never rests so that it misses no microsecond, this one leaves the
// processors to the cluster, and tells milliseconds.

import { setTimeout as sleep } from "node:timers/promises";
import { Histogram } from "./histogram.ts";
import { keyOf } from "./load.ts";
import type { Client } from "./target.ts";

/** Puts that may wait for their answer; beyond it none are begun until some are answered. */
const waitingMax = 10_000;

/** What is put, and how often. */
export interface SteadyLoad {
  /** Puts a second. */
  readonly rate: number;
  /** Keys that are put over and over again. */
  readonly keys: number;
  readonly value: Uint8Array;
}

/** What came of puts; latencies count from when a put was due. */
export interface SteadyFigures {
  readonly puts: number;
  readonly errors: number;
  readonly firstError: string | null;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** See the head of this file. Begins at once. */
export class SteadyPuts {
  readonly #client: Client;
  readonly #load: SteadyLoad;
  readonly #latencies = new Histogram();
  readonly #over: Promise<void>;
  #isOver = false;
  #waiting = 0;
  #errors = 0;
  #firstError: string | null = null;

  constructor(client: Client, load: SteadyLoad) {
    this.#client = client;
    this.#load = load;
    this.#over = this.#run();
  }

  /** Begins no more, waits for all answers. */
  async end(): Promise<SteadyFigures> {
    this.#isOver = true;
    await this.#over;
    const ms = (share: number) => this.#latencies.quantile(share) / 1e6;
    return {
      puts: this.#latencies.count,
      errors: this.#errors,
      firstError: this.#firstError,
      p50Ms: ms(0.5),
      p99Ms: ms(0.99),
      maxMs: this.#latencies.max / 1e6,
    };
  }

  async #run(): Promise<void> {
    const periodMs = 1_000 / this.#load.rate;
    for (let due = performance.now(); !this.#isOver; ) {
      for (; due <= performance.now() && this.#waiting < waitingMax; due += periodMs) {
        void this.#put(due);
      }
      await sleep(Math.max(1, due - performance.now()));
    }
    while (this.#waiting > 0) await sleep(1);
  }

  async #put(dueMs: number): Promise<void> {
    const { keys, value } = this.#load;
    this.#waiting += 1;
    try {
      await this.#client.put(keyOf(Math.floor(Math.random() * keys)), value);
      this.#latencies.add((performance.now() - dueMs) * 1e6);
    } catch (error) {
      this.#errors += 1;
      this.#firstError ??= String(error);
    }
    this.#waiting -= 1;
  }
}

/** The figures in words. */
export function steadyText({ puts, errors, p50Ms, p99Ms, maxMs }: SteadyFigures): string {
  return `${puts.toLocaleString("en")} puts, ${errors} errors; p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, longest ${maxMs.toFixed(0)} ms`;
}
