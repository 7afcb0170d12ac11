// Telling somebody what some keys hold, now and whenever it changes.
//
// Problem: the store's watch is a signal without data, and says of a range that something
// in it changed, not what. Method: remember the version of every key that was told of;
// upon a signal read the range again, page by page, and tell what differs. So a key that
// is written a thousand times while the listener is slow is told of once, as it is then;
// and a listener who is slow holds up nobody, since nothing is queued for him.
//
//   signal ─► sweep: page, page, page ─► what was known and not met again is gone
//     ▲                                                     │
//     └──────────── wait from the first page's version on ◄─┘
//
// Invariants
//   KW1  After the last write to a key, its listener is told of that write's version, or
//        that the key is gone.
//   KW2  A version is given as a mark only when everything up to it has been told of; so
//        whoever comes back with it misses nothing.
//   KW3  In the first sweep every key that exists is named. What is not named in it, whoever
//        comes back may forget.

import { HoldfastError } from "@holdfast/std";
import type { CommitVersion, Watch } from "@holdfast/store";
import type { Clock } from "@holdfast/world";
import type { Entry, Keys } from "./entry.ts";
import { type KeyValues, stepRows } from "./key_values.ts";

/** One thing to tell. */
export type Change =
  | { readonly type: "put"; readonly entry: Entry }
  /** In the first sweep: the key is as it was at the version that the listener came back with. */
  | { readonly type: "same"; readonly entry: Entry }
  | { readonly type: "removed"; readonly key: Uint8Array }
  /** All of the first sweep was told. Later, that what was told before holds up to the mark. */
  | { readonly type: "current" };

/** Some changes, in the order to tell them in. */
export interface Changes {
  readonly changes: readonly Change[];
  /** Everything up to here is told with the last of them; null where there is more to come. */
  readonly mark: CommitVersion | null;
}

/** Memory that all watches share, for what they know of keys. */
export interface WatchBudget {
  sizeBytes: number;
}

/** What {@link KeyWatch} needs. */
export interface KeyWatchOptions {
  readonly clock: Clock;
  readonly budget: WatchBudget;
  /** A mark that was given before; keys that did not change since are told of without their values. */
  readonly since: CommitVersion | null;
}

/** Most keys in the range of one watch. */
export const watchedKeysMax = 10_000;
/** For each key that is known, beside its bytes. */
const knownSizeBytes = 100;
/** A sweep is followed by a pause of so many times what its reading took. */
const pauseFactor = 4;
/** Longest pause between two sweeps. */
const pauseMsMax = 1_000;

interface Known {
  version: CommitVersion;
  sweep: number;
  readonly key: Uint8Array;
}

interface Sweep {
  readonly number: number;
  /** Of the first page; null before it. */
  version: CommitVersion | null;
  after: Uint8Array | undefined;
  readingMs: number;
  told: boolean;
}

/** See the head of this file. */
export class KeyWatch {
  readonly #kv: KeyValues;
  readonly #keys: Keys;
  readonly #options: KeyWatchOptions;
  readonly #watch: Watch;
  readonly #known = new Map<string, Known>();
  readonly #closing = new AbortController();
  #since: CommitVersion | null;
  #sweep: Sweep = newSweep(1);
  #swept: CommitVersion | null = null;

  /** @throws {HoldfastError} As `Store.watch`. */
  constructor(kv: KeyValues, keys: Keys, options: KeyWatchOptions) {
    this.#kv = kv;
    this.#keys = keys;
    this.#options = options;
    this.#since = options.since;
    this.#watch = kv.watch(keys);
  }

  /**
   * The next changes, never none; null once this or the store is closed. One call at a time.
   *
   * @throws {HoldfastError} `too_large` where more than {@link watchedKeysMax} keys are there;
   *   `overloaded` where no memory is left in the budget; whatever a read of the store throws.
   */
  async next(): Promise<Changes | null> {
    for (;;) {
      if (this.#swept !== null && !(await this.#signalled(this.#swept))) return null;
      if (this.#closing.signal.aborted) return null;
      const found = await this.#page();
      if (found.changes.length > 0) return found;
    }
  }

  /** Gives everything back. Harmless twice. */
  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#watch.close();
    for (const { key } of this.#known.values()) this.#options.budget.sizeBytes += sizeOf(key);
    this.#known.clear();
  }

  /** Waits for a change after `version`, and a while so that reading leaves time for others. False at the end. */
  async #signalled(version: CommitVersion): Promise<boolean> {
    if ((await this.#watch.next(version)) === null) return false;
    const pauseMs = Math.min(pauseMsMax, this.#sweep.readingMs * pauseFactor);
    if (pauseMs >= 1) {
      const { signal } = this.#closing;
      await this.#options.clock.sleep(pauseMs, signal).catch(() => undefined);
    }
    this.#swept = null;
    this.#sweep = newSweep(this.#sweep.number + 1);
    return true;
  }

  async #page(): Promise<Changes> {
    const sweep = this.#sweep;
    const { clock } = this.#options;
    const { after } = sweep;
    const startedMs = clock.now();
    const page = await this.#kv.page(this.#keys, {
      limitRows: stepRows,
      reverse: false,
      ...(after === undefined ? {} : { after }),
    });
    sweep.readingMs += clock.now() - startedMs;
    if (this.#closing.signal.aborted) return { changes: [], mark: null };
    if (sweep.version === null) {
      sweep.version = page.version;
      // A mark of another history, or of one that was undone, says nothing.
      if (this.#since !== null && this.#since > page.version) this.#since = null;
    }
    const changes: Change[] = [];
    for (const entry of page.entries) this.#meet(entry, changes);
    sweep.after = page.entries.at(-1)?.key;
    if (page.more) {
      sweep.told ||= changes.length > 0;
      return { changes, mark: null };
    }
    return this.#end(changes, sweep.version);
  }

  #meet(entry: Entry, changes: Change[]): void {
    const sweep = this.#sweep.number;
    const { key, version } = entry;
    const name = String.fromCharCode(...key);
    const known = this.#known.get(name);
    if (known?.version === version) {
      known.sweep = sweep;
      return;
    }
    if (known === undefined) this.#reserve(key);
    this.#known.set(name, { key, version, sweep });
    const isSame = sweep === 1 && this.#since !== null && version <= this.#since;
    changes.push({ type: isSame ? "same" : "put", entry });
  }

  /** All pages are read: what was not met is gone. */
  #end(changes: Change[], version: CommitVersion): Changes {
    const { number, told } = this.#sweep;
    for (const [name, { key, sweep }] of this.#known) {
      if (sweep === number) continue;
      this.#known.delete(name);
      this.#options.budget.sizeBytes += sizeOf(key);
      changes.push({ type: "removed", key });
    }
    if (number === 1 || (told && changes.length === 0)) changes.push({ type: "current" });
    this.#swept = version;
    return { changes, mark: version };
  }

  #reserve(key: Uint8Array): void {
    if (this.#known.size >= watchedKeysMax) {
      throw new HoldfastError("too_large", `the watch covers over ${watchedKeysMax} keys`);
    }
    const { budget } = this.#options;
    if (budget.sizeBytes < sizeOf(key)) {
      throw new HoldfastError("overloaded", "all watches together cover too many keys");
    }
    budget.sizeBytes -= sizeOf(key);
  }
}

function newSweep(number: number): Sweep {
  return { number, version: null, after: undefined, readingMs: 0, told: false };
}

function sizeOf(key: Uint8Array): number {
  return key.length + knownSizeBytes;
}
