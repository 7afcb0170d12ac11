// Spans of a text's units in document order, deleted and undone ones included, in
// a B-tree that counts them in three ways.
//
//   seen      those that the version that the tracker is prepared for has, deleted or not
//   prepared  those of them that it has not deleted
//   visible   those that exist with everything applied
//
// Finding the nth prepared unit or the next seen one, counting the visible ones before
// a span, comparing two spans and changing a span's state take O(log spans). Spans are
// split and grown, and none is ever taken out, so leaves are split and never joined.

/** Consecutive units that were inserted in one go and have met the same fate since. */
export interface Span {
  /** Id of the first unit; the others' follow. */
  id: number;
  length: number;
  /** Id of the unit to the left of the first when it was inserted, or {@link noUnit}. */
  readonly left: number;
  /** The span that begins with the unit to the right of all when they were inserted, or null. */
  readonly right: Span | null;
  /** In the prepared version: 0 not inserted yet, 1 there, n deleted n - 1 times. */
  state: number;
  /** Deleted by some event, with everything applied. */
  deleted: boolean;
  /** Everything behind this span up to and with that one is known to descend from it: see tracker.ts. */
  skip: Span | null;
  leaf: Leaf;
}

/** Stands for the beginning, as the unit to the left. */
export const noUnit = -1;

interface Counts {
  seen: number;
  prepared: number;
  visible: number;
  parent: Branch | null;
}

interface Leaf extends Counts {
  readonly spans: Span[];
  readonly children: null;
}

interface Branch extends Counts {
  readonly children: (Leaf | Branch)[];
}

/** A unit, by the span that holds it. */
export interface UnitPlace {
  readonly span: Span;
  readonly offset: number;
}

const fanOut = 32;

/** What a span is made from. */
export type NewSpan = Omit<Span, "leaf">;

/** An ordered sequence of spans. */
export class SpanTree {
  #root: Leaf | Branch = newLeaf();

  /** Units of the prepared version. */
  get prepared(): number {
    return this.#root.prepared;
  }

  /** Units with everything applied. */
  get visible(): number {
    return this.#root.visible;
  }

  /** The prepared unit at `at`, 0 to prepared - 1. */
  findPrepared(at: number): UnitPlace {
    let node = this.#root;
    let rest = at;
    while (node.children !== null) {
      let index = 0;
      while (rest >= node.children[index]!.prepared) {
        rest -= node.children[index]!.prepared;
        index += 1;
      }
      node = node.children[index]!;
    }
    for (const span of node.spans) {
      if (span.state !== 1) continue;
      if (rest < span.length) return { span, offset: rest };
      rest -= span.length;
    }
    throw new RangeError("prepared unit out of range");
  }

  /** The visible unit at `at`, 0 to visible - 1. */
  findVisible(at: number): UnitPlace {
    let node = this.#root;
    let rest = at;
    while (node.children !== null) {
      let index = 0;
      while (rest >= node.children[index]!.visible) {
        rest -= node.children[index]!.visible;
        index += 1;
      }
      node = node.children[index]!;
    }
    for (const span of node.spans) {
      if (span.deleted) continue;
      if (rest < span.length) return { span, offset: rest };
      rest -= span.length;
    }
    throw new RangeError("visible unit out of range");
  }

  /** The first span, or null where there is none. */
  first(): Span | null {
    let node = this.#root;
    while (node.children !== null) node = node.children[0]!;
    return node.spans[0] ?? null;
  }

  /** The span after `span`, or null at the end. */
  next(span: Span): Span | null {
    const { spans } = span.leaf;
    const index = spans.indexOf(span) + 1;
    if (index < spans.length) return spans[index]!;
    let node = nodeAfter(span.leaf, isAny);
    while (node !== null && node.children !== null) node = node.children[0]!;
    return node?.spans[0] ?? null;
  }

  /** The first span from `span` on that holds a seen unit, or null. */
  nextSeen(span: Span): Span | null {
    const { spans } = span.leaf;
    for (let index = spans.indexOf(span); index < spans.length; index += 1) {
      if (seenOf(spans[index]!) > 0) return spans[index]!;
    }
    let node = nodeAfter(span.leaf, hasSeen);
    while (node !== null && node.children !== null) node = node.children.find(hasSeen)!;
    return node?.spans.find((other) => seenOf(other) > 0) ?? null;
  }

  /** Tells whether `a` stands before `b`; not where they are the same. */
  isBefore(a: Span, b: Span): boolean {
    if (a.leaf === b.leaf) return a.leaf.spans.indexOf(a) < a.leaf.spans.indexOf(b);
    // All leaves are equally deep.
    let left: Leaf | Branch = a.leaf;
    let right: Leaf | Branch = b.leaf;
    while (left.parent !== right.parent) {
      left = left.parent!;
      right = right.parent!;
    }
    const siblings: readonly (Leaf | Branch)[] = left.parent!.children;
    return siblings.indexOf(left) < siblings.indexOf(right);
  }

