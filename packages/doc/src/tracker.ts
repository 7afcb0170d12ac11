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
import { type IdRange, RangeIndex } from "./range_index.ts";
import { noUnit, type Span, SpanTree, type UnitPlace } from "./span_tree.ts";

/** Ids of units of the base text begin here; local numbers end here. */
export const baseId = 2 ** 31;

/** Stands for a base text whose length is not known yet. */
export const unknownLength = 2 ** 31;

/** Consecutive events that delete, and the consecutive units they deleted. */
interface Deletion {
  /** First event. */
  readonly id: number;
  readonly length: number;
  /** Unit with the lowest id. */
  readonly target: number;
  /** The first event deleted the unit with the highest id. */
  readonly backward: boolean;
}

/** What a new unit is inserted between, on its author's version. */
interface Origins {
  /** Id of the unit before it, or {@link noUnit}. */
  readonly left: number;
  /** The span that begins with the unit after it; null at the end. */
  readonly right: Span | null;
}

/** Where a new unit belongs, somewhere. */
interface Gap extends Origins {
  /** The span that ends with the unit before it. */
  readonly previous: Span | null;
  /** The span after that. */
  readonly following: Span | null;
}

/** Units to be placed. */
interface Added extends Origins {
  readonly id: number;
  readonly length: number;
}

/** A change to the visible text. */
export interface VisibleEdit {
  readonly at: number;
  readonly deleted: number;
}

/** The units of one text since a base version. */
export class Tracker {
  readonly #tree = new SpanTree();
  readonly #spans = new RangeIndex<Span>();
  readonly #baseSpans = new RangeIndex<Span>();
  readonly #deletions = new RangeIndex<Deletion>();
  readonly #agentOf: (lv: number) => AgentId;
  #baseLength: number;

  /**
   * @param baseLength - Units of the text on the base version, or {@link unknownLength}.
   * @param agentOf - Who made an event.
   */
  constructor(baseLength: number, agentOf: (lv: number) => AgentId) {
    this.#agentOf = agentOf;
    this.#baseLength = baseLength;
    if (baseLength > 0)
      this.#insert(null, { id: baseId, length: baseLength, left: noUnit, right: null });
  }

  /** Units in the prepared version. */
  get preparedLength(): number {
    return this.#tree.prepared;
  }

  /** Tells whether the base text's length is not known yet. */
  get isUnsettled(): boolean {
    return this.#baseLength === unknownLength;
  }

  /** Makes the base text's length known: that which makes the visible text `visible` units long. */
  settle(visible: number): void {
    const excess = this.#tree.visible - visible;
    const last = this.#spanOf(baseId + unknownLength - 1);
    assert(excess <= last.length, "T1: base text is too long");
    // A span of no length stays behind where nothing of it is left; it counts nowhere.
    this.#tree.resize(last, -excess);
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
    if (at > this.#tree.prepared) throw outside(at, this.#tree.prepared);
    const before = at === 0 ? null : this.#tree.findPrepared(at - 1);
    if (before !== null && before.offset + 1 < before.span.length) {
      this.#split(before.span, before.offset + 1);
    }
    const previous = before === null ? null : before.span;
    const left = previous === null ? noUnit : previous.id + previous.length - 1;
    const following = previous === null ? this.#tree.first() : this.#tree.next(previous);
    const right = following === null ? null : this.#tree.nextSeen(following);
    const gap = { previous, following, left, right };
    const place = this.#integrate(this.#agentOf(lv), gap);
    // Nobody else wrote behind the unit before it: typed on.
    const isTypedOn = place === previous && following?.left !== left;
    const span = this.#place(place, isTypedOn, { id: lv, length, left, right });
    return this.#tree.visibleBefore(span) + (lv - span.id);
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
    const start = backward ? at - length + 1 : at;
    if (start < 0 || start + length > this.#tree.prepared) {
      throw outside(backward ? start : at + length, this.#tree.prepared);
    }
    const edits: VisibleEdit[] = [];
    let done = 0;
    while (done < length) {
      const span = this.#isolate(this.#tree.findPrepared(start), length - done);
      // Going backward, the leftmost units belong to the last events.
      const id = backward ? lv + length - done - span.length : lv + done;
      this.#deletions.add({ id, length: span.length, target: span.id, backward });
      if (!span.deleted) {
        edits.push({ at: this.#tree.visibleBefore(span), deleted: span.length });
      }
      this.#tree.setState(span, 2, true);
      done += span.length;
    }
    return edits;
  }

  /** Makes the prepared version see, or no longer see, inserts `lv` to `end - 1`. */
  toggleInsert(lv: number, end: number, seen: boolean): void {
    this.#eachSpan(lv, end, (span) => {
      assert(span.state === (seen ? 0 : 1), "T3: insert seen out of order");
      this.#tree.setState(span, seen ? 1 : 0, span.deleted);
    });
  }

  /** Makes the prepared version see, or no longer see, deletes `lv` to `end - 1`. */
  toggleDelete(lv: number, end: number, seen: boolean): void {
    this.#eachTarget(lv, end, (span) => {
      assert(span.state >= (seen ? 1 : 2), "T3: delete seen out of order");
      this.#tree.setState(span, span.state + (seen ? 1 : -1), span.deleted);
    });
  }

