// What the records of a log add up to, where some of them may be missing.
//
// Each record says after which position its entries stand. Where that position is in what
// was read before, the log is equal up to it (the Log Matching property: Ongaro & Ousterhout
// 2014, section 5.3), whatever was lost between. Where it isn't, there is a hole: what stands
// before it is kept beside what comes after. A hole is closed again where a later record goes
// on from before it, and where the log is dropped through beyond it.
//
// Where a hole stays, the entries from it on are lost. This node may have promised them; the
// log ends before the hole, and `unsure` is the last entry that it may have promised. A term
// that nobody has voted in here begins, so that no leader relies on what was promised.
// Source: Alagappan et al., "Protocol-Aware Recovery for Consensus-Based Storage", 2018.
// Departure: what stands after the hole is fetched again, too.
//
// A hole at the very end looks like an end that was torn before anybody relied on it. Where
// the state machine holds more than the log, it was none. Then nothing tells which terms and
// votes were in it: a term far beyond begins, which those of one batch can't have reached.

import { HoldfastError } from "@holdfast/std";
import type { Base, Entry, Snapshot } from "../raft/entry.ts";
import type { Index, Position, Term } from "../raft/types.ts";
import type { LogRecord } from "./log_record.ts";
import type { Standing } from "./segment.ts";

/** More than the terms that may begin while one batch is written. */
const lostTermsMax = 1_000;

/** What a log came to. */
export interface Recovered extends Standing {
  /** What follows base. */
  readonly entries: Entry[];
  /** Whether entries are lost, that is, whether this must be written down before it is relied on. */
  readonly isHoled: boolean;
}

/** Consecutive entries, and the position before them. */
interface Run {
  floor: Position;
  entries: Entry[];
}

/** Takes heads and records, in order. */
export class LogHistory {
  #standing: Standing;
  #tail: Run;
  /** What is before the first hole. */
  #prefix: Run | null;

  /** Begins with the head of the first segment that is there. */
  constructor(standing: Standing) {
    const { base, last } = standing;
    this.#standing = standing;
    this.#tail = { floor: last, entries: [] };
    this.#prefix = last.index > base.index ? { floor: base, entries: [] } : null;
  }

  /** Takes the head of a later segment. */
  head(standing: Standing): void {
    this.#standing = standing;
    this.#goOn(standing.last, []);
  }

  /** Takes a record. O(its entries + those that it cuts). */
  record({ hard, previous, partial, install, compact, isHealed, entries }: LogRecord): void {
    const now = { ...this.#standing, hard } as { -readonly [Key in keyof Standing]: Standing[Key] };
    if (partial !== null) now.partial = partial;
    if (install !== null) {
      const { index, term } = install;
      now.base = baseOf(install);
      now.snapshot = install;
      now.partial = null;
      this.#tail = { floor: { index, term }, entries: [] };
      this.#prefix = null;
    }
    if (compact !== null) {
      now.base = compact.base;
      now.snapshot = compact.snapshot;
    }
    if (isHealed) now.unsure = null;
    this.#standing = now;
    this.#goOn(previous, entries);
  }

  /**
   * What all of it came to, for a state machine that holds everything through `applied`.
   *
   * @throws {HoldfastError} `corrupt`.
   */
  recovered(applied: Index): Recovered {
    const found = this.#found();
    if (found.isHoled || found.unsure !== null || found.last.index >= applied) return found;
    // What was applied had been durable here: so it was no torn end that is missing.
    const term = (found.hard.term + lostTermsMax) as Term;
    return { ...found, hard: { term, vote: null }, unsure: applied, isHoled: true };
  }

  #found(): Recovered {
    const { base, hard, unsure, snapshot } = this.#standing;
    const last = endOf(this.#tail);
    const entries = after(this.#tail, base);
    if (entries !== null) return { ...this.#standing, last, entries, isHoled: false };
    // The state machine holds all that the snapshot stands for: the log may begin there.
    const jumped = snapshot === null ? null : after(this.#tail, snapshot);
    if (snapshot !== null && jumped !== null) {
      return { ...this.#standing, base: baseOf(snapshot), last, entries: jumped, isHoled: false };
    }
    if (this.#prefix === null) {
      throw new HoldfastError("corrupt", `the log begins after ${this.#tail.floor.index}`);
    }
    const known = after(this.#prefix, base) ?? [];
    const isBehind = snapshot !== null && !has({ floor: base, entries: known }, snapshot);
    const kept = isBehind ? [] : known;
    const begun = isBehind ? baseOf(snapshot) : base;
    return {
      ...this.#standing,
      base: begun,
      hard: { term: (hard.term + 1) as Term, vote: null },
      unsure: Math.max(unsure ?? 0, last.index) as Index,
      last: endOf({ floor: begun, entries: kept }),
      entries: kept,
      isHoled: true,
    };
  }

  #goOn(previous: Position, entries: readonly Entry[]): void {
    if (!cutAfter(this.#tail, previous)) {
      if (this.#prefix !== null && cutAfter(this.#prefix, previous)) {
        this.#tail = this.#prefix;
        this.#prefix = null;
      } else {
        this.#prefix ??= this.#tail;
        this.#tail = { floor: previous, entries: [] };
      }
    }
    for (const entry of entries) this.#tail.entries.push(entry);
  }
}

/** The position and the membership of a snapshot. */
export function baseOf({ index, term, membership }: Snapshot): Base {
  return { index, term, membership };
}

function endOf({ floor, entries }: Run): Position {
  const { index, term } = entries.at(-1) ?? floor;
  return { index, term };
}

function has({ floor, entries }: Run, { index, term }: Position): boolean {
  if (index === floor.index) return floor.term === term;
  return entries[index - floor.index - 1]?.term === term;
}

function cutAfter(run: Run, position: Position): boolean {
  if (!has(run, position)) return false;
  run.entries.length = position.index - run.floor.index;
  return true;
}

/** What stands after `base`; null where the run doesn't reach down to it. */
function after(run: Run, base: Position): Entry[] | null {
  return has(run, base) ? run.entries.slice(base.index - run.floor.index) : null;
}