  /** How many visible units lie before `span`. */
  visibleBefore(span: Span): number {
    let count = 0;
    for (const other of span.leaf.spans) {
      if (other === span) break;
      if (!other.deleted) count += other.length;
    }
    for (let node: Leaf | Branch = span.leaf; node.parent !== null; node = node.parent) {
      for (const sibling of node.parent.children) {
        if (sibling === node) break;
        count += sibling.visible;
      }
    }
    return count;
  }

  /** Puts a span after `previous`, or first where that is null. */
  insertAfter(previous: Span | null, span: NewSpan): Span {
    let leaf: Leaf;
    let index = 0;
    if (previous === null) {
      let node = this.#root;
      while (node.children !== null) node = node.children[0]!;
      leaf = node;
    } else {
      leaf = previous.leaf;
      index = leaf.spans.indexOf(previous) + 1;
    }
    const added = { ...span, leaf };
    leaf.spans.splice(index, 0, added);
    count(leaf, seenOf(added), preparedOf(added), visibleOf(added));
    if (leaf.spans.length > fanOut) this.#splitLeaf(leaf);
    return added;
  }

  /** Cuts `span` so that it ends after `offset` units, 1 to length - 1. Returns the rest. */
  split(span: Span, offset: number): Span {
    const { leaf } = span;
    const rest = {
      ...span,
      id: span.id + offset,
      length: span.length - offset,
      left: span.id + offset - 1,
    };
    span.length = offset;
    leaf.spans.splice(leaf.spans.indexOf(span) + 1, 0, rest);
    if (leaf.spans.length > fanOut) this.#splitLeaf(leaf);
    return rest;
  }

  /** Makes `span` longer, or shorter where `more` is negative. */
  resize(span: Span, more: number): void {
    span.length += more;
    const { state, deleted } = span;
    count(span.leaf, state > 0 ? more : 0, state === 1 ? more : 0, deleted ? 0 : more);
  }

  /** Changes what became of `span`. */
  setState(span: Span, state: number, deleted: boolean): void {
    const seen = seenOf(span);
    const prepared = preparedOf(span);
    const visible = visibleOf(span);
    span.state = state;
    span.deleted = deleted;
    count(span.leaf, seenOf(span) - seen, preparedOf(span) - prepared, visibleOf(span) - visible);
  }

  #splitLeaf(leaf: Leaf): void {
    const right = newLeaf();
    right.spans.push(...leaf.spans.splice(fanOut / 2));
    for (const span of right.spans) {
      span.leaf = right;
      right.seen += seenOf(span);
      right.prepared += preparedOf(span);
      right.visible += visibleOf(span);
    }
    this.#addSibling(leaf, right);
  }

  #splitBranch(branch: Branch): void {
    const right = newBranch(branch.children.splice(fanOut / 2));
    this.#addSibling(branch, right);
  }

  // Puts `right`, whose content was taken out of `node`, behind it.
  #addSibling(node: Leaf | Branch, right: Leaf | Branch): void {
    node.seen -= right.seen;
    node.prepared -= right.prepared;
    node.visible -= right.visible;
    const { parent } = node;
    if (parent === null) {
      this.#root = newBranch([node, right]);
      return;
    }
    right.parent = parent;
    parent.children.splice(parent.children.indexOf(node) + 1, 0, right);
    if (parent.children.length > fanOut) this.#splitBranch(parent);
  }
}

function newLeaf(): Leaf {
  return { seen: 0, prepared: 0, visible: 0, parent: null, spans: [], children: null };
}

function newBranch(children: (Leaf | Branch)[]): Branch {
  const branch: Branch = { seen: 0, prepared: 0, visible: 0, parent: null, children };
  for (const child of children) {
    child.parent = branch;
    branch.seen += child.seen;
    branch.prepared += child.prepared;
    branch.visible += child.visible;
  }
  return branch;
}

function count(leaf: Leaf, seen: number, prepared: number, visible: number): void {
  for (let node: Leaf | Branch | null = leaf; node !== null; node = node.parent) {
    node.seen += seen;
    node.prepared += prepared;
    node.visible += visible;
  }
}

/** The nearest node behind `node`, on its level or above, that is `wanted`; null where there is none. */
function nodeAfter(
  node: Leaf | Branch,
  wanted: (node: Leaf | Branch) => boolean,
): Leaf | Branch | null {
  for (let child = node; child.parent !== null; child = child.parent) {
    const siblings: readonly (Leaf | Branch)[] = child.parent.children;
    for (let index = siblings.indexOf(child) + 1; index < siblings.length; index += 1) {
      if (wanted(siblings[index]!)) return siblings[index]!;
    }
  }
  return null;
}

function isAny(): boolean {
  return true;
}

function hasSeen(node: Leaf | Branch): boolean {
  return node.seen > 0;
}

function seenOf(span: Span): number {
  return span.state === 0 ? 0 : span.length;
}

function preparedOf(span: Span): number {
  return span.state === 1 ? span.length : 0;
}

function visibleOf(span: Span): number {
  return span.deleted ? 0 : span.length;
}
