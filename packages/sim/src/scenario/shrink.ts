// From a run that fails to a small one that fails in the same way.
//
// Method: delta debugging. First what is likely to go as a whole: what comes after the
// failure, all faults, all that one client does or that is done to one document. Then
// halves, quarters and so on of the faults, and of the operations, for as long as the
// run still breaks the same promise. Then what is left is moved together in time, in
// its order. It is a search, not a proof: a smaller plan may exist.
// Source: Zeller and Hildebrandt, "Simplifying and isolating failure-inducing
// input", IEEE TSE 28(2), 2002.

import type { Operation, Plan } from "./plan.ts";
import { failureId, type Played } from "./play.ts";

/** What {@link shrink} needs. */
export interface ShrinkOptions<Work extends Operation> {
  /** A run that failed. */
  readonly failed: Played<Work>;
  /** Plays a plan. A run of more than `eventsMax` events is of no use, and may be ended there. */
  readonly play: (plan: Plan<Work>, eventsMax: number) => Promise<Played<Work>>;
  /** Most runs that it may take. */
  readonly runsMax: number;
  /** Hears of each smaller plan that was found. */
  readonly onSmaller?: (played: Played<Work>, runs: number) => void;
}

/** A smaller run that breaks the same promise, or the same one where none was found. */
export async function shrink<Work extends Operation>(
  options: ShrinkOptions<Work>,
): Promise<Played<Work>> {
  const search = new Search(options);
  await search.leaveOutTheRest();
  await search.leaveOutAll("faults");
  for (let round = 0; round < roundsMax && !search.isOver; round += 1) {
    const { events, plan } = search.best;
    await search.leaveOutGroups();
    await search.leaveOut("faults");
    await search.leaveOut("operations");
    await search.shortenFaults();
    await search.moveTogether();
    if (search.best.events >= events && sizeOf(search.best.plan) >= sizeOf(plan)) break;
  }
  return search.best;
}

const roundsMax = 5;
/** Most that is left between two things that happen, in milliseconds: the first that still fails counts. */
const gapsMs = [5, 50, 200, 1_000, 5_000];
/** How many of the longest gaps are tried one by one. */
const gapsTried = 8;
/** By how much a plan with fewer items may take more events. */
const moreEventsFactor = 1.1;

class Search<Work extends Operation> {
  best: Played<Work>;
  readonly #options: ShrinkOptions<Work>;
  readonly #id: string;
  /** Plans that were played, as text: none is played twice. */
  readonly #played = new Set<string>();
  #runs = 0;

  constructor(options: ShrinkOptions<Work>) {
    this.#options = options;
    this.best = options.failed;
    this.#id = failureId(options.failed.failure!);
  }

  get isOver(): boolean {
    return this.#runs >= this.#options.runsMax;
  }

  /** Leaves out what would have come after the failure. */
  async leaveOutTheRest(): Promise<void> {
    const { plan, virtualMs } = this.best;
    const isBefore = ({ atMs }: Operation): boolean => atMs <= virtualMs;
    const faults = plan.faults.filter(isBefore);
    await this.#try({ faults, operations: plan.operations.filter(isBefore) });
  }

  /** Leaves out one list as a whole. */
  async leaveOutAll(list: "faults" | "operations"): Promise<void> {
    await this.#try({ [list]: [] });
  }

  /** Leaves out operations that have something in common: a client, a document, a type. The largest groups first. */
  async leaveOutGroups(): Promise<void> {
    const groups = groupsOf(this.best.plan.operations);
    for (const { field, value } of groups) {
      const { operations } = this.best.plan;
      const kept = operations.filter((operation) => fieldOf(operation, field) !== value);
      if (kept.length < operations.length) await this.#try({ operations: kept });
    }
  }

  /** Leaves out as many as it can of one list: chunks of half of it first, then ever smaller ones. */
  async leaveOut(list: "faults" | "operations"): Promise<void> {
    let size = Math.ceil(this.best.plan[list].length / 2);
    while (size >= 1 && !this.isOver) {
      // From the end: what came after the failure goes first.
      for (let end = this.best.plan[list].length; end > 0; end -= size) {
        const items = this.best.plan[list];
        const kept = items.filter((_, index) => index < end - size || index >= end);
        if (kept.length < items.length) await this.#try({ [list]: kept });
      }
      size = Math.floor(size / 2);
    }
  }

