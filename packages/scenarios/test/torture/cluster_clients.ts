// Clients of a cluster over HTTP, which write, read, and compare and set; and what they
// were asked and answered, for a judge.

import {
  type CasRegisterInput,
  type CasRegisterOutput,
  casRegister,
  checkLinearizability,
  type History,
  Recorder,
} from "@holdfast/check";
import { type Random, randomBelow, randomItem } from "@holdfast/std";
import { expect } from "vitest";
import { pause } from "./cluster_nodes.ts";

type Register = Recorder<CasRegisterInput, CasRegisterOutput>;

const keys = ["x", "y"] as const;
/** Between two calls of a client: so that processors are not all that the nodes wait for. */
const restMsMax = 10;

/** Clients at work, and their books. */
export class ClusterClients {
  readonly #random: Random;
  readonly #urlOf: (place: number) => string;
  readonly #recorders = new Map<string, Register>();
  readonly #working: Promise<void>[] = [];
  #isOver = false;
  #age = 0;
  #writes = 0;

  constructor(random: Random, urlOf: (place: number) => string) {
    this.#random = random;
    this.#urlOf = urlOf;
  }

  /** Begins one that asks the node at `place`. */
  begin(name: string, place: number): void {
    this.#working.push(this.#work(name, place));
  }

  /** From now on all use other keys: so that no history grows without end. */
  turn(): void {
    this.#age += 1;
  }

  /** Has all come to their end. */
  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#working);
  }

  /** Reads all keys at all places, and judges each history. Counts how calls ended. */
  async judge(places: number): Promise<Readonly<Record<"ok" | "fail" | "info", number>>> {
    const outcomes = { ok: 0, fail: 0, info: 0 };
    for (const [key, recorder] of this.#recorders) {
      const reads = Array.from({ length: places }, (_, place) => read(this.#keyAt(place, key)));
      const values = await Promise.all(reads);
      expect(new Set(values).size, `${key}: ${values.join()}`).toBe(1);
      await recorder.record("last", { f: "read" }, async () => values[0]);
      const history: History<CasRegisterInput, CasRegisterOutput> = recorder.history();
      for (const { outcome } of history) outcomes[outcome] += 1;
      expect(checkLinearizability(history, casRegister()), key).toMatchObject({ verdict: "ok" });
    }
    return outcomes;
  }

  async #work(name: string, place: number): Promise<void> {
    while (!this.#isOver) {
      const key = `${randomItem(this.#random, keys)}${this.#age}`;
      const recorder = this.#recorders.get(key) ?? new Recorder();
      this.#recorders.set(key, recorder);
      try {
        await this.#call(name, this.#keyAt(place, key), recorder);
      } catch {
        // What became of it is in the history.
        await pause(20);
      }
      await pause(randomBelow(this.#random, restMsMax));
    }
  }

  async #call(name: string, url: string, recorder: Register): Promise<void> {
    this.#writes += 1;
    const value = `${name}-${this.#writes}`;
    if (this.#random.next() < 0.4) {
      await recorder.record(name, { f: "read" }, () => read(url), { isFail });
    } else if (this.#random.next() < 0.5) {
      await recorder.record(name, { f: "write", value }, () => write(url, value), { isFail });
    } else {
      const seen = await fetch(url);
      const [from, etag] = [await seen.text(), seen.headers.get("ETag")];
      if (seen.status !== 200 || etag === null) throw new Refused(from);
      const input = { f: "cas", from, to: value } as const;
      await recorder.record(name, input, () => write(url, value, etag), { isFail });
    }
  }

  #keyAt(place: number, key: string): string {
    return `${this.#urlOf(place)}v1/kv/${key}`;
  }
}

/** A refusal that promises that nothing happened. */
class Refused extends Error {}

function isFail(error: unknown): boolean {
  const { cause } = error as { cause?: { code?: string } };
  // Where nobody listens, nobody heard it.
  return error instanceof Refused || cause?.code === "ECONNREFUSED";
}

// Whatever becomes of a read, nothing happened by it.
async function read(url: string): Promise<string | null> {
  const response = await fetch(url).catch((error: unknown) => {
    throw new Refused(String(error));
  });
  const text = await response.text();
  if (response.status === 404) return null;
  if (response.status !== 200) throw new Refused(text);
  return text;
}

/** Whether it was done: a comparison may fail. */
async function write(url: string, value: string, etag?: string): Promise<boolean | undefined> {
  const headers: Record<string, string> = etag === undefined ? {} : { "If-Match": etag };
  const response = await fetch(url, { method: "PUT", body: value, headers });
  const text = await response.text();
  if (response.status === 200) return etag === undefined ? undefined : true;
  if (response.status === 412) return false;
  if (response.status === 503) throw new Refused(text);
  throw new Error(`${response.status}: ${text}`);
}
