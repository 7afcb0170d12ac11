// A trace as a library's own updates. There is one document for each agent; before an
// agent's transaction, its document receives what the author had seen and nothing else,
// along the trace's parents. What comes out is kept in a folder, for all measurements.

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Edit, Kind, Peer, Replica } from "./peer.ts";
import { type Trace, type Transaction, unitsOf } from "./trace.ts";

/** What a conversion's folder holds, each a file. */
export type Part = "updates" | "file" | "next" | "text" | `whole-${Kind}`;

/** Letter that the update `next` inserts. */
export const nextLetter = "x";

/** Where `next` inserts it into a text of so many units; and a first local edit too. */
export function nextPlace(length: number): number {
  return length >> 1;
}

/** Converts `trace` into `folder`. @throws {Error} Where two replicas end with different texts. */
export function convert(peer: Peer, trace: Trace, folder: string): void {
  const { updates, last } = replay(peer, trace);
  const text = last.toString();
  const draft = `${folder}.draft`;
  mkdirSync(draft, { recursive: true });
  const write = (part: Part, content: Uint8Array | string) =>
    writeFileSync(join(draft, part), content);
  write("text", text);
  write("updates", pack(updates));
  const readers = trace.agentCount;
  for (const kind of peer.kinds) {
    const whole = last.whole(updates);
    const copy = peer.create(readers, kind);
    if (kind === peer.stores) copy.apply(whole);
    else for (const update of updates) copy.apply(update);
    if (copy.toString() !== text) throw new Error("a second replica ends with another text");
    write(`whole-${kind}`, kind === peer.stores ? whole : copy.whole(updates));
    copy.free();
  }
  const file = last.saves(peer.stores)[0]!();
  write("file", file);
  const other = peer.load(file, readers + 1);
  write("next", other.transact([[nextPlace(text.length), 0, nextLetter]]));
  mkdirSync(dirname(folder), { recursive: true });
  renameSync(draft, folder);
}

/** Every transaction's update, in the order of the file; and a replica that has all of them. */
function replay(peer: Peer, trace: Trace): { updates: Uint8Array[]; last: Replica } {
  const { transactions, agentCount } = trace;
  const made = transactions.map((): Uint8Array | null => null);
  // Of each agent its transactions in order; of each transaction how many of each agent's
  // are in its past, itself included.
  const own: number[][] = Array.from({ length: agentCount }, () => []);
  const past: Int32Array[] = [];
  transactions.forEach(({ agent, parents }, index) => {
    const known = pastOf(past, parents, agentCount);
    if (known[agent] !== own[agent]!.length) throw new Error(`agent ${agent} has branches`);
    own[agent]!.push(index);
    known[agent] = own[agent]!.length;
    past.push(known);
  });
  const replicas = new Map<number, { replica: Replica; has: Int32Array }>();
  const take = (agent: number, wanted: Int32Array): Replica => {
    const entry = replicas.get(agent) ?? {
      replica: peer.create(agent),
      has: new Int32Array(agentCount),
    };
    replicas.set(agent, entry);
    const lacking: number[] = [];
    for (let other = 0; other < agentCount; other += 1) {
      for (let at = entry.has[other]!; at < wanted[other]!; at += 1) lacking.push(own[other]![at]!);
      entry.has[other] = Math.max(entry.has[other]!, wanted[other]!);
    }
    for (const index of lacking.sort((a, b) => a - b)) {
      const update = made[index];
      if (update) entry.replica.apply(update);
    }
    return entry.replica;
  };
  transactions.forEach(({ agent, parents, edits }, index) => {
    const replica = take(agent, pastOf(past, parents, agentCount));
    replicas.get(agent)!.has[agent] = past[index]![agent]!;
    const fitted = fit(replica, edits, trace);
    if (fitted.length > 0) made[index] = replica.transact(fitted);
    const isLast = own[agent]![own[agent]!.length - 1] === index;
    if (isLast && index < transactions.length - 1) {
      replica.free();
      replicas.delete(agent);
    }
  });
  const whole = pastOf(past, transactions.map((_, index) => index).slice(-1), agentCount);
  const isWhole = whole.every((count, agent) => count === own[agent]!.length);
  if (!isWhole) throw new Error("the last transaction has not seen all others");
  const last = transactions[transactions.length - 1]!;
  return { updates: made.filter((update) => update !== null), last: take(last.agent, whole) };
}

function pastOf(past: readonly Int32Array[], parents: readonly number[], agentCount: number) {
  const known = new Int32Array(agentCount);
  for (const parent of parents) {
    const other = past[parent]!;
    for (let agent = 0; agent < agentCount; agent += 1) {
      if (other[agent]! > known[agent]!) known[agent] = other[agent]!;
    }
  }
  return known;
}

// Libraries order concurrent inserts at one place in different ways, so a merged text may
// be shorter at some place than the one that was recorded.
function fit(replica: Replica, edits: Transaction["edits"], trace: Trace): readonly Edit[] {
  if (!trace.isConcurrent) return edits;
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