  /** Has faults last for less. */
  async shortenFaults(): Promise<void> {
    for (let index = 0; index < this.best.plan.faults.length && !this.isOver; index += 1) {
      const { durationMs } = this.best.plan.faults[index]!;
      for (const shorterMs of [0, Math.round(durationMs / 8), Math.round(durationMs / 2)]) {
        const faults = this.best.plan.faults.map((fault, other) =>
          other === index ? { ...fault, durationMs: shorterMs } : fault,
        );
        if (shorterMs < durationMs && (await this.#try({ faults }))) break;
      }
    }
  }

  /** Has everything happen sooner, in the same order: with less time between, at all places, then at one after another. */
  async moveTogether(): Promise<void> {
    do {
      for (const gapMsMax of gapsMs) {
        if (await this.#tryMoved((gapMs) => Math.min(gapMs, gapMsMax))) break;
      }
    } while (await this.#shortenOneGap());
  }

  async #shortenOneGap(): Promise<boolean> {
    const longest = gapsOf(this.best.plan)
      .sort((left, right) => right.gapMs - left.gapMs)
      .slice(0, gapsTried);
    for (const { atMs } of longest) {
      for (const gapMsMax of gapsMs) {
        const shorten = (gapMs: number, at: number): number =>
          at === atMs ? Math.min(gapMs, gapMsMax) : gapMs;
        if (await this.#tryMoved(shorten)) return true;
      }
    }
    return false;
  }

  /** Tries the best plan with gaps as `shorten` wants them, which is given each gap and when it ends. */
  #tryMoved(shorten: (gapMs: number, atMs: number) => number): Promise<boolean> {
    const moved = new Map<number, number>();
    let nowMs = 0;
    for (const { gapMs, atMs } of gapsOf(this.best.plan)) {
      nowMs += shorten(gapMs, atMs);
      moved.set(atMs, nowMs);
    }
    const move = <Item extends Operation>(item: Item): Item => ({
      ...item,
      atMs: moved.get(item.atMs)!,
    });
    const { faults, operations } = this.best.plan;
    return this.#try({ faults: faults.map(move), operations: operations.map(move) });
  }

  /** Plays the best plan with `change`; keeps it where it fails in the same way and is smaller, takes fewer events, or less time. */
  async #try(change: Partial<Plan<Work>>): Promise<boolean> {
    const plan = { ...this.best.plan, ...change };
    const text = JSON.stringify(plan);
    if (this.isOver || this.#played.has(text)) return false;
    this.#played.add(text);
    this.#runs += 1;
    const eventsMax = Math.floor(this.best.events * moreEventsFactor);
    const played = await this.#options.play(plan, eventsMax);
    const isSame = played.failure !== null && failureId(played.failure) === this.#id;
    if (!isSame || !isSmaller(played, this.best)) return false;
    this.best = played;
    this.#options.onSmaller?.(played, this.#runs);
    return true;
  }
}

function isSmaller(one: Played, other: Played): boolean {
  if (sizeOf(one.plan) > sizeOf(other.plan)) return false;
  if (one.events < other.events) return true;
  if (sizeOf(one.plan) < sizeOf(other.plan)) return one.events <= other.events * moreEventsFactor;
  return one.events === other.events && spanOf(one.plan) < spanOf(other.plan);
}

function sizeOf({ faults, operations }: Plan): number {
  return faults.length + operations.length;
}

/** How long it takes, roughly: when the last thing begins, and how long all faults last. */
function spanOf({ faults, operations }: Plan): number {
  const lastMs = Math.max(0, ...[...faults, ...operations].map(({ atMs }) => atMs));
  return lastMs + faults.reduce((sum, { durationMs }) => sum + durationMs, 0);
}

interface Gap {
  readonly gapMs: number;
  /** When it ends. */
  readonly atMs: number;
}

/** The time before each moment at which something happens. */
function gapsOf({ faults, operations }: Plan): Gap[] {
  const times = new Set([...faults, ...operations].map(({ atMs }) => atMs));
  const sorted = [...times].sort((left, right) => left - right);
  return sorted.map((atMs, index) => ({ atMs, gapMs: atMs - (sorted[index - 1] ?? 0) }));
}

interface Group {
  readonly field: string;
  readonly value: string;
  readonly count: number;
}

/** What two or more operations have in common, the most common first. */
function groupsOf(operations: readonly Operation[]): readonly Group[] {
  const counts = new Map<string, Map<string, number>>();
  for (const operation of operations) {
    for (const [field, value] of Object.entries(operation)) {
      if (typeof value !== "string") continue;
      const values = counts.get(field) ?? new Map<string, number>();
      counts.set(field, values.set(value, (values.get(value) ?? 0) + 1));
    }
  }
  return [...counts]
    .flatMap(([field, values]) => [...values].map(([value, count]) => ({ field, value, count })))
    .filter(({ count }) => count > 1)
    .sort((left, right) => right.count - left.count);
}

function fieldOf(operation: Operation, field: string): unknown {
  return (operation as Operation & Readonly<Record<string, unknown>>)[field];
}
