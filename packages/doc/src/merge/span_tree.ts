// Spans of texts' units in document order, deleted and undone ones included: for each
// text a B-tree that counts them in three ways.
//
//   seen      those that the version that the tracker is prepared for has, deleted or not
//   prepared  those of them that it has not deleted
//   visible   those that exist with everything applied
//
// Finding the nth prepared unit or the next seen one, counting the visible ones before
// a span, comparing two spans and changing a span's state take O(log spans). Spans are
// split and grown, and none is ever taken out. See span_nodes.ts for the shape.
//
// An edit is mostly near the one before it, so the leaf that was found last is kept,
// with the counts before it, until another leaf's counts change.

import { assert } from "@holdfast/std";
import {
  countColumn,
  heightColumn,
  nextColumn,
  noUnit,
  parentColumn,
  preparedColumn,
  SpanNodes,
  seenColumn,
  slotsColumn,
  spanColumns,
  spanDeleted,
  spanDeletion,
  spanId,
  spanJump,
  spanLeaf,
  spanLeft,
  spanLength,
  spanSkip,
  spanState,
  visibleColumn,
} from "./span_nodes.ts";

/** Sequences of spans. */
export class SpanTree extends SpanNodes {
  /** Of the unit that was found last: how many units of its span are before it. */
  offset = 0;
  /** Of the unit that was found last: how many visible units are before its span. */
  visibleBefore = 0;
  /** The span after the one of the unit that was found last, or 0. */
  following = 0;
  /** How often the leaf that was kept was the right one. */
  leafHits = 0;
  // Of the leaf that was found last: its tree, and the counts before it.
  #leafRoot = 0;
  #leafPrepared = 0;
  #leafVisible = 0;
  // What waits to be counted, and for which leaf.
  #waiting = 0;
  #waitingSeen = 0;
  #waitingPrepared = 0;

  /** Units of the prepared version. */
  prepared(root: number): number {
    return this.nodes[root + preparedColumn]!;
  }

  /** Units with everything applied. */
  visible(root: number): number {
    return this.nodes[root + visibleColumn]!;
  }

  /**
   * The span of the prepared unit at `at`, from 0 on; see {@link offset}, {@link visibleBefore} and
   * {@link following}. 0 where the prepared version has no such unit.
   */
  findPrepared(root: number, at: number): number {
    const nodes = this.nodes;
    let leaf = this.leaf;
    let rest = at - this.#leafPrepared;
    if (
      leaf !== 0 &&
      root === this.#leafRoot &&
      rest >= 0 &&
      rest < nodes[leaf + preparedColumn]!
    ) {
      this.leafHits += 1;
    } else {
      if (at >= nodes[root + preparedColumn]!) return 0;
      rest = at;
      leaf = root;
      let visible = 0;
      while (nodes[leaf + heightColumn]! > 0) {
        let slot = leaf + slotsColumn;
        let child = nodes[slot]!;
        for (let count = nodes[child + preparedColumn]!; rest >= count; ) {
          rest -= count;
          visible += nodes[child + visibleColumn]!;
          slot += 1;
          child = nodes[slot]!;
          count = nodes[child + preparedColumn]!;
        }
        leaf = child;
      }
      this.leaf = leaf;
      this.#leafRoot = root;
      this.#leafPrepared = at - rest;
      this.#leafVisible = visible;
    }
    const { spans } = this;
    let visible = this.#leafVisible;
    const end = leaf + slotsColumn + nodes[leaf + countColumn]!;
    for (let slot = leaf + slotsColumn; slot < end; slot += 1) {
      const span = nodes[slot]!;
      const length = spans[span + spanLength]!;
      if (spans[span + spanState] === 1) {
        if (rest < length) {
          this.offset = rest;
          this.visibleBefore = visible;
          this.slot = slot;
          slot += 1;
          this.following = slot < end ? nodes[slot]! : this.#firstOf(nodes[leaf + nextColumn]!);
          return span;
        }
        rest -= length;
      }
      if (spans[span + spanDeleted] === 0) visible += length;
    }
    return 0;
  }

