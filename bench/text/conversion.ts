// A trace as a library's own updates. There is one document for each agent; before an
// agent's transaction, its document receives what the author had seen and nothing else,
// along the trace's parents. What comes out is kept in a folder, for all measurements.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { probe } from "./histories.ts";
import type { Edit, Kind, Peer, Replica, Transaction } from "./peer.ts";
import { type Trace, unitsOf } from "./trace.ts";

/** What a conversion's folder holds, each a file. */
export type Part = "updates" | "file" | "next" | "text" | `whole-${Kind}`;

/** Letter that the update `next` inserts. */
export const nextLetter = "x";

/** Where `next` inserts it into a text, and a first local edit too: in the middle. */
export function nextPlace(text: string): number {
  const middle = text.length >> 1;
  return /[\uDC00-\uDFFF]/.test(text.charAt(middle)) ? middle + 1 : middle;
}

/**
 * Converts `trace` into `folder`.
 *
 * @param expected - Text that must come of it; null: replicas need only agree.
 * @throws {Error} Where a replica ends with another text.
 */
export function convert(
  peer: Peer,
  trace: Trace,
  { folder, expected }: { readonly folder: string; readonly expected: string | null },
): void {
  const draft = `${folder}.draft`;
  mkdirSync(draft, { recursive: true });
  for (const [part, content] of parts(peer, trace, expected)) {
    writeFileSync(join(draft, part), content);
  }
  renameSync(draft, folder);
}

/** Changes whenever the formats do, in which a library writes updates and files. */
export function formatOf(peer: Peer): string {
  const hash = createHash("sha256");
  for (const [, content] of parts(peer, probe(), null)) hash.update(content);
  return hash.digest("hex").slice(0, 12);
}

function* parts(
  peer: Peer,
  trace: Trace,
  expected: string | null,
): Generator<[Part, Uint8Array | string]> {
  const { updates, last } = replay(peer, trace);
  const text = last.toString();
  if (expected !== null && text !== expected) throw new Error("ends with another text");
  yield ["updates", pack(updates)];
  const readers = trace.agentCount;
  for (const kind of peer.kinds) {
    const whole = last.whole(updates);
    const copy = peer.create(readers, kind);
    if (kind === peer.stores) copy.apply(whole);
    else for (const update of updates) copy.apply(update);
    if (copy.toString() !== text) throw new Error("a second replica ends with another text");
    yield [`whole-${kind}`, kind === peer.stores ? whole : copy.whole(updates)];
    copy.free();
  }
  const file = last.saves(peer.stores)[0]!();
  yield ["file", file];
  const other = peer.load(file, readers + 1);
  yield ["next", other.transact([[nextPlace(text), 0, nextLetter]])];
  yield ["text", text];
}

/** Every transaction's update, in the order of the file; and a replica that has all of them. */
function replay(peer: Peer, trace: Trace): { updates: Uint8Array[]; last: Replica } {
  const { transactions } = trace;
  if (!trace.isConcurrent) {
    const last = peer.create(0);
    const edited = transactions.filter(({ edits }) => edits.length > 0);
    return { updates: edited.map(({ edits }) => last.transact(edits)), last };
  }
  if (peer.record !== undefined) {
    const { updates, whole } = peer.record(transactions);
    const last = peer.create(trace.agentCount + 2);
    last.apply(whole);
    return { updates, last };
  }
  const authors = new Authors(peer, trace);
  transactions.forEach(({ agent, edits }, index) => {
    const replica = authors.take(agent, index);
    const fitted = fit(replica, edits, trace);
    authors.done(index, fitted.length === 0 ? null : replica.transact(fitted));
  });
  return { updates: authors.updates(), last: authors.last() };
}

interface Author {
  replica: Replica;
  /** Of each agent, how many of its transactions. */
  has: Int32Array;
}

// The documents of all agents who have something still to do.
class Authors {
  readonly #peer: Peer;
  readonly #trace: Trace;
  readonly #made: (Uint8Array | null)[] = [];
  /** Of each agent, its transactions. */
  readonly #own: readonly number[][];
  /** Of each transaction, how many of each agent's the author has when it is done. */
  readonly #after: Int32Array[] = [];
  readonly #live = new Map<number, Author>();

