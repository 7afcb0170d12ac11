// Where concurrent edits of one text belong: a temporary CRDT.
//
// Problem. An edit says "insert at 7" and means 7 on the version that its author
// saw. The document has moved on since. Where is that place now?
//
// Method (eg-walker). The tracker holds the units of the text, inserted or deleted
// by anyone since some base version, in their final order. It can be *prepared*
// for any version after the base: units that this version has not seen count as
// not there, deletes it has not seen as not made. There the 7th unit is found, and
// the number of units before it that exist with *everything* applied is the place
// in the document. Units of the base text, whose events are of no interest, are
// one long span of their own ids.
//
// Order of units (FugueMax): a new unit remembers its left origin (the unit before
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
// Invariants:
//   T1  Every unit inserted since the base has exactly one place; ids are local
//       numbers, base units are `baseId` + their position in the base text.
//   T2  A unit is visible if and only if no event deletes it.
//   T3  In the prepared version, a deleted unit's state is 1 + the number of events
//       that delete it.
//
// Sources: Gentle and Kleppmann 2025, section 3.3 to 3.5; Weidner and Kleppmann,
// "The Art of the Fugue", 2023, section 5 (FugueMax). Departure: the length of
// the base text may be made known late, see `settle`.

import type { AgentId } from "@holdfast/causality";
import { assert, HoldfastError } from "@holdfast/std";
import type { IdRange } from "./range_index.ts";
import {
  noUnit,
  spanDeleted,
  spanId,
  spanLeft,
  spanLength,
  spanRight,
  spanSkip,
  spanState,
} from "./span_tree.ts";
import { baseId, type Units } from "./units.ts";

/** Stands for a base text whose length is not known yet. */
export const unknownLength = 2 ** 30;

// After so many spans that are not to be deleted, the next one that is gets looked for.
const stepsMax = 32;

/** A unit, and those after it that were inserted with it and have met the same fate. */
export interface UnitRun {
  /** How many, 1 at least. */
  readonly length: number;
  /** By how many events each is deleted in the prepared version, which has them. */
  readonly deletions: number;
  /** Deleted by some event, with everything applied. */
  readonly isDeleted: boolean;
}

/** A unit, and how many right before it were inserted with it and have met the same fate. */
export interface UnitPlace {
  readonly id: number;
  readonly offset: number;
}

/** A change to the visible text. */
export interface VisibleEdit {
  readonly at: number;
  readonly deleted: number;
}

/** The units of one text since a base version. */
export class Tracker {
  readonly #units: Units;
  readonly #text: number;
  readonly #root: number;
  readonly #agentOf: (lv: number) => AgentId;
  #baseLength: number;

  /**
   * @param units - Where those of other texts are, too.
   * @param baseLength - Units of the text on the base version, or {@link unknownLength}.
   * @param agentOf - Who made an event.
   */
  constructor(units: Units, baseLength: number, agentOf: (lv: number) => AgentId) {
    this.#units = units;
    this.#text = units.addText();
    this.#root = units.tree.plant();
    this.#agentOf = agentOf;
    this.#baseLength = baseLength;
    if (baseLength > 0) this.#insert(0, baseId, baseLength, noUnit, noUnit);
  }

  /** Units in the prepared version. */
  get preparedLength(): number {
    return this.#units.tree.prepared(this.#root);
  }

  /** Tells whether the base text's length is not known yet. */
  get isUnsettled(): boolean {
    return this.#baseLength === unknownLength;
  }

