// The shape of B-trees of spans: rows of spans, rows of nodes, and how nodes are split.
//
// Spans and nodes are rows of two typed arrays and known by where their row begins, 0
// standing for none: no object is made for a span. Trees of several texts share the
// arrays. A tree's root keeps its place for good: when it is full, its content moves into
// a new node below it. Spans are split and grown, and none is ever taken out, so leaves are split
// and never joined.
//
// Invariants:
//   S1  A node's counts are the sums of what is below it, but for what waits for `flush` (span_tree.ts).
//   S2  All leaves of a tree are equally deep, and linked in document order.

/** Columns of a span: consecutive units that were inserted in one go and have met the same fate since. */
export const spanId = 0;
export const spanLength = 1;
/** Id of the unit to the left of the first when it was inserted, or {@link noUnit}. */
export const spanLeft = 2;
/** Id of the unit to the right of all when they were inserted, or {@link noUnit}. */
export const spanRight = 3;
/** In the prepared version: 0 not inserted yet, 1 there, more where it is deleted, see deletions.ts. */
export const spanState = 4;
/** How many events delete it, with everything applied. */
export const spanDeleted = 5;
/** A unit: everything behind this span up to and with it is known to descend from this span, see concurrent_inserts.ts. */
export const spanSkip = 6;
/** A unit further to the right, to which right origins lead from this span: see concurrent_inserts.ts. */
export const spanJump = 7;
/** The leaf that holds it. */
export const spanLeaf = 8;
/** The latest deletion of which its first unit is the first, or 0: see deletions.ts. */
export const spanDeletion = 9;
export const spanColumns = 10;

/** Stands for the beginning, as the unit to the left, and for the end, as the one to the right. */
export const noUnit = -1;

// Columns of a node; its spans, or nodes, follow.
export const parentColumn = 0;
export const countColumn = 1;
export const seenColumn = 2;
export const preparedColumn = 3;
export const visibleColumn = 4;
/** 0 for a leaf. */
export const heightColumn = 5;
/** The node behind it, of the same height. */
export const nextColumn = 6;
export const slotsColumn = 7;
const fanOut = 16;
const nodeColumns = slotsColumn + fanOut;

/** Rows of spans and nodes. */
export class SpanNodes {
  /**
   * The rows of all spans: to read, and to write in the columns left, right, skip and jump.
   * Another array whenever a span was added.
   */
  spans: Int32Array = new Int32Array(32 * spanColumns);
  protected nodes: Int32Array = new Int32Array(4 * nodeColumns);
  // The leaf that was found last, or 0; and where in it, or anywhere, the span that was found last is named.
  protected leaf = 0;
  protected slot = 0;
  #spansEnd = spanColumns;
  #nodesEnd = nodeColumns;

  /** A new, empty sequence: its root. */
  plant(): number {
    return this.#newNode(0);
  }

  protected firstLeaf(root: number): number {
    let node = root;
    while (this.nodes[node + heightColumn]! > 0) node = this.nodes[node + slotsColumn]!;
    return node;
  }

  // Where in `node` the row of `child` is named.
  protected slotOf(node: number, child: number): number {
    const nodes = this.nodes;
    let slot = this.slot;
    const isHere = slot > node && slot < node + slotsColumn + nodes[node + countColumn]!;
    if (isHere && nodes[slot] === child) return slot;
    slot = node + slotsColumn;
    while (nodes[slot] !== child) slot += 1;
    return slot;
  }

  protected count(leaf: number, seen: number, prepared: number, visible: number): void {
    if (leaf !== this.leaf) this.leaf = 0;
    const nodes = this.nodes;
    for (let node = leaf; node !== 0; node = nodes[node + parentColumn]!) {
      nodes[node + seenColumn]! += seen;
      nodes[node + preparedColumn]! += prepared;
      nodes[node + visibleColumn]! += visible;
    }
  }

  protected makeRoom(node: number): void {
    if (this.nodes[node + countColumn] === fanOut) this.#halve(node);
  }

  protected putAfter(previous: number, span: number): void {
    const leaf = this.spans[previous + spanLeaf]!;
    this.put(leaf, this.slotOf(leaf, previous) + 1, span);
    this.spans[span + spanLeaf] = leaf;
  }

  // Puts a child, which is counted by others, into a node that has room.
  protected put(node: number, slot: number, child: number): void {
    const nodes = this.nodes;
    const end = node + slotsColumn + nodes[node + countColumn]!;
    for (let index = end; index > slot; index -= 1) nodes[index] = nodes[index - 1]!;
    nodes[slot] = child;
    nodes[node + countColumn]! += 1;
  }

  // Moves half of a full node into a new one behind it.
  #halve(node: number): void {
    const left = this.nodes[node + parentColumn] === 0 ? this.#deepen(node) : node;
    // First, while what is below the parent adds up to its counts.
    this.makeRoom(this.nodes[left + parentColumn]!);
    const right = this.#newNode(this.nodes[left + heightColumn]!);
    const nodes = this.nodes;
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
    this.put(parent, this.slotOf(parent, left) + 1, right);
  }

  // Puts a node between a root and what it holds.
  #deepen(root: number): number {
    const node = this.#newNode(this.nodes[root + heightColumn]!);
    const nodes = this.nodes;
    nodes.copyWithin(node, root, root + nodeColumns);
    nodes[node + parentColumn] = root;
    nodes[root + heightColumn]! += 1;
    nodes[root + countColumn] = 1;
    nodes[root + slotsColumn] = node;
    this.#adopt(node);
    this.leaf = 0;
    return node;
  }

  // Makes `node` known to what it holds, and counts that.
  #adopt(node: number): void {
    const nodes = this.nodes;
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

  protected newSpan(): number {
    const span = this.#spansEnd;
    this.#spansEnd += spanColumns;
    if (this.#spansEnd > this.spans.length) this.spans = grown(this.spans);
    return span;
  }

  #newNode(height: number): number {
    const node = this.#nodesEnd;
    this.#nodesEnd += nodeColumns;
    if (this.#nodesEnd > this.nodes.length) this.nodes = grown(this.nodes);
    this.nodes[node + heightColumn] = height;
    return node;
  }
}

function grown(array: Int32Array): Int32Array {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
