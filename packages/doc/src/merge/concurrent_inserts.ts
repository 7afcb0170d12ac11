// Where among units that its author did not see a new one belongs.
//
// Order of units (FugueMax). A new unit remembers its left origin (the unit before
// it) and its right origin (the next unit, deleted ones included) on its author's
// version. Between the two there can be units that the author did not see; the new
// one goes
//   - after units, and their descendants, with the same left origin and a right
//     origin further to the right;
//   - of units with both origins the same, in order of agents;
//   - before the first unit whose left origin lies further to the left.
// Positions of origins compare in the final order. So a run of text, typed forwards or
// backwards, is never broken up by a concurrent one.
//
// Source: Weidner and Kleppmann, "The Art of the Fugue", 2023, section 5 (FugueMax).

import type { AgentId } from "@holdfast/causality";
import {
  noUnit,
  spanId,
  spanJump,
  spanLeft,
  spanLength,
  spanRight,
  spanSkip,
  spanState,
} from "./span_nodes.ts";
import { baseId, type Units } from "./units.ts";

// Among so many units with both origins the same a place is looked for one by one.
const crowdMin = 16;

/** Between what a unit is inserted, on its author's version and in the tree. */
export interface Gap {
  /** Id of the unit before it, or `noUnit`. */
  readonly left: number;
  /** Id of the unit after it that its author saw, deleted or not, or `noUnit`. */
  readonly right: number;
  /** The span that ends with the unit before it, or 0. */
  readonly previous: number;
  /** The span behind that. */
  readonly following: number;
}

/** Inserts into one text, some of which did not see each other. */
export class ConcurrentInserts {
  /** Units of the text on the base version. */
  baseLength = 0;
  readonly #units: Units;
  readonly #text: number;
  readonly #agentOf: (lv: number) => AgentId;
  // For left and then right origins that more than `crowdMin` units have in common: all these, in order.
  readonly #crowds = new Map<number, Map<number, number[]>>();

  constructor(units: Units, text: number, agentOf: (lv: number) => AgentId) {
    this.#units = units;
    this.#text = text;
    this.#agentOf = agentOf;
  }

  /**
   * The span that the new unit `lv` goes behind, among those between the origins that its author did not
   * see; 0 for none. O(log spans) for each that neither has both origins in common with it nor
   * descends from another of them.
   */
  place(lv: number, { left, right, previous, following }: Gap): number {
    // What follows a span with the same left origin, and has another one that is not
    // further to the left, descends from it, and goes where it goes. `skip` remembers how far
    // that reaches: descendants stay together, so whatever comes between is one, too.
    //
    // A span whose right origin the author did not see either was put in front of that: between the
    // two there is nothing that the new unit could stand behind. So the search goes on there. What is
    // typed backwards is a chain of such spans; `jump` leads along it, ever further. Who
    // has not seen the end of a chain has seen nothing of it.
    const { tree } = this.#units;
    const { spans } = tree;
    const agent = this.#agentOf(lv);
    let place = previous;
    let passed = 0;
    let sibling = 0;
    let link = 0;
    let other = following;
    while (other !== 0 && spans[other + spanState] === 0) {
      if (spans[other + spanLeft] === left) {
        const otherRight = this.rightOf(other);
        if (otherRight === right) {
          if (agent < this.#agentOf(spans[other + spanId]!)) break;
          passed += 1;
          if (passed > crowdMin) {
            const crowd = this.#crowdOf(left, right) ?? this.#gather(left, right, following);
            other = this.#spanOf(crowd[this.#countBefore(crowd, agent) - 1]!);
          }
        }
        sibling = other;
        // It belongs further to the right than the new unit, unless one that follows does not.
        if (otherRight !== right && this.#isBefore(otherRight, right)) {
          const end = this.#endOfChain(other, otherRight, right);
          if (link !== 0) spans[link + spanJump] = spans[end + spanId]!;
          link = other;
          other = end;
          continue;
        }
        link = 0;
      } else if (sibling === 0 || !this.#isBehind(spans[other + spanLeft]!, previous)) break;
      const skip = spans[other + spanSkip]!;
      const last = skip === noUnit ? other : this.#spanOf(skip);
      if (last !== sibling) {
        spans[sibling + spanSkip] = spans[last + spanId]! + spans[last + spanLength]! - 1;
      }
      place = last;
      other = tree.next(last);
    }
    const crowd = this.#crowdOf(left, right);
    crowd?.splice(this.#countBefore(crowd, agent), 0, lv);
    return place;
  }

  #crowdOf(left: number, right: number): number[] | undefined {
    return this.#crowds.size === 0 ? undefined : this.#crowds.get(left)?.get(right);
  }

  // All units with these origins, from the span `following` on: they begin spans, and stand in order.
  #gather(left: number, right: number, following: number): number[] {
    const { tree } = this.#units;
    const { spans } = tree;
    const crowd: number[] = [];
    for (
      let span = following;
      span !== 0 && spans[span + spanId] !== right;
      span = tree.next(span)
    ) {
      const isOne = spans[span + spanLeft] === left && this.rightOf(span) === right;
      if (isOne) crowd.push(spans[span + spanId]!);
    }
    const crowds = this.#crowds.get(left) ?? new Map<number, number[]>();
    this.#crowds.set(left, crowds.set(right, crowd));
    return crowd;
  }

  // How many of a crowd are of agents before `agent`.
  #countBefore(crowd: readonly number[], agent: AgentId): number {
    let low = 0;
    let high = crowd.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#agentOf(crowd[middle]!) < agent) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  // Where right origins lead from `span`, as far as it is known, and not seen, and before `right`.
  #endOfChain(span: number, next: number, right: number): number {
    const { tree } = this.#units;
    const jump = tree.spans[span + spanJump]!;
    if (jump !== noUnit) {
      const end = this.#spanOf(jump);
      if (tree.spans[end + spanState] === 0 && this.#isBefore(jump, right)) return end;
    }
    return this.#spanOf(next);
  }

  // Tells whether one right origin stands before another.
  #isBefore(id: number, other: number): boolean {
    if (id === noUnit) return false;
    return other === noUnit || this.#units.tree.isBefore(this.#spanOf(id), this.#spanOf(other));
  }

  // Tells whether the unit `id` stands behind all units of `span`; 0 stands before the first.
  #isBehind(id: number, span: number): boolean {
    if (id === noUnit) return false;
    return span === 0 || this.#units.tree.isBefore(span, this.#spanOf(id));
  }

  /**
   * The unit that a span was inserted before. The end of a base text of unknown length was a unit
   * that may have turned out not to be there.
   */
  rightOf(span: number): number {
    const right = this.#units.tree.spans[span + spanRight]!;
    return right < 0 && right - baseId >= this.baseLength ? noUnit : right;
  }

  #spanOf(id: number): number {
    return this.#units.spanOf(this.#text, id);
  }
}