  /** The span of the visible unit at `at`, 0 to visible - 1; see {@link offset}. */
  findVisible(root: number, at: number): number {
    const nodes = this.nodes;
    let rest = at;
    let node = root;
    while (nodes[node + heightColumn]! > 0) {
      let slot = node + slotsColumn;
      while (rest >= nodes[nodes[slot]! + visibleColumn]!) {
        rest -= nodes[nodes[slot]! + visibleColumn]!;
        slot += 1;
      }
      node = nodes[slot]!;
    }
    let span = nodes[node + slotsColumn]!;
    for (let slot = node + slotsColumn; ; span = nodes[slot]!) {
      const length = this.spans[span + spanDeleted] === 0 ? this.spans[span + spanLength]! : 0;
      if (rest < length) break;
      rest -= length;
      slot += 1;
    }
    this.offset = rest;
    return span;
  }

  /** The first span, or 0 where there is none. */
  first(root: number): number {
    const leaf = this.firstLeaf(root);
    return this.nodes[leaf + countColumn] === 0 ? 0 : this.nodes[leaf + slotsColumn]!;
  }

  /** The span after `span`, or 0 at the end. */
  next(span: number): number {
    const nodes = this.nodes;
    const leaf = this.spans[span + spanLeaf]!;
    const slot = this.slotOf(leaf, span) + 1;
    if (slot < leaf + slotsColumn + nodes[leaf + countColumn]!) return nodes[slot]!;
    return this.#firstOf(nodes[leaf + nextColumn]!);
  }

  /** The first span from `span` on that holds a seen unit, or 0. */
  nextSeen(span: number): number {
    const nodes = this.nodes;
    let node = this.spans[span + spanLeaf]!;
    const found = this.#seenFrom(node, this.slotOf(node, span));
    if (found !== 0) return found;
    // Up until something behind has seen units, and down to the first of them.
    let behind = nodes[node + nextColumn]!;
    while (behind !== 0 && nodes[behind + seenColumn] === 0) {
      const parent = nodes[node + parentColumn]!;
      const isLast = nodes[behind + parentColumn] !== parent;
      node = isLast ? parent : behind;
      behind = nodes[node + nextColumn]!;
    }
    if (behind === 0) return 0;
    while (nodes[behind + heightColumn]! > 0) {
      let slot = behind + slotsColumn;
      while (nodes[nodes[slot]! + seenColumn] === 0) slot += 1;
      behind = nodes[slot]!;
    }
    return this.#seenFrom(behind, behind + slotsColumn);
  }

  /** Tells whether `a` stands before `b`, of the same text; not where they are the same. */
  isBefore(a: number, b: number): boolean {
    const nodes = this.nodes;
    let left = this.spans[a + spanLeaf]!;
    let right = this.spans[b + spanLeaf]!;
    if (left === right) return this.slotOf(left, a) < this.slotOf(left, b);
    while (nodes[left + parentColumn] !== nodes[right + parentColumn]) {
      left = nodes[left + parentColumn]!;
      right = nodes[right + parentColumn]!;
    }
    const parent = nodes[left + parentColumn]!;
    return this.slotOf(parent, left) < this.slotOf(parent, right);
  }

  /** How many visible units lie before `span`. */
  countVisibleBefore(span: number): number {
    const nodes = this.nodes;
    const { spans } = this;
    const leaf = spans[span + spanLeaf]!;
    let count = 0;
    for (let slot = leaf + slotsColumn; nodes[slot] !== span; slot += 1) {
      const other = nodes[slot]!;
      if (spans[other + spanDeleted] === 0) count += spans[other + spanLength]!;
    }
    let node = leaf;
    for (let parent = nodes[node + parentColumn]!; parent !== 0; ) {
      for (let slot = parent + slotsColumn; nodes[slot] !== node; slot += 1) {
        count += nodes[nodes[slot]! + visibleColumn]!;
      }
      node = parent;
      parent = nodes[node + parentColumn]!;
    }
    return count;
  }

