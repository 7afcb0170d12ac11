// Sums up what came of many seeds of one scenario.

import type { FaultKind } from "@holdfast/sim";
import type { SeedReport } from "./seed_report.ts";

/** From so many seeds on, a kind of fault that never made a difference is a defect of the scenario. */
export const idleSeedsMin = 200;

/** The sum of many seeds of one scenario. Starts empty. */
export class Tally {
  readonly scenario: string;
  readonly failed: SeedReport[] = [];
  seeds = 0;
  events = 0;
  virtualMs = 0;
  /** Summed over processes that run side by side. */
  elapsedMs = 0;
  readonly #kinds = new Map<FaultKind, { bites: number; seeds: number }>();
  readonly #counts = new Map<string, number>();

  constructor(scenario: string) {
    this.scenario = scenario;
  }

  /** Adds what came of one seed. */
  add(report: SeedReport): void {
    this.seeds += 1;
    this.events += report.events;
    this.virtualMs += report.virtualMs;
    this.elapsedMs += report.elapsedMs;
    if (report.failure !== null) this.failed.push(report);
    for (const kind of report.drawn) this.#kindOf(kind);
    for (const [kind, count] of report.bites) {
      const sum = this.#kindOf(kind);
      sum.bites += count;
      sum.seeds += 1;
    }
    for (const [name, count] of Object.entries(report.counts)) {
      this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
    }
  }

  /** How often each kind that was drawn made a difference, and on how many seeds; by name. */
  get kinds(): readonly (readonly [
    FaultKind,
    { readonly bites: number; readonly seeds: number },
  ])[] {
    return [...this.#kinds].sort(([left], [right]) => (left < right ? -1 : 1));
  }

  /** Kinds that were drawn and never made a difference, by name. */
  get idleKinds(): readonly FaultKind[] {
    return this.kinds.filter(([, { bites }]) => bites === 0).map(([kind]) => kind);
  }

  /** What was done and compared, in the scenario's order. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  #kindOf(kind: FaultKind): { bites: number; seeds: number } {
    const known = this.#kinds.get(kind);
    if (known !== undefined) return known;
    const fresh = { bites: 0, seeds: 0 };
    this.#kinds.set(kind, fresh);
    return fresh;
  }
}
