// Whether a tree that is shown is one: no node twice, none below itself, none below a node
// that is not there; and whether all nodes are there that have to be.
//
// Which nodes have to be there is told only where moves and deletions leave no choice.
// Systems differ in what becomes of a node that is moved below one that is deleted
// meanwhile, and of one that is deleted while somebody moves it; so a node may be missing
// where it was deleted, or was ever put below one that is missing, and may be there where
// it was moved, or something was put below it.

import type { Budget } from "../graph/budget.ts";
import type { Contents } from "./contents.ts";
import type { ContentsJudge, ShownElements } from "./contents_judge.ts";
import { moves, none } from "./effect_table.ts";
import type { EventSet } from "./event_set.ts";
import type { Faults } from "./faults.ts";
import type { LogIndex } from "./log_index.ts";
import { idName, recordName } from "./names.ts";
import type { MergeStateRecord } from "./record.ts";
import type { Stamps } from "./stamps.ts";

/** What a replica holds, as events and as elements. */
export interface Held {
  readonly set: EventSet;
  readonly contents: Contents;
}

/** Judges trees. */
export class TreeJudge {
  readonly #index: LogIndex;
  readonly #faults: Faults;
  readonly #budget: Budget;
  readonly #contents: ContentsJudge;
  readonly #stamps: Stamps;
  #parents: Set<number> | null = null;

  constructor(
    index: LogIndex,
    contents: ContentsJudge,
    to: { readonly faults: Faults; readonly budget: Budget; readonly stamps: Stamps },
  ) {
    this.#index = index;
    this.#contents = contents;
    this.#faults = to.faults;
    this.#budget = to.budget;
    this.#stamps = to.stamps;
  }

  /** Judges what a replica shows. Linear; in the log's elements where a node is missing. */
  judge(shown: ShownElements, held: Held): void {
    const { tree = [] } = this.#index.records[shown.place] as MergeStateRecord;
    const parents = tree.map(([, parent]) =>
      parent === null ? none : this.#index.elements.number(shown.object, parent),
    );
    this.#faults.judged("tree");
    this.#contents.judgeOnce(shown);
    this.#judgeShape(shown, parents);
    if (this.#index.described.has(shown.object)) this.#judgeNodes(shown, held);
  }

  #judgeShape({ place, elements }: ShownElements, parents: readonly number[]): void {
    const parentOf = new Map<number, number>();
    for (const [at, node] of elements.entries()) {
      if (parentOf.has(node)) this.#blame(place, node, "twice");
      parentOf.set(node, parents[at]!);
    }
    // Nodes from which the top is reached, or of which it is known that it is not.
    const done = new Set<number>([none]);
    for (const node of elements) {
      const path = new Set<number>();
      let at = node;
      while (!done.has(at) && !path.has(at) && parentOf.has(at)) {
        path.add(at);
        at = parentOf.get(at)!;
      }
      if (path.has(at)) {
        this.#blame(place, at, "below itself");
      } else if (!done.has(at)) {
        const child = [...path].find((each) => parentOf.get(each) === at)!;
        this.#blame(place, child, `below ${this.#name(at)}, which is not there`);
      }
      for (const each of path) done.add(each);
    }
  }

  #judgeNodes(shown: ShownElements, held: Held): void {
    this.#stamps.begin();
    let count = 0;
    for (const node of shown.elements) {
      if (!this.#stamps.meet(node)) continue;
      if (held.contents.isThere(node)) {
        count += 1;
      } else if (!held.contents.isInserted(node)) {
        this.#contents.blame(shown, node, "before any event that it holds inserted it");
      } else if (!this.#mayComeBack(node, held)) {
        this.#contents.blame(shown, node, "though it was deleted, and nobody moved it");
      }
    }
    if (count === held.contents.count(shown.object)) return;
    for (const node of held.contents.of(shown.object)) {
      if (this.#stamps.has(node) || this.#mayBeMissing(node, held)) continue;
      this.#contents.blameMissing(shown, node);
      return;
    }
  }

  // A node that was moved, or that others were put below, may have been kept on purpose.
  #mayComeBack(node: number, held: Held): boolean {
    this.#parents ??= new Set(this.#index.effects.parent.view());
    if (this.#parents.has(node)) return true;
    return [...this.#placings(node, held)].some(
      (effect) => this.#index.effects.kind.at(effect) === moves,
    );
  }

  // A node that is there by its own events is missing rightly only below one that is missing.
  #mayBeMissing(node: number, held: Held): boolean {
    return [...this.#placings(node, held)].some((effect) => {
      const parent = this.#index.effects.parent.at(effect);
      return parent !== none && !this.#stamps.has(parent);
    });
  }

  *#placings(node: number, { set }: Held): Generator<number> {
    const { effects } = this.#index;
    for (const effect of effects.on(node)) {
      this.#budget.spend(1);
      if (set.has(effects.agent.at(effect), effects.sequence.at(effect))) yield effect;
    }
  }

  #blame(place: number, node: number, how: string): void {
    const { replica } = this.#index.records[place] as MergeStateRecord;
    this.#faults.add("tree", {
      sentence: `${replica} shows ${this.#name(node)} ${how} (${recordName(place)})`,
      places: [place],
      ids: [this.#index.elements.id(node)],
      weight: place,
    });
  }

  #name(node: number): string {
    return idName(this.#index.elements.id(node));
  }
}
