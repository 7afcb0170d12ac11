// How much the browser lets this site keep, and whether what it keeps is safe.

import type { HoldfastError } from "@holdfast/std";
import type { Clock, Timer } from "@holdfast/world";
import { tellAll } from "../documents/tell_all.ts";

/** The storage behind a database, for an application to show. Its fields may be read at any time. */
export interface BrowserStorage {
  /** What this site keeps, by the browser's estimate; null where it does not say. */
  readonly usageBytes: number | null;
  /** What this site may keep; null where the browser does not say. */
  readonly quotaBytes: number | null;
  /** Whether the browser removes nothing by itself when room gets short; null where it does not say. */
  readonly persistent: boolean | null;
  /** What is wrong with what is kept here, in words for the person before the screen; null where nothing is. */
  readonly problem: HoldfastError | null;
  /** Calls `listener` when a field changed; what it throws is dropped. Returns the way to stop. */
  subscribe(listener: () => void): () => void;
  /**
   * Asks the browser, which may ask the person, not to remove anything by itself.
   * Resolves with its answer; false where it can't be asked.
   */
  persist(): Promise<boolean>;
}

/** Of what sort a problem is; each sort holds one. The first that is there is shown. */
export type StorageProblem =
  /** Nothing is kept any more, or never was. */
  | "place"
  /** The latest write was not kept. */
  | "write"
  /** What had been kept is gone. */
  | "loss";

const shownFirst: readonly StorageProblem[] = ["place", "write", "loss"];

/** How often the estimate is asked for again, in milliseconds. */
const refreshIntervalMs = 60_000;

/** Watches the storage, until it is closed. */
export class StorageWatch implements BrowserStorage {
  usageBytes: number | null = null;
  quotaBytes: number | null = null;
  persistent: boolean | null = null;
  readonly #clock: Clock;
  readonly #problems = new Map<StorageProblem, HoldfastError>();
  readonly #listeners = new Set<() => void>();
  #timer: Timer | null = null;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get problem(): HoldfastError | null {
    const first = shownFirst.find((sort) => this.#problems.has(sort));
    return first === undefined ? null : this.#problems.get(first)!;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async persist(): Promise<boolean> {
    const asked = storageManager()?.persist?.() ?? Promise.resolve(false);
    const persistent = await asked.catch(() => false);
    await this.refresh();
    return persistent;
  }

  /** Notes a problem, or that it is over. */
  note(sort: StorageProblem, error: HoldfastError | null): void {
    if ((this.#problems.get(sort) ?? null) === error) return;
    if (error === null) this.#problems.delete(sort);
    else this.#problems.set(sort, error);
    tellAll(this.#listeners, undefined);
  }

  /** Asks the browser now, and from now on every minute. */
  async refresh(): Promise<void> {
    this.#timer?.cancel();
    const [estimate, persistent] = await ask();
    if (this.#closed) return;
    this.#timer?.cancel();
    this.#timer = this.#clock.timer(refreshIntervalMs, () => void this.refresh());
    const before = [this.usageBytes, this.quotaBytes, this.persistent];
    this.usageBytes = estimate?.usage ?? null;
    this.quotaBytes = estimate?.quota ?? null;
    this.persistent = persistent;
    const now = [this.usageBytes, this.quotaBytes, this.persistent];
    if (now.some((value, index) => value !== before[index])) tellAll(this.#listeners, undefined);
  }

  /** Asks no more. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }
}

async function ask(): Promise<[StorageEstimate | null, boolean | null]> {
  try {
    const manager = storageManager();
    return [(await manager?.estimate?.()) ?? null, (await manager?.persisted?.()) ?? null];
  } catch {
    // It does not say.
    return [null, null];
  }
}

// Absent where the page's origin is not secure.
function storageManager(): Partial<StorageManager> | undefined {
  return (navigator as { readonly storage?: StorageManager }).storage;
}