  constructor(peer: Peer, trace: Trace) {
    this.#peer = peer;
    this.#trace = trace;
    this.#own = Array.from({ length: trace.agentCount }, () => []);
    trace.transactions.forEach(({ agent, parents }, index) => {
      const has = new Int32Array(trace.agentCount);
      for (const parent of parents) {
        const other = this.#after[parent]!;
        for (let at = 0; at < has.length; at += 1) has[at] = Math.max(has[at]!, other[at]!);
      }
      if (has[agent] !== this.#own[agent]!.length) throw new Error(`agent ${agent} has branches`);
      this.#own[agent]!.push(index);
      has[agent]! += 1;
      this.#after.push(has);
    });
  }

  /** The agent's document, as it was before its transaction `index`. */
  take(agent: number, index: number): Replica {
    const wanted = this.#after[index]!.slice();
    wanted[agent]! -= 1;
    return this.#bring(agent, wanted).replica;
  }

  done(index: number, update: Uint8Array | null): void {
    const { agent } = this.#trace.transactions[index]!;
    this.#made.push(update);
    const author = this.#live.get(agent)!;
    author.has[agent]! += 1;
    const isBusy = this.#own[agent]!.at(-1)! > index || index === this.#after.length - 1;
    if (isBusy) return;
    author.replica.free();
    this.#live.delete(agent);
  }

  updates(): Uint8Array[] {
    return this.#made.filter((update) => update !== null);
  }

  /** @throws {Error} Where the trace's last transaction has not seen all others. */
  last(): Replica {
    const all = Int32Array.from(this.#own, (own) => own.length);
    const { agent } = this.#trace.transactions.at(-1)!;
    const author = this.#live.get(agent)!;
    if (!covers(author.has, all)) throw new Error("the last transaction has not seen all others");
    return author.replica;
  }

  // A new author begins with a copy of somebody's document, as people do. It comes to the
  // same as thousands of updates, and takes less time.
  #begin(agent: number, wanted: Int32Array): Author {
    let nearest: Author | null = null;
    for (const other of this.#live.values()) {
      if (!covers(wanted, other.has)) continue;
      if (nearest === null || count(other.has) > count(nearest.has)) nearest = other;
    }
    const author: Author =
      nearest === null
        ? { replica: this.#peer.create(agent), has: new Int32Array(wanted.length) }
        : { replica: this.#copy(nearest, agent), has: nearest.has.slice() };
    this.#live.set(agent, author);
    return author;
  }

  #copy({ replica }: Author, agent: number): Replica {
    return this.#peer.load(replica.saves(this.#peer.stores)[0]!(), agent);
  }

  #bring(agent: number, wanted: Int32Array): Author {
    const author = this.#live.get(agent) ?? this.#begin(agent, wanted);
    const updates: number[] = [];
    wanted.forEach((to, other) => {
      for (let at = author.has[other]!; at < to; at += 1) updates.push(this.#own[other]![at]!);
    });
    for (const index of updates.sort((a, b) => a - b)) {
      const update = this.#made[index];
      if (update) author.replica.apply(update);
    }
    author.has = wanted;
    return author;
  }
}

function covers(more: Int32Array, less: Int32Array): boolean {
  return less.every((count, agent) => count <= more[agent]!);
}

function count(has: Int32Array): number {
  return has.reduce((sum, own) => sum + own, 0);
}

// Libraries order concurrent inserts at one place in different ways, so a merged text may
// be shorter at some place than the one that was recorded.
function fit(replica: Replica, edits: Transaction["edits"], trace: Trace): readonly Edit[] {
  let text = trace.inCodePoints ? replica.toString() : "";
  let length = replica.length;
  const fitted: Edit[] = [];
  for (const edit of edits) {
    const [from, count, inserted] = trace.inCodePoints ? unitsOf(text, edit) : edit;
    const at = Math.min(from, length);
    const deleted = Math.min(count, length - at);
    if (deleted === 0 && inserted === "") continue;
    fitted.push([at, deleted, inserted]);
    length += inserted.length - deleted;
    if (trace.inCodePoints) text = text.slice(0, at) + inserted + text.slice(at + deleted);
  }
  return fitted;
}

/** A part of a conversion. */
export function readPart(folder: string, part: Part): Uint8Array {
  return new Uint8Array(readFileSync(join(folder, part)));
}

/** The text that it ends with. */
export function readText(folder: string): string {
  return readFileSync(join(folder, "text"), "utf8");
}

/** Its updates, each in memory of its own, as it would come from a network. */
export function readUpdates(folder: string): Uint8Array[] {
  return unpack(readPart(folder, "updates"));
}

export function isConverted(folder: string): boolean {
  return existsSync(join(folder, "text"));
}

function pack(updates: readonly Uint8Array[]): Uint8Array {
  const sizes = new Uint32Array(updates.length);
  updates.forEach((update, index) => {
    sizes[index] = update.length;
  });
  const head = new Uint32Array([updates.length]);
  return Buffer.concat([new Uint8Array(head.buffer), new Uint8Array(sizes.buffer), ...updates]);
}

function unpack(bytes: Uint8Array): Uint8Array[] {
  const count = new Uint32Array(bytes.buffer, 0, 1)[0]!;
  const sizes = new Uint32Array(bytes.buffer, 4, count);
  let at = 4 + 4 * count;
  return Array.from(sizes, (size) => {
    const update = bytes.slice(at, at + size);
    at += size;
    return update;
  });
}
