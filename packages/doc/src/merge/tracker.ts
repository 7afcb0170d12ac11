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
// Order of units: FugueMax, see concurrent_inserts.ts.
//
// Invariants:
//   T1  Every unit inserted since the base has exactly one place; ids are local
//       numbers, base units are `baseId` + their position in the base text.
//   T2  A unit is visible if and only if no event deletes it.
//   T3  In the prepared version, a unit's state is 0 where it is not inserted, 1 where it is, and more
//       if and only if some event deletes it (see deletions.ts).
//
// Sources: Gentle and Kleppmann 2025, section 3.3 to 3.5; Weidner and Kleppmann,
// "The Art of the Fugue", 2023, section 5 (FugueMax). Departure: the length of
// the base text may be made known late, see `settle`.

import type { AgentId } from "@holdfast/causality";
import { assert, HoldfastError } from "@holdfast/std";
import { ConcurrentInserts } from "./concurrent_inserts.ts";
import type { IdRange } from "./range_index.ts";
import {
  noUnit,
  spanDeleted,
  spanId,
  spanLeft,
  spanLength,
  spanRight,
  spanState,
} from "./span_nodes.ts";
import { baseId, type Units } from "./units.ts";
import { UponAll } from "./upon_all.ts";

/** Stands for a base text whose length is not known yet. */
export const unknownLength = 2 ** 30;

// After so many spans that are not to be deleted, the next one that is gets looked for.
const stepsMax = 32;

/** A unit, and those after it that were inserted with it and have met the same fate. */
export interface UnitRun {
  /** How many, 1 at least. */
  readonly length: number;
  /** By how many events each is deleted, with everything applied. */
  readonly deletions: number;
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
  readonly #inserts: ConcurrentInserts;
  /** Takes edits that were made upon all that is here, whatever is prepared. */
  readonly uponAll: UponAll;

  /**
   * @param units - Where those of other texts are, too.
   * @param baseLength - Units of the text on the base version, or {@link unknownLength}.
   * @param agentOf - Who made an event.
   */
  constructor(units: Units, baseLength: number, agentOf: (lv: number) => AgentId) {
    this.#units = units;
    this.#text = units.addText();
    this.#root = units.tree.plant();
    this.#inserts = new ConcurrentInserts(units, this.#text, agentOf);
    this.#inserts.baseLength = baseLength;
    const [text, root, inserts] = [this.#text, this.#root, this.#inserts];
    this.uponAll = new UponAll({ units, text, root, inserts });
    if (baseLength > 0) this.#insert(0, baseId, baseLength, noUnit, noUnit);
  }

  /** Units in the prepared version. */
  get preparedLength(): number {
    return this.#units.tree.prepared(this.#root);
  }

  /** Tells whether the base text's length is not known yet. */
  get isUnsettled(): boolean {
    return this.#inserts.baseLength === unknownLength;
  }

  /** Makes the base text's length known: that which makes the visible text `visible` units long. */
  settle(visible: number): void {
    const { tree } = this.#units;
    const excess = tree.visible(this.#root) - visible;
    const last = this.#spanOf(baseId + unknownLength - 1);
    assert(excess <= tree.spans[last + spanLength]!, "T1: base text is too long");
    // A span of no length stays behind where nothing of it is left; it counts nowhere.
    tree.resize(last, -excess);
    this.#inserts.baseLength = unknownLength - excess;
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
    let previous = 0;
    let following = 0;
    let left = noUnit;
    let visible = 0;
    if (at > 0) {
      previous = tree.findPrepared(this.#root, at - 1);
      if (previous === 0) throw outside(at, this.preparedLength);
      const { spans, offset } = tree;
      left = spans[previous + spanId]! + offset;
      visible = tree.visibleBefore;
      if (spans[previous + spanDeleted] === 0) visible += offset + 1;
      following = tree.following;
      if (offset + 1 < spans[previous + spanLength]!) {
        following = this.#units.split(this.#text, previous, offset + 1);
      }
    } else following = tree.first(this.#root);
    let place = previous;
    let right = noUnit;
    let isTypedOn = true;
    if (following !== 0) {
      const { spans } = tree;
      const isSeen = spans[following + spanState]! > 0 && spans[following + spanLength]! > 0;
      right = isSeen ? spans[following + spanId]! : this.#firstSeen(following);
      if (spans[following + spanState] === 0) {
        place = this.#inserts.place(lv, { left, right, previous, following });
      }
      // Nobody else wrote behind the unit before it.
      isTypedOn = place === previous && spans[following + spanLeft] !== left;
    }
    if (isTypedOn && previous !== 0 && this.#continues(previous, lv, right)) {
      tree.resize(previous, length);
    } else {
      if (place !== previous) visible = this.#visibleBehind(place);
      this.#insert(place, lv, length, left, right);
    }
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
    if (start < 0 || start + length > tree.prepared(this.#root)) {
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
    let first = span;
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
        const start = backward ? lv + length - done : lv + done - count;
        units.addDeletion({ text: this.#text, start, length: count, target, backward }, first);
        target = id;
        first = span;
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
    const rest = backward ? lv : lv + length - count;
    units.addDeletion({ text: this.#text, start: rest, length: count, target, backward }, first);
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
      deletions: spans[span + spanDeleted]!,
      isDeleted: spans[span + spanDeleted]! > 0,
    };
  }

  /** Where in the visible text the unit `id` is, or would be if it were not deleted. */
  visiblePosition(id: number): number {
    const { tree } = this.#units;
    const span = this.#spanOf(id);
    const isDeleted = tree.spans[span + spanDeleted]! > 0;
    return tree.countVisibleBefore(span) + (isDeleted ? 0 : id - tree.spans[span + spanId]!);
  }

  // Tells whether units `lv` and on, inserted behind `span`, are more of it.
  #continues(span: number, lv: number, right: number): boolean {
    const { spans } = this.#units.tree;
    return (
      spans[span + spanId]! + spans[span + spanLength]! === lv &&
      spans[span + spanState] === 1 &&
      spans[span + spanDeleted] === 0 &&
      this.#inserts.rightOf(span) === right
    );
  }

  #insert(previous: number, id: number, length: number, left: number, right: number): void {
    const { tree } = this.#units;
    const span = tree.insert(this.#root, previous, id, length);
    tree.spans[span + spanLeft] = left;
    tree.spans[span + spanRight] = right;
    this.#units.add(this.#text, span);
  }

  // The first unit of `span` and what follows that the prepared version has seen.
  #firstSeen(span: number): number {
    const { tree } = this.#units;
    const seen = tree.nextSeen(span);
    return seen === 0 ? noUnit : tree.spans[seen + spanId]!;
  }

  // How many visible units there are up to the end of `span`.
  #visibleBehind(span: number): number {
    const { tree } = this.#units;
    const isDeleted = tree.spans[span + spanDeleted]! > 0;
    return tree.countVisibleBefore(span) + (isDeleted ? 0 : tree.spans[span + spanLength]!);
  }

  #spanOf(id: number): number {
    return this.#units.spanOf(this.#text, id);
  }
}

function outside(at: number, length: number): HoldfastError {
  return new HoldfastError("invalid_operation", `edit at ${at} of a text of ${length} units`);
}