  /** Makes the base text's length known: that which makes the visible text `visible` units long. */
  settle(visible: number): void {
    const { tree } = this.#units;
    const excess = tree.visible(this.#root) - visible;
    const last = this.#spanOf(baseId + unknownLength - 1);
    assert(excess <= tree.spans[last + spanLength]!, "T1: base text is too long");
    // A span of no length stays behind where nothing of it is left; it counts nowhere.
    tree.resize(last, -excess);
    this.#baseLength = unknownLength - excess;
  }

  /**
   * Inserts units `lv` to `lv + length - 1` before prepared unit `at`. O(log spans)
   * for each concurrent insert at the same place, whatever came to stand there with it.
   *
   * @returns Where in the visible text.
   * @throws {HoldfastError} `invalid_operation` where the prepared version is shorter than `at`.
   */
  insert(lv: number, at: number, length: number): number {
    const { tree } = this.#units;
    if (at > this.preparedLength) throw outside(at, this.preparedLength);
    let previous = 0;
    let left = noUnit;
    let visible = 0;
    if (at > 0) {
      previous = tree.findPrepared(this.#root, at - 1);
      const end = tree.offset + 1;
      const { spans } = tree;
      left = spans[previous + spanId]! + tree.offset;
      visible = tree.visibleBefore + (spans[previous + spanDeleted] === 0 ? end : 0);
      if (end < spans[previous + spanLength]!) this.#units.split(this.#text, previous, end);
    }
    const following = previous === 0 ? tree.first(this.#root) : tree.next(previous);
    const right = this.#firstSeen(following);
    let place = previous;
    if (following !== 0 && tree.spans[following + spanState] === 0) {
      place = this.#integrate(this.#agentOf(lv), left, right, previous, following);
      if (place !== previous) {
        const { spans } = tree;
        visible = tree.countVisibleBefore(place);
        if (spans[place + spanDeleted] === 0) visible += spans[place + spanLength]!;
      }
    }
    // Nobody else wrote behind the unit before it: typed on.
    const isTypedOn =
      place === previous && (following === 0 || tree.spans[following + spanLeft] !== left);
    if (isTypedOn && this.#continues(previous, lv, right)) tree.resize(previous, length);
    else this.#insert(place, lv, length, left, right);
    return visible;
  }

  /**
   * Deletes `length` prepared units: by the events from `lv` on, the first of
   * which deletes unit `at`, and the next the one that is then at the same place,
   * or before it where `backward`.
   *
   * @returns Changes to the visible text, to be made one after another.
   * @throws {HoldfastError} `invalid_operation` where there are no such units.
   */
  delete(lv: number, at: number, length: number, backward: boolean): readonly VisibleEdit[] {
    const units = this.#units;
    const { tree } = units;
    const start = backward ? at - length + 1 : at;
    if (start < 0 || start + length > this.preparedLength) {
      throw outside(backward ? start : at + length, this.preparedLength);
    }
    const edits: { at: number; deleted: number }[] = [];
    let span = tree.findPrepared(this.#root, start);
    let visible = tree.visibleBefore;
    if (tree.offset > 0) {
      if (tree.spans[span + spanDeleted] === 0) visible += tree.offset;
      span = units.split(this.#text, span, tree.offset);
    }
    // Units with ascending ids that are yet to be noted as deleted.
    let target = tree.spans[span + spanId]!;
    let count = 0;
    let done = 0;
    for (;;) {
      const id = tree.spans[span + spanId]!;
      const size = Math.min(tree.spans[span + spanLength]!, length - done);
      if (size < tree.spans[span + spanLength]!) units.split(this.#text, span, size);
      if (tree.spans[span + spanDeleted] === 0) {
        const last = edits.at(-1);
        if (last?.at === visible) last.deleted += size;
        else edits.push({ at: visible, deleted: size });
      }
      if (id !== target + count) {
        this.#noteDeleted(backward ? lv + length - done : lv + done, target, count, backward);
        target = id;
        count = 0;
      }
      tree.delete(span);
      count += size;
      done += size;
      if (done === length) break;
      span = tree.next(span);
      for (let steps = 1; tree.spans[span + spanState] !== 1; steps += 1) {
        if (steps === stepsMax) {
          span = tree.findPrepared(this.#root, start);
          visible = tree.visibleBefore;
          break;
        }
        if (tree.spans[span + spanDeleted] === 0) visible += tree.spans[span + spanLength]!;
        span = tree.next(span);
      }
    }
    this.#noteDeleted(backward ? lv : lv + length, target, count, backward);
    return edits;
  }

  /** The units `from` up to, not including, `to` of the prepared version, in order, as runs of ids. */
  preparedUnits(from: number, to: number): readonly IdRange[] {
    const { tree } = this.#units;
    const found: IdRange[] = [];
    for (let at = from; at < to; ) {
      const span = tree.findPrepared(this.#root, at);
      const length = Math.min(tree.spans[span + spanLength]! - tree.offset, to - at);
      found.push({ id: tree.spans[span + spanId]! + tree.offset, length });
      at += length;
    }
    return found;
  }

  /** The unit at `at` of the prepared version. */
  preparedUnit(at: number): UnitPlace {
    const { tree } = this.#units;
    const span = tree.findPrepared(this.#root, at);
    return { id: tree.spans[span + spanId]! + tree.offset, offset: tree.offset };
  }

  /** The id of the unit at `at` of the visible text. */
  visibleUnit(at: number): number {
    const { tree } = this.#units;
    return tree.spans[tree.findVisible(this.#root, at) + spanId]! + tree.offset;
  }

  /** What became of the unit `id`, and how many after it share that. */
  unitRun(id: number): UnitRun {
    const { spans } = this.#units.tree;
    const span = this.#spanOf(id);
    return {
      length: spans[span + spanLength]! - (id - spans[span + spanId]!),
      deletions: spans[span + spanState]! - 1,
      isDeleted: spans[span + spanDeleted] === 1,
    };
  }

  /** Where in the visible text the unit `id` is, or would be if it were not deleted. */
  visiblePosition(id: number): number {
    const { tree } = this.#units;
    const span = this.#spanOf(id);
    const isDeleted = tree.spans[span + spanDeleted] === 1;
    return tree.countVisibleBefore(span) + (isDeleted ? 0 : id - tree.spans[span + spanId]!);
  }

  // The span to go behind, among those between the origins that the author did not see.
  //
  // What follows a span with the same left origin, and has another one that is not
  // further to the left, descends from it, and goes where it goes. `skip` remembers how far
  // that reaches: descendants stay together, so whatever comes between is one, too.
  #integrate(
    agent: AgentId,
    left: number,
    right: number,
    previous: number,
    following: number,
  ): number {
    const { tree } = this.#units;
    const { spans } = tree;
    let place = previous;
    let passing = false;
    let sibling = 0;
    let other = following;
    while (other !== 0 && spans[other + spanState] === 0) {
      if (spans[other + spanLeft] === left) {
        const otherRight = this.#rightOf(other);
        if (otherRight === right && agent < this.#agentOf(spans[other + spanId]!)) break;
        // It belongs further to the right than the new unit, unless one that follows does not.
        passing =
          otherRight !== noUnit &&
          otherRight !== right &&
          (right === noUnit || tree.isBefore(this.#spanOf(otherRight), this.#spanOf(right)));
        sibling = other;
      } else if (sibling === 0 || !this.#isBehind(spans[other + spanLeft]!, previous)) break;
      const skip = spans[other + spanSkip]!;
      const last = skip === noUnit ? other : this.#spanOf(skip);
      if (last !== sibling) {
        spans[sibling + spanSkip] = spans[last + spanId]! + spans[last + spanLength]! - 1;
      }
      if (!passing) place = last;
      other = tree.next(last);
    }
    return place;
  }

  // Tells whether the unit `id` stands behind all units of `span`; 0 stands before the first.
  #isBehind(id: number, span: number): boolean {
    if (id === noUnit) return false;
    return span === 0 || this.#units.tree.isBefore(span, this.#spanOf(id));
  }

  // Tells whether units `lv` and on, inserted behind `span`, are more of it.
  #continues(span: number, lv: number, right: number): boolean {
    const { spans } = this.#units.tree;
    return (
      span !== 0 &&
      spans[span + spanId]! + spans[span + spanLength]! === lv &&
      spans[span + spanState] === 1 &&
      spans[span + spanDeleted] === 0 &&
      this.#rightOf(span) === right
    );
  }

  #insert(previous: number, id: number, length: number, left: number, right: number): void {
    const { tree } = this.#units;
    const span = tree.insert(this.#root, previous, id, length);
    tree.spans[span + spanLeft] = left;
    tree.spans[span + spanRight] = right;
    this.#units.add(this.#text, span);
  }

  // Units from `target` on were deleted by as many events: those before `end`, or, going
  // backward, where the leftmost units belong to the last events, from `end` on.
  #noteDeleted(end: number, target: number, count: number, backward: boolean): void {
    const start = backward ? end : end - count;
    this.#units.addDeletion(this.#text, start, count, target, backward);
  }

  // The first unit of `span` and what follows that the prepared version has seen.
  #firstSeen(span: number): number {
    if (span === 0) return noUnit;
    const { tree } = this.#units;
    const { spans } = tree;
    if (spans[span + spanState]! > 0 && spans[span + spanLength]! > 0) return spans[span + spanId]!;
    const seen = tree.nextSeen(span);
    return seen === 0 ? noUnit : spans[seen + spanId]!;
  }

  // What a span was inserted before. The end of a base text of unknown length was a unit
  // that may turn out not to be there.
  #rightOf(span: number): number {
    const right = this.#units.tree.spans[span + spanRight]!;
    return right < 0 && right - baseId >= this.#baseLength ? noUnit : right;
  }

  #spanOf(id: number): number {
    return this.#units.spanOf(this.#text, id);
  }
}

function outside(at: number, length: number): HoldfastError {
  return new HoldfastError("invalid_operation", `edit at ${at} of a text of ${length} units`);
}
