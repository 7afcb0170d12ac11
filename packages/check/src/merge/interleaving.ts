// Whether runs that were typed at one gap, each unseen by the author of the other, stay
// whole in every list that is shown.

import type { Budget } from "../graph/budget.ts";
import type { ShownElements } from "./contents_judge.ts";
import type { Faults } from "./faults.ts";
import type { LogIndex } from "./log_index.ts";
import { idName, objectName, recordName } from "./names.ts";
import type { MergeStateRecord } from "./record.ts";
import type { TypingRun, TypingRuns } from "./typing_runs.ts";

/** An element of a run where a list enters the run, and the run. */
interface Block {
  readonly run: number;
  readonly first: number;
  last: number;
}

/** Judges lists. */
export class Interleaving {
  readonly #index: LogIndex;
  readonly #runs: TypingRuns;
  readonly #faults: Faults;
  readonly #budget: Budget;
  readonly #known = new Map<string, boolean>();
  readonly #blamed = new Set<string>();

  constructor(
    index: LogIndex,
    runs: TypingRuns,
    to: { readonly faults: Faults; readonly budget: Budget },
  ) {
    this.#index = index;
    this.#runs = runs;
    this.#faults = to.faults;
    this.#budget = to.budget;
  }

  /** Judges a list. Linear where no run is broken up. */
  judge(shown: ShownElements): void {
    const blocksOf = new Map<number, Block[]>();
    const met = new Set<number>();
    for (const element of shown.elements) {
      const run = this.#runs.of(element);
      if (run === -1) continue;
      const { gap } = this.#runs.runs[run]!;
      const blocks = blocksOf.get(gap) ?? [];
      blocksOf.set(gap, blocks);
      const newest = blocks[blocks.length - 1];
      if (newest?.run === run) {
        newest.last = element;
        continue;
      }
      if (newest !== undefined) this.#faults.judged("no-interleaving");
      if (met.has(run)) this.#lookBack(shown, blocks, { run, first: element });
      met.add(run);
      blocks.push({ run, first: element, last: element });
    }
  }

  // What lies between two blocks of one run must have been typed by somebody who knew it.
  #lookBack(
    shown: ShownElements,
    blocks: readonly Block[],
    { run, first }: { readonly run: number; readonly first: number },
  ): void {
    for (let place = blocks.length - 1; place >= 0; place -= 1) {
      const block = blocks[place]!;
      if (block.run === run || !this.#budget.spend(1)) return;
      if (!this.#areConcurrent(block.run, run)) continue;
      const before = blocks
        .slice(0, place)
        .reverse()
        .find((other) => other.run === run)!;
      this.#blame(shown, { before: before.last, between: block, behind: first });
      return;
    }
  }

  #areConcurrent(left: number, right: number): boolean {
    const key = pairKey(left, right);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const [first, second] = [this.#runs.runs[left]!, this.#runs.runs[right]!];
    const concurrent = !this.#hadSeen(first, second) && !this.#hadSeen(second, first);
    this.#known.set(key, concurrent);
    return concurrent;
  }

  // Whether the author of a run ever applied the first event of another before it was over.
  #hadSeen(run: TypingRun, { agent, sequence }: TypingRun): boolean {
    for (const place of this.#index.placesOf[run.replica]!) {
      if (place > run.lastPlace) return false;
      // Nobody is accused on half the evidence.
      if (!this.#budget.spend(1)) return true;
      const record = this.#index.records[place]!;
      const brings =
        record.type === "event"
          ? [record.id]
          : record.type === "version" || record.type === "restart"
            ? record.events
            : [];
      for (const each of brings) {
        const other = this.#index.run(each);
        if (other.agent === agent && other.from <= sequence && sequence < other.to) return true;
      }
    }
    return false;
  }

  // Of two runs, one example is enough.
  #blame(
    { place, object, elements }: ShownElements,
    at: { readonly before: number; readonly between: Block; readonly behind: number },
  ): void {
    const key = pairKey(this.#runs.of(at.behind), at.between.run);
    if (this.#blamed.has(key)) return;
    this.#blamed.add(key);
    const { elements: table } = this.#index;
    const name = (element: number) => idName(table.id(element));
    const { replica } = this.#index.records[place] as MergeStateRecord;
    const runs = [at.behind, at.between.first].map(
      (element) => this.#runs.runs[this.#runs.of(element)]!,
    ) as [TypingRun, TypingRun];
    const [split, splitting] = runs.map((run) => this.#index.replicas.name(run.replica));
    this.#faults.add("no-interleaving", {
      sentence: `${replica} shows ${name(at.between.first)}, which ${splitting} typed, in ${objectName(table.objectName(object))} between ${name(at.before)} and ${name(at.behind)}, which ${split} typed in one run; neither had seen what the other typed (${recordName(place)})`,
      places: [...runs.map((run) => run.lastPlace), place],
      ids: [at.before, at.between.first, at.behind].map((element) => table.id(element)),
      weight: elements.length,
    });
  }
}

function pairKey(left: number, right: number): string {
  return left < right ? `${left}:${right}` : `${right}:${left}`;
}
