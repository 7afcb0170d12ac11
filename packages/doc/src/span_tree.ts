// Spans of texts' units in document order, deleted and undone ones included: for each
// text a B-tree that counts them in three ways.
//
//   seen      those that the version that the tracker is prepared for has, deleted or not
//   prepared  those of them that it has not deleted
//   visible   those that exist with everything applied
//
// Finding the nth prepared unit or the next seen one, counting the visible ones before
// a span, comparing two spans and changing a span's state take O(log spans). Spans are
// split and grown, and none is ever taken out, so leaves are split and never joined.
//
// Spans and nodes are rows of two typed arrays and known by where their row begins, 0
// standing for none: no object is made for a span, and a span's row is one cache line.
// Trees of several texts share the arrays. A tree's root keeps its place for good: when
// it is full, its content moves into a new node below it.
//
// An edit is mostly near the one before it, so the leaf that was found last is kept,
// with the counts before it, until another leaf's counts change.
//
// Invariants:
//   S1  A node's counts are the sums of what is below it, but for what waits for `flush`.
//   S2  All leaves of a tree are equally deep, and linked in document order.

import { assert } from "@holdfast/std";

/** Columns of a span: consecutive units that were inserted in one go and have met the same fate since. */
export const spanId = 0;
export const spanLength = 1;
/** Id of the unit to the left of the first when it was inserted, or {@link noUnit}. */
export const spanLeft = 2;
/** Id of the unit to the right of all when they were inserted, or {@link noUnit}. */
export const spanRight = 3;
/** In the prepared version: 0 not inserted yet, 1 there, n deleted n - 1 times. */
export const spanState = 4;
/** 1 where some event deletes it, with everything applied; else 0. */
export const spanDeleted = 5;
/** A unit: everything behind this span up to and with it is known to descend from this span, see tracker.ts. */
export const spanSkip = 6;
const spanLeaf = 7;
const spanColumns = 8;

/** Stands for the beginning, as the unit to the left, and for the end, as the one to the right. */
export const noUnit = -1;

// Columns of a node; its spans, or nodes, follow.
const parentColumn = 0;
const countColumn = 1;
const seenColumn = 2;
const preparedColumn = 3;
const visibleColumn = 4;
/** 0 for a leaf. */
const heightColumn = 5;
/** The node behind it, of the same height. */
const nextColumn = 6;
const slotsColumn = 7;
const fanOut = 25;
const nodeColumns = slotsColumn + fanOut;

/** Sequences of spans. */
export class SpanTree {
  /**
   * The rows of all spans: to read, and to write in the columns left, right and skip.
   * Another array whenever a span was added.
   */
  spans: Int32Array = new Int32Array(32 * spanColumns);
  /** Of the unit that was found last: how many units of its span are before it. */
  offset = 0;
  /** Of the unit that was found last: how many visible units are before its span. */
  visibleBefore = 0;
  /** How often the leaf that was kept was the right one. */
  leafHits = 0;
  #nodes: Int32Array = new Int32Array(4 * nodeColumns);
  #spansEnd = spanColumns;
  #nodesEnd = nodeColumns;
  // The leaf that was found last, or 0.
  #leaf = 0;
  #leafRoot = 0;
  #leafPrepared = 0;
  #leafVisible = 0;
  // What waits to be counted, and for which leaf.
  #waiting = 0;
  #waitingSeen = 0;
  #waitingPrepared = 0;

  /** A new, empty sequence: its root. */
  plant(): number {
    return this.#newNode(0);
  }

  /** Units of the prepared version. */
  prepared(root: number): number {
    return this.#nodes[root + preparedColumn]!;
  }

  /** Units with everything applied. */
  visible(root: number): number {
    return this.#nodes[root + visibleColumn]!;
  }