  /** The units `from` up to, not including, `to` of the prepared version, in order, as runs of ids. */
  preparedUnits(from: number, to: number): readonly IdRange[] {
    const found: IdRange[] = [];
    for (let at = from; at < to; ) {
      const { span, offset } = this.#tree.findPrepared(at);
      const length = Math.min(span.length - offset, to - at);
      found.push({ id: span.id + offset, length });
      at += length;
    }
    return found;
  }

  /** The unit at `at` of the prepared version. */
  preparedUnit(at: number): UnitPlace {
    return this.#tree.findPrepared(at);
  }

  /** The id of the unit at `at` of the visible text. */
  visibleUnit(at: number): number {
    const { span, offset } = this.#tree.findVisible(at);
    return span.id + offset;
  }

  /** The span that holds the unit `id`, and where in it. */
  place(id: number): UnitPlace {
    const span = this.#spanOf(id);
    return { span, offset: id - span.id };
  }

  /** Where in the visible text the unit `id` is, or would be if it were not deleted. */
  visiblePosition(id: number): number {
    const span = this.#spanOf(id);
    return this.#tree.visibleBefore(span) + (span.deleted ? 0 : id - span.id);
  }

  // The span to go behind, among those between the origins that the author did not see.
  //
  // What follows a span with the same left origin, and has another one that is not
  // further to the left, descends from it, and goes where it goes. `skip` remembers how far
  // that reaches: descendants stay together, so whatever comes between is one, too.
  #integrate(agent: AgentId, { previous, following, left, right }: Gap): Span | null {
    let place = previous;
    let passing = false;
    let sibling: Span | null = null;
    let other = following;
    while (other !== null && other !== right && other.state === 0) {
      if (other.left === left) {
        const otherRight = rightOf(other);
        if (otherRight === right && agent < this.#agentOf(other.id)) break;
        // It belongs further to the right than the new unit, unless one that follows does not.
        passing =
          otherRight !== null &&
          otherRight !== right &&
          (right === null || this.#tree.isBefore(otherRight, right));
        sibling = other;
      } else if (sibling === null || !this.#isBehind(other.left, previous)) break;
      const last: Span = other.skip ?? other;
      if (last !== sibling) sibling.skip = last;
      if (!passing) place = last;
      other = this.#tree.next(last);
    }
    return place;
  }

  // Tells whether the unit `id` stands behind all units of `span`; null stands before the first.
  #isBehind(id: number, span: Span | null): boolean {
    if (id === noUnit) return false;
    if (span === null) return true;
    return this.#tree.isBefore(span, this.#spanOf(id));
  }

  // Lets `previous` grow where the units are `typedOn` behind it; else puts a span after it.
  #place(previous: Span | null, isTypedOn: boolean, added: Added): Span {
    if (
      isTypedOn &&
      previous !== null &&
      previous.id + previous.length === added.id &&
      previous.right === added.right &&
      previous.state === 1 &&
      !previous.deleted
    ) {
      this.#tree.resize(previous, added.length);
      return previous;
    }
    return this.#insert(previous, added);
  }

  #insert(previous: Span | null, added: Added): Span {
    const span = this.#tree.insertAfter(previous, {
      ...added,
      state: 1,
      deleted: false,
      skip: null,
    });
    this.#index(span);
    return span;
  }

  #split(span: Span, offset: number): Span {
    const rest = this.#tree.split(span, offset);
    this.#index(rest);
    return rest;
  }

  // A span of the unit at `place` and at most `length` units in all.
  #isolate(place: UnitPlace, length: number): Span {
    const span = place.offset === 0 ? place.span : this.#split(place.span, place.offset);
    if (span.length > length) this.#split(span, length);
    return span;
  }

  #eachSpan(id: number, end: number, visit: (span: Span) => void): void {
    let at = id;
    while (at < end) {
      const span = this.#isolate(this.place(at), end - at);
      visit(span);
      at += span.length;
    }
  }

  #eachTarget(lv: number, end: number, visit: (span: Span) => void): void {
    let at = lv;
    while (at < end) {
      const deletion = this.#deletions.find(at);
      assert(deletion !== undefined, "T3: delete without a target");
      const from = at - deletion.id;
      const to = Math.min(deletion.length, end - deletion.id);
      const first = deletion.target + (deletion.backward ? deletion.length - to : from);
      this.#eachSpan(first, first + (to - from), visit);
      at = deletion.id + to;
    }
  }

  #index(span: Span): void {
    (span.id < baseId ? this.#spans : this.#baseSpans).add(span);
  }

  #spanOf(id: number): Span {
    const span = (id < baseId ? this.#spans : this.#baseSpans).find(id);
    assert(span !== undefined, "T1: unit without a place");
    return span;
  }
}

// What a span was inserted before. The end of a base text of unknown length was a span
// that may turn out to hold nothing.
function rightOf({ right }: Span): Span | null {
  return right === null || right.length === 0 ? null : right;
}

function outside(at: number, length: number): HoldfastError {
  return new HoldfastError("invalid_operation", `edit at ${at} of a text of ${length} units`);
}
