// What happened in a run: always its fingerprint, and on demand each record.

import { TraceHash } from "./trace_hash.ts";
import type { Happening, TraceRecord } from "./trace_record.ts";

/** Hashes a run, and keeps its records where somebody wants to read them. */
export class Trace {
  readonly #hash = new TraceHash();
  readonly #records: TraceRecord[] | null;
  readonly #now: () => number;

  /** @param keeps - Whether records are kept; without, a run takes no memory for them. */
  constructor(now: () => number, keeps: boolean) {
    this.#now = now;
    this.#records = keeps ? [] : null;
  }

  /** All records, in order; none where they are not kept. */
  get records(): readonly TraceRecord[] {
    return this.#records ?? [];
  }

  /** 16 hexadecimal digits over all that happened so far. */
  get digest(): string {
    return this.#hash.digest();
  }

  /** Takes in that an event was run. */
  event(atMs: number, order: number): void {
    this.#hash.number(atMs);
    this.#hash.word(order);
  }

  /** Takes in a happening. O(its bytes). */
  record(happening: Happening): void {
    const hash = this.#hash;
    for (const value of Object.values(happening) as unknown[]) {
      if (typeof value === "string") hash.text(value);
      else if (typeof value === "number") hash.number(value);
      else if (value instanceof Uint8Array) hash.bytes(value);
      else for (const name of value as readonly string[]) hash.text(name);
    }
    this.#records?.push({ atMs: this.#now(), happening });
  }
}