  /** The span of the prepared unit at `at`, 0 to prepared - 1; see {@link offset} and {@link visibleBefore}. */
  findPrepared(root: number, at: number): number {
    const nodes = this.#nodes;
    let leaf = this.#leaf;
    let rest = at - this.#leafPrepared;
    if (
      leaf !== 0 &&
      root === this.#leafRoot &&
      rest >= 0 &&
      rest < nodes[leaf + preparedColumn]!
    ) {
      this.leafHits += 1;
    } else {
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
      this.#leaf = leaf;
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
          return span;
        }
        rest -= length;
      }
      if (spans[span + spanDeleted] === 0) visible += length;
    }
    throw new RangeError("prepared unit out of range");
  }

  /** The span of the visible unit at `at`, 0 to visible - 1; see {@link offset}. */
  findVisible(root: number, at: number): number {
    const nodes = this.#nodes;
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
    const leaf = this.#firstLeaf(root);
    return this.#nodes[leaf + countColumn] === 0 ? 0 : this.#nodes[leaf + slotsColumn]!;
  }

  /** The span after `span`, or 0 at the end. */
  next(span: number): number {
    const nodes = this.#nodes;
    const leaf = this.spans[span + spanLeaf]!;
    const slot = this.#slotOf(leaf, span) + 1;
    if (slot < leaf + slotsColumn + nodes[leaf + countColumn]!) return nodes[slot]!;
    const behind = nodes[leaf + nextColumn]!;
    return behind === 0 ? 0 : nodes[behind + slotsColumn]!;
  }

  /** The first span from `span` on that holds a seen unit, or 0. */
  nextSeen(span: number): number {
    const nodes = this.#nodes;
    let node = this.spans[span + spanLeaf]!;
    const found = this.#seenFrom(node, this.#slotOf(node, span));
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
    const nodes = this.#nodes;
    let left = this.spans[a + spanLeaf]!;
    let right = this.spans[b + spanLeaf]!;
    if (left === right) return this.#slotOf(left, a) < this.#slotOf(left, b);
    while (nodes[left + parentColumn] !== nodes[right + parentColumn]) {
      left = nodes[left + parentColumn]!;
      right = nodes[right + parentColumn]!;
    }
    const parent = nodes[left + parentColumn]!;
    return this.#slotOf(parent, left) < this.#slotOf(parent, right);
  }

  /** How many visible units lie before `span`. */
  countVisibleBefore(span: number): number {
    const nodes = this.#nodes;
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
    const span = this.#newSpan();
    const { spans } = this;
    spans[span + spanId] = id;
    spans[span + spanLength] = length;
    spans[span + spanState] = 1;
    spans[span + spanDeleted] = 0;
    spans[span + spanSkip] = noUnit;
    if (previous === 0) {
      this.#makeRoom(this.#firstLeaf(root));
      const leaf = this.#firstLeaf(root);
      this.#put(leaf, leaf + slotsColumn, span);
      spans[span + spanLeaf] = leaf;
    } else {
      this.#makeRoom(spans[previous + spanLeaf]!);
      this.#putAfter(previous, span);
    }
    this.#count(spans[span + spanLeaf]!, length, length, length);
    return span;
  }

  /** Cuts `span` so that it ends after `offset` units, 1 to length - 1. Returns the rest. */
  split(span: number, offset: number): number {
    const rest = this.#newSpan();
    const { spans } = this;
    this.#makeRoom(spans[span + spanLeaf]!);
    spans.copyWithin(rest, span, span + spanColumns);
    const id = spans[span + spanId]! + offset;
    spans[rest + spanId] = id;
    spans[rest + spanLength] = spans[span + spanLength]! - offset;
    spans[rest + spanLeft] = id - 1;
    spans[span + spanLength] = offset;
    this.#putAfter(span, rest);
    return rest;
  }

  /** Makes `span` longer, or shorter where `more` is negative. */
  resize(span: number, more: number): void {
    const { spans } = this;
    spans[span + spanLength]! += more;
    const state = spans[span + spanState]!;
    this.#count(
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
    spans[span + spanDeleted] = 1;
    this.#count(spans[span + spanLeaf]!, 0, -length, -visible);
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
    assert(shifted >= 0, "T3: seen out of order");
  }

  /** Counts what {@link shift} changed. */
  flush(): void {
    const leaf = this.#waiting;
    if (leaf === 0) return;
    this.#count(leaf, this.#waitingSeen, this.#waitingPrepared, 0);
    this.#waiting = 0;
    this.#waitingSeen = 0;
    this.#waitingPrepared = 0;
  }

  #seenFrom(leaf: number, from: number): number {
    const nodes = this.#nodes;
    const { spans } = this;
    const end = leaf + slotsColumn + nodes[leaf + countColumn]!;
    for (let slot = from; slot < end; slot += 1) {
      const span = nodes[slot]!;
      if (spans[span + spanState]! > 0 && spans[span + spanLength]! > 0) return span;
    }
    return 0;
  }

  #firstLeaf(root: number): number {
    let node = root;
    while (this.#nodes[node + heightColumn]! > 0) node = this.#nodes[node + slotsColumn]!;
    return node;
  }

  // Where in `node` the row of `child` is named.
  #slotOf(node: number, child: number): number {
    const nodes = this.#nodes;
    let slot = node + slotsColumn;
    while (nodes[slot] !== child) slot += 1;
    return slot;
  }

  #count(leaf: number, seen: number, prepared: number, visible: number): void {
    if (leaf !== this.#leaf) this.#leaf = 0;
    const nodes = this.#nodes;
    for (let node = leaf; node !== 0; node = nodes[node + parentColumn]!) {
      nodes[node + seenColumn]! += seen;
      nodes[node + preparedColumn]! += prepared;
      nodes[node + visibleColumn]! += visible;
    }
  }

  #makeRoom(node: number): void {
    if (this.#nodes[node + countColumn] === fanOut) this.#halve(node);
  }

  #putAfter(previous: number, span: number): void {
    const leaf = this.spans[previous + spanLeaf]!;
    this.#put(leaf, this.#slotOf(leaf, previous) + 1, span);
    this.spans[span + spanLeaf] = leaf;
  }

  // Puts a child, which is counted by others, into a node that has room.
  #put(node: number, slot: number, child: number): void {
    const nodes = this.#nodes;
    const end = node + slotsColumn + nodes[node + countColumn]!;
    for (let index = end; index > slot; index -= 1) nodes[index] = nodes[index - 1]!;
    nodes[slot] = child;
    nodes[node + countColumn]! += 1;
  }

  // Moves half of a full node into a new one behind it.
  #halve(node: number): void {
    const left = this.#nodes[node + parentColumn] === 0 ? this.#deepen(node) : node;
    // First, while what is below the parent adds up to its counts.
    this.#makeRoom(this.#nodes[left + parentColumn]!);
    const right = this.#newNode(this.#nodes[left + heightColumn]!);
    const nodes = this.#nodes;
    const kept = fanOut >> 1;
    const from = left + slotsColumn + kept;
    nodes.copyWithin(right + slotsColumn, from, left + slotsColumn + fanOut);
    nodes[left + countColumn] = kept;
    nodes[right + countColumn] = fanOut - kept;
    nodes[right + nextColumn] = nodes[left + nextColumn]!;
    nodes[left + nextColumn] = right;
    this.#adopt(right);
    nodes[left + seenColumn]! -= nodes[right + seenColumn]!;
    nodes[left + preparedColumn]! -= nodes[right + preparedColumn]!;
    nodes[left + visibleColumn]! -= nodes[right + visibleColumn]!;
    const parent = nodes[left + parentColumn]!;
    nodes[right + parentColumn] = parent;
    this.#put(parent, this.#slotOf(parent, left) + 1, right);
  }

  // Puts a node between a root and what it holds.
  #deepen(root: number): number {
    const node = this.#newNode(this.#nodes[root + heightColumn]!);
    const nodes = this.#nodes;
    nodes.copyWithin(node, root, root + nodeColumns);
    nodes[node + parentColumn] = root;
    nodes[root + heightColumn]! += 1;
    nodes[root + countColumn] = 1;
    nodes[root + slotsColumn] = node;
    this.#adopt(node);
    this.#leaf = 0;
    return node;
  }

  // Makes `node` known to what it holds, and counts that.
  #adopt(node: number): void {
    const nodes = this.#nodes;
    const { spans } = this;
    const isLeaf = nodes[node + heightColumn] === 0;
    let seen = 0;
    let prepared = 0;
    let visible = 0;
    const end = node + slotsColumn + nodes[node + countColumn]!;
    for (let slot = node + slotsColumn; slot < end; slot += 1) {
      const child = nodes[slot]!;
      if (isLeaf) {
        spans[child + spanLeaf] = node;
        const length = spans[child + spanLength]!;
        const state = spans[child + spanState]!;
        if (state > 0) seen += length;
        if (state === 1) prepared += length;
        if (spans[child + spanDeleted] === 0) visible += length;
      } else {
        nodes[child + parentColumn] = node;
        seen += nodes[child + seenColumn]!;
        prepared += nodes[child + preparedColumn]!;
        visible += nodes[child + visibleColumn]!;
      }
    }
    nodes[node + seenColumn] = seen;
    nodes[node + preparedColumn] = prepared;
    nodes[node + visibleColumn] = visible;
  }

  #newSpan(): number {
    const span = this.#spansEnd;
    this.#spansEnd += spanColumns;
    if (this.#spansEnd > this.spans.length) this.spans = grown(this.spans);
    return span;
  }

  #newNode(height: number): number {
    const node = this.#nodesEnd;
    this.#nodesEnd += nodeColumns;
    if (this.#nodesEnd > this.#nodes.length) this.#nodes = grown(this.#nodes);
    this.#nodes[node + heightColumn] = height;
    return node;
  }
}

function grown(array: Int32Array): Int32Array {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
