// Watches of one process, each of which waits, reads, and waits again.

import { type MachineWorld, ViolationError } from "@holdfast/sim";
import type { CommitVersion, Store, Watch } from "@holdfast/store";
import type { RecordedRun } from "./recorded_run.ts";
import { keyRange, rangeOf } from "./recorded_transaction.ts";
import type { Space } from "./store_plan.ts";

/** How long after a commit was acknowledged a watch may still wait. */
const wakeMsMax = 1;
/** How long a watch is left alone, every other time, before it is asked again. */
const restMs = 3;

interface Waiter {
  readonly range: { readonly start: string; readonly end: string };
  /** It waits for a commit after this one; null while it is awake. */
  since: CommitVersion | null;
  /** The newest acknowledged commit that touched its range. */
  touched: number;
}

/** The watches of one open store. */
export class StoreWatcher {
  readonly #world: MachineWorld;
  readonly #store: Store;
  readonly #waiters: Waiter[] = [];
  #wakes = 0;

  constructor(world: MachineWorld, store: Store) {
    this.#world = world;
    this.#store = store;
  }

  /** How often a watch woke. */
  get wakes(): number {
    return this.#wakes;
  }

  /** Watches `space` until the store is closed. */
  async watch(space: Space): Promise<void> {
    const range = rangeOf(space);
    const watch = this.#store.watch(keyRange(range));
    const waiter: Waiter = { range, since: null, touched: 0 };
    this.#waiters.push(waiter);
    let version = await this.#store.read((snapshot) => snapshot.version);
    for (;;) {
      const next = await this.#next(watch, waiter, version);
      if (next === null) return;
      version = await this.#store.read((snapshot) => snapshot.version);
      if (version < next) {
        throw new ViolationError("ST9", `a watch reported ${next}, a read shows ${version}`);
      }
      if (this.#wakes % 2 === 1) await this.#world.clock.sleep(restMs);
    }
  }

  /** A commit was acknowledged: those who watch what it wrote wake. @throws {ViolationError} ST9. */
  async requireWoken(run: RecordedRun, version: CommitVersion): Promise<void> {
    const touched = this.#waiters.filter(({ range }) => touches(run, range));
    for (const waiter of touched) waiter.touched = Math.max(waiter.touched, version);
    await this.#world.clock.sleep(wakeMsMax);
    for (const waiter of touched) this.#requireAwake(waiter, version);
  }

  /** Whoever watches what `run` wrote has been told of it by now. @throws {ViolationError} ST9. */
  requireTold(run: RecordedRun, version: CommitVersion): void {
    for (const waiter of this.#waiters) {
      if (touches(run, waiter.range)) this.#requireAwake(waiter, version);
    }
  }

  #requireAwake({ range, since }: Waiter, version: number): void {
    if (since === null || since >= version) return;
    const sentence = `a watch of ${range.start} waits for more than ${since}, ${version} was acknowledged`;
    throw new ViolationError("ST9", sentence);
  }

  async #next(watch: Watch, waiter: Waiter, since: CommitVersion): Promise<CommitVersion | null> {
    waiter.since = since;
    const woken = watch.next(since);
    // What was committed while it was left alone, it tells at once.
    const told = await Promise.race([woken, this.#world.clock.sleep(wakeMsMax).then(() => "late")]);
    if (told === "late") this.#requireAwake(waiter, waiter.touched);
    const version = await woken;
    waiter.since = null;
    if (version === null) return null;
    this.#wakes += 1;
    if (version > since) return version;
    throw new ViolationError(
      "ST9",
      `a watch reported ${version}, it was asked for more than ${since}`,
    );
  }
}

function touches(
  run: RecordedRun,
  range: { readonly start: string; readonly end: string },
): boolean {
  return run.steps.some((step) => {
    if (step.type === "set") return step.key >= range.start && step.key < range.end;
    return step.type === "clear_range" && step.start < range.end && step.end > range.start;
  });
}
