// What the log on disk says at its end, while requests are appended to it.

import { assert } from "@holdfast/std";
import type { PersistRequest } from "../raft/output.ts";
import type { Position, Term } from "../raft/types.ts";
import { baseOf, type Recovered } from "./log_history.ts";
import type { LogRecord } from "./log_record.ts";
import type { Standing } from "./segment.ts";

/** Takes requests in order, and makes records of them. */
export class LogStanding {
  #now: Omit<Standing, "last">;
  /** Of the entries after base. */
  #terms: Term[];

  constructor({ hard, base, snapshot, partial, unsure, entries }: Recovered) {
    this.#now = { hard, base, snapshot, partial, unsure };
    this.#terms = entries.map(({ term }) => term);
  }

  /** The end of the log. */
  get last(): Position {
    const { base } = this.#now;
    const index = (base.index + this.#terms.length) as Position["index"];
    return { index, term: this.#terms.at(-1) ?? base.term };
  }

  /** What a head says. */
  get now(): Standing {
    const { hard, base, snapshot, partial, unsure } = this.#now;
    return { hard, base, snapshot, partial, unsure, last: this.last };
  }

  /** The record for a request. O(entries; what is kept, where the log is dropped). */
  take({ hard, chunk, install, compact, healed, entries }: PersistRequest): LogRecord {
    const now: { -readonly [Key in keyof Standing]: Standing[Key] } = this.now;
    if (hard !== null) now.hard = hard;
    if (chunk !== null) {
      now.partial = { snapshot: chunk.snapshot, offset: chunk.offset + chunk.bytes.length };
    }
    const partial = chunk === null ? null : now.partial;
    if (install !== null) {
      now.base = baseOf(install);
      now.snapshot = install;
      now.partial = null;
      this.#terms = [];
    }
    if (compact !== null) {
      this.#terms = this.#terms.slice(compact.base.index - now.base.index);
      now.base = compact.base;
      now.snapshot = compact.snapshot;
    }
    if (healed) now.unsure = null;
    this.#now = now;
    const [first] = entries;
    if (first !== undefined) {
      const kept = first.index - now.base.index - 1;
      assert(kept >= 0 && kept <= this.#terms.length, "DK1: a gap in what is persisted");
      this.#terms.length = kept;
    }
    const previous = this.last;
    for (const { term } of entries) this.#terms.push(term);
    return { hard: now.hard, previous, partial, install, compact, isHealed: healed, entries };
  }
}
