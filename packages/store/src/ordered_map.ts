// An ordered map from keys to values whose snapshots cost nothing: a B+ tree
// that copies the path to what it changes.
//
// Every node carries the token of the map that made it. A map edits nodes with
// its own token in place and copies all others first; `snapshot` hands the root
// to a second map and gives both new tokens, so that from then on neither can
// change what the other sees.
//
// Invariants:
//   O1  Keys of a leaf ascend; branch key i is above every key of child i and
//       not above any key of child i + 1.
//   O2  No node but the root is empty; all leaves are equally deep.
//   O3  A node whose owner isn't this map's token is never written to.
//
// Small neighbours are merged where both fit into one node, and left alone
// where they don't: depth never exceeds what the largest size so far needed.
// Source: Bayer and McCreight 1972; transient edits as in Clojure's maps.

import type { KeyText } from "./key.ts";

interface Leaf<V> {
  readonly owner: object;
  readonly leaf: true;
  readonly keys: KeyText[];
  readonly values: V[];
}

interface Branch<V> {
  readonly owner: object;
  readonly leaf: false;
  readonly keys: KeyText[];
  readonly children: Node<V>[];
}

type Node<V> = Leaf<V> | Branch<V>;

/** Most entries of a leaf, and most children of a branch. */
const fanoutMax = 32;
/** Below this a node is merged with a neighbour where that fits. */
const fanoutMin = 10;

/** The root of every map that nothing was set in. Nobody's own, so nobody writes to it. */
const emptyLeaf: Leaf<never> = { owner: {}, leaf: true, keys: [], values: [] };

/** Called for each entry; false ends the visit. */
export type Visit<V> = (key: KeyText, value: V) => boolean | undefined;

/** See the head of this file. Point operations O(log n). */
export class OrderedMap<V> {
  // The map itself until its first snapshot: most maps never have one, and stay empty.
  #owner: object = this;
  #root: Node<V> = emptyLeaf;
  #size = 0;
  /** What an insertion that is under way has replaced. */
  #replaced: V | undefined;

  /** A map of entries whose keys ascend. O(entries). */
  static ofSorted<V>(keys: readonly KeyText[], values: readonly V[]): OrderedMap<V> {
    const map = new OrderedMap<V>();
    map.#size = keys.length;
    if (keys.length === 0) return map;
    // Not full, so that what is set next splits none.
    const step = fanoutMax - 4;
    let nodes: Node<V>[] = [];
    let firsts: KeyText[] = [];
    for (let at = 0; at < keys.length; at += step) {
      const leaf = { owner: map, leaf: true, keys: keys.slice(at, at + step) } as const;
      nodes.push({ ...leaf, values: values.slice(at, at + step) });
      firsts.push(keys[at]!);
    }
    while (nodes.length > 1) {
      const above: Node<V>[] = [];
      const firstsAbove: KeyText[] = [];
      for (let at = 0; at < nodes.length; at += step) {
        const children = nodes.slice(at, at + step);
        above.push({ owner: map, leaf: false, keys: firsts.slice(at + 1, at + step), children });
        firstsAbove.push(firsts[at]!);
      }
      nodes = above;
      firsts = firstsAbove;
    }
    map.#root = nodes[0]!;
    return map;
  }

  /** How many entries. */
  get size(): number {
    return this.#size;
  }

  /** The value of `key`, or undefined. */
  get(key: KeyText): V | undefined {
    let node = this.#root;
    while (!node.leaf) node = node.children[childIndex(node, key)]!;
    const index = lowerBound(node.keys, key);
    return node.keys[index] === key ? node.values[index] : undefined;
  }