  /** Puts a span of seen, visible units after `previous`, or first where that is 0. Returns it. */
  insert(root: number, previous: number, id: number, length: number): number {
    const span = this.newSpan();
    const { spans } = this;
    spans[span + spanId] = id;
    spans[span + spanLength] = length;
    spans[span + spanState] = 1;
    spans[span + spanDeleted] = 0;
    spans[span + spanSkip] = noUnit;
    spans[span + spanJump] = noUnit;
    spans[span + spanDeletion] = 0;
    if (previous === 0) {
      this.makeRoom(this.firstLeaf(root));
      const leaf = this.firstLeaf(root);
      this.put(leaf, leaf + slotsColumn, span);
      spans[span + spanLeaf] = leaf;
    } else {
      this.makeRoom(spans[previous + spanLeaf]!);
      this.putAfter(previous, span);
    }
    this.count(spans[span + spanLeaf]!, length, length, length);
    return span;
  }

  /** Cuts `span` so that it ends after `offset` units, 1 to length - 1. Returns the rest. */
  split(span: number, offset: number): number {
    const rest = this.newSpan();
    const { spans } = this;
    this.makeRoom(spans[span + spanLeaf]!);
    spans.copyWithin(rest, span, span + spanColumns);
    const id = spans[span + spanId]! + offset;
    spans[rest + spanId] = id;
    spans[rest + spanLength] = spans[span + spanLength]! - offset;
    spans[rest + spanLeft] = id - 1;
    spans[rest + spanJump] = noUnit;
    spans[rest + spanDeletion] = 0;
    spans[span + spanLength] = offset;
    this.putAfter(span, rest);
    return rest;
  }

  /** Makes `span` longer, or shorter where `more` is negative. */
  resize(span: number, more: number): void {
    const { spans } = this;
    spans[span + spanLength]! += more;
    const state = spans[span + spanState]!;
    this.count(
      spans[span + spanLeaf]!,
      state > 0 ? more : 0,
      state === 1 ? more : 0,
      spans[span + spanDeleted] === 0 ? more : 0,
    );
  }

  /** Deletes a prepared span. */
  delete(span: number): void {
    const { spans } = this;
    const length = spans[span + spanLength]!;
    const visible = spans[span + spanDeleted] === 0 ? length : 0;
    spans[span + spanState] = 2;
    spans[span + spanDeleted]! += 1;
    this.count(spans[span + spanLeaf]!, 0, -length, -visible);
  }

  /** Deletes a visible span, but not in the prepared version. */
  hide(span: number): void {
    const { spans } = this;
    spans[span + spanDeleted] = 1;
    this.count(spans[span + spanLeaf]!, 0, 0, -spans[span + spanLength]!);
  }

  /**
   * Adds 1 or -1 to a span's state. To be followed by {@link flush} before anything is
   * counted or found again.
   */
  shift(span: number, by: number): void {
    const { spans } = this;
    const leaf = spans[span + spanLeaf]!;
    const state = spans[span + spanState]!;
    const length = spans[span + spanLength]!;
    if (leaf !== this.#waiting) {
      this.flush();
      this.#waiting = leaf;
    }
    const shifted = state + by;
    spans[span + spanState] = shifted;
    // What is neither gained nor lost: a unit that is deleted once more, or once less.
    if (state === 0) this.#waitingSeen += length;
    else if (state === 1) this.#waitingPrepared -= length;
    if (shifted === 0) this.#waitingSeen -= length;
    else if (shifted === 1) this.#waitingPrepared += length;
    if (shifted < 0) assert(false, "T3: seen out of order");
  }

  /** Counts what {@link shift} changed. */
  flush(): void {
    const leaf = this.#waiting;
    if (leaf === 0) return;
    this.count(leaf, this.#waitingSeen, this.#waitingPrepared, 0);
    this.#waiting = 0;
    this.#waitingSeen = 0;
    this.#waitingPrepared = 0;
  }

  #firstOf(leaf: number): number {
    return leaf === 0 ? 0 : this.nodes[leaf + slotsColumn]!;
  }

  #seenFrom(leaf: number, from: number): number {
    const nodes = this.nodes;
    const { spans } = this;
    const end = leaf + slotsColumn + nodes[leaf + countColumn]!;
    for (let slot = from; slot < end; slot += 1) {
      const span = nodes[slot]!;
      if (spans[span + spanState]! > 0 && spans[span + spanLength]! > 0) return span;
    }
    return 0;
  }
}