  /** Sets `key`; the value that was there, or undefined. */
  set(key: KeyText, value: V): V | undefined {
    if (this.#size === 0) {
      this.#root = { owner: this.#owner, leaf: true, keys: [key], values: [value] };
      this.#size = 1;
      return undefined;
    }
    this.#root = this.#own(this.#root);
    this.#replaced = undefined;
    const right = this.#insert(this.#root, key, value);
    const old = this.#replaced;
    this.#replaced = undefined;
    if (right !== null) {
      const children = [this.#root, right.node];
      this.#root = { owner: this.#owner, leaf: false, keys: [right.separator], children };
    }
    return old;
  }

  /** Removes `key`; the value that was there, or undefined. */
  delete(key: KeyText): V | undefined {
    const old = this.get(key);
    if (old === undefined) return undefined;
    this.#root = this.#own(this.#root);
    this.#remove(this.#root, key);
    while (!this.#root.leaf && this.#root.children.length === 1) {
      this.#root = this.#root.children[0]!;
    }
    this.#size -= 1;
    return old;
  }

  /** Visits the entries from `start` up to, not including, `end`, or the same backwards. */
  visit(start: KeyText, end: KeyText, reverse: boolean, visit: Visit<V>): void {
    if (start < end) {
      if (reverse) visitBackwards(this.#root, start, end, visit);
      else visitForwards(this.#root, start, end, visit);
    }
  }

  /** Visits every entry in order. */
  visitAll(visit: Visit<V>): void {
    visitAll(this.#root, visit);
  }

  /** Tells whether a key from `start` up to, not including, `end` exists. */
  someIn(start: KeyText, end: KeyText): boolean {
    let found = false;
    this.visit(start, end, false, () => {
      found = true;
      return false;
    });
    return found;
  }

  /** The keys from `start` up to, not including, `end`. O(log n + found). */
  keysIn(start: KeyText, end: KeyText): KeyText[] {
    const keys: KeyText[] = [];
    this.visit(start, end, false, (key) => {
      keys.push(key);
      return true;
    });
    return keys;
  }

  /** The map as it is now; later changes of either do not show in the other. O(1). */
  snapshot(): OrderedMap<V> {
    const copy = new OrderedMap<V>();
    copy.#root = this.#root;
    copy.#size = this.#size;
    this.#owner = {};
    return copy;
  }

  #own(node: Node<V>): Node<V> {
    if (node.owner === this.#owner) return node;
    return node.leaf
      ? { owner: this.#owner, leaf: true, keys: node.keys.slice(), values: node.values.slice() }
      : {
          owner: this.#owner,
          leaf: false,
          keys: node.keys.slice(),
          children: node.children.slice(),
        };
  }

  #insert(node: Node<V>, key: KeyText, value: V): { separator: KeyText; node: Node<V> } | null {
    if (node.leaf) {
      const index = lowerBound(node.keys, key);
      if (node.keys[index] === key) {
        this.#replaced = node.values[index];
        node.values[index] = value;
        return null;
      }
      node.keys.splice(index, 0, key);
      node.values.splice(index, 0, value);
      this.#size += 1;
      if (node.keys.length <= fanoutMax) return null;
      const half = splitAt(index, node.keys.length);
      const keys = node.keys.splice(half);
      const values = node.values.splice(half);
      return { separator: keys[0]!, node: { owner: this.#owner, leaf: true, keys, values } };
    }
    const index = childIndex(node, key);
    const child = this.#own(node.children[index]!);
    node.children[index] = child;
    const right = this.#insert(child, key, value);
    if (right === null) return null;
    node.keys.splice(index, 0, right.separator);
    node.children.splice(index + 1, 0, right.node);
    if (node.children.length <= fanoutMax) return null;
    const half = splitAt(index, node.children.length);
    const children = node.children.splice(half);
    const keys = node.keys.splice(half);
    const separator = node.keys.pop()!;
    return { separator, node: { owner: this.#owner, leaf: false, keys, children } };
  }

  #remove(node: Node<V>, key: KeyText): void {
    if (node.leaf) {
      const index = lowerBound(node.keys, key);
      node.keys.splice(index, 1);
      node.values.splice(index, 1);
      return;
    }
    const index = childIndex(node, key);
    const child = this.#own(node.children[index]!);
    node.children[index] = child;
    this.#remove(child, key);
    if (sizeOf(child) >= fanoutMin) return;
    if (index > 0) this.#merge(node, index - 1);
    else if (node.children.length > 1) this.#merge(node, index);
  }

  /** Joins children `index` and `index + 1` where one node holds both. */
  #merge(parent: Branch<V>, index: number): void {
    const source = parent.children[index + 1]!;
    if (sizeOf(parent.children[index]!) + sizeOf(source) > fanoutMax) return;
    const target = this.#own(parent.children[index]!);
    if (target.leaf && source.leaf) {
      target.keys.push(...source.keys);
      target.values.push(...source.values);
    } else if (!target.leaf && !source.leaf) {
      target.keys.push(parent.keys[index]!, ...source.keys);
      target.children.push(...source.children);
    }
    parent.children[index] = target;
    parent.children.splice(index + 1, 1);
    parent.keys.splice(index, 1);
  }
}

function sizeOf<V>(node: Node<V>): number {
  return node.leaf ? node.keys.length : node.children.length;
}

/** Where to split a full node: at its end when that is where it grows, so that ascending keys fill nodes. */
function splitAt(insertedIndex: number, length: number): number {
  return insertedIndex >= length - 2 ? length - 2 : length >> 1;
}

/** The first index whose key is not below `key`. */
function lowerBound(keys: readonly KeyText[], key: KeyText): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the child that `key` belongs to. */
function childIndex<V>(branch: Branch<V>, key: KeyText): number {
  const index = lowerBound(branch.keys, key);
  return branch.keys[index] === key ? index + 1 : index;
}

function visitForwards<V>(node: Node<V>, start: KeyText, end: KeyText, visit: Visit<V>): boolean {
  if (node.leaf) {
    for (let index = lowerBound(node.keys, start); index < node.keys.length; index += 1) {
      const key = node.keys[index]!;
      if (key >= end || visit(key, node.values[index]!) === false) return false;
    }
    return true;
  }
  for (let index = childIndex(node, start); index < node.children.length; index += 1) {
    if (!visitForwards(node.children[index]!, start, end, visit)) return false;
  }
  return true;
}

function visitBackwards<V>(node: Node<V>, start: KeyText, end: KeyText, visit: Visit<V>): boolean {
  if (node.leaf) {
    for (let index = lowerBound(node.keys, end) - 1; index >= 0; index -= 1) {
      const key = node.keys[index]!;
      if (key < start || visit(key, node.values[index]!) === false) return false;
    }
    return true;
  }
  for (let index = childIndex(node, end); index >= 0; index -= 1) {
    if (!visitBackwards(node.children[index]!, start, end, visit)) return false;
  }
  return true;
}

function visitAll<V>(node: Node<V>, visit: Visit<V>): boolean {
  if (node.leaf) {
    for (let index = 0; index < node.keys.length; index += 1) {
      if (visit(node.keys[index]!, node.values[index]!) === false) return false;
    }
    return true;
  }
  return node.children.every((child) => visitAll(child, visit));
}
