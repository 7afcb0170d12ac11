// The event graph: which event happened with which others in view.
//
// Problem. A document's history is a directed acyclic graph with a node for each
// keystroke. Merging asks it, for every concurrent edit: what has this version
// that the other lacks, and where did they part?
//
// Method. Events get dense local numbers ("lv") in the order in which they came
// to be held here, so that a version is a short sorted array of numbers and a set
// of events is a list of ranges. Names of agents are looked up at the border
// only. Nearly all events follow their agent's previous one directly, so the
// graph is kept as entries: ranges of lv of one agent in which each event but the
// first has exactly its predecessor as parent. Entries are rows of one typed array,
// 20 bytes each: a graph of a million of them is one object to the collector.
//
// Invariants:
//   G1  Parents have smaller numbers than their children.
//   G2  Entries are contiguous: the first starts at 0, each starts where the one before ends.
//   G3  An agent's events are totally ordered: each has the previous one among its ancestors.
//   G4  Parents, and the frontier, are sorted and mutually concurrent.
//   G5  Lamport time is 1 + the greatest of the parents', from 0; derived, never taken from outside.
//
// A graph that was read from a file begins *sealed*: it knows how many events each agent has and
// what the latest ones are, and reads the entries of the file only when somebody asks for one.
// Events can be added behind a sealed beginning, and asked for, without opening it.
//
// Local numbers differ between replicas and never leave one; event ids do.
// Source: Gentle and Kleppmann, "Collaborative Text Editing with Eg-walker", 2025, section 3.

import { assert, findRow, withRoom } from "@holdfast/std";
import type { AgentId, EventId, EventRun } from "./event_id.ts";
import { VersionVector } from "./version_vector.ts";

/** A run of events as the graph keeps it: `start` up to, not including, `end`. */
export interface GraphEntry {
  readonly start: number;
  readonly end: number;
  readonly agent: AgentId;
  /** Sequence number of the event `start`. */
  readonly seq: number;
  /** Parents of the event `start`, sorted. */
  readonly parents: readonly number[];
  /** Lamport time of the event `start`. */
  readonly lamport: number;
}

/** Events `start` up to, not including, `end`, by local number. */
export interface LocalRange {
  readonly start: number;
  readonly end: number;
}

/** A version: its latest events by local number, sorted, mutually concurrent. Empty: the beginning. */
export type LocalFrontier = readonly number[];

/** One of the latest events of a {@link SealedGraph}. */
export interface SealedHead extends EventId {
  readonly lv: number;
  readonly lamport: number;
}

/** The beginning of a graph, of which the entries are elsewhere. */
export interface SealedGraph {
  readonly size: number;
  readonly entryCount: number;
  /** How many events of each agent; at least 1. */
  readonly agents: readonly { readonly agent: AgentId; readonly next: number }[];
  /** The latest events, by local number. */
  readonly heads: readonly SealedHead[];
  /** The same as a graph that is all there. Its errors come out of whatever needed an entry. */
  open(): EventGraph;
}

// Columns of an entry's row.
const startColumn = 0;
const agentColumn = 1;
const seqColumn = 2;
const lamportColumn = 3;
// The only parent; -1 where there is none; else -2 - index into the lists of several.
const parentColumn = 4;
const columns = 5;

/** A causal history that only grows. Knows nothing of what an event does. */
export class EventGraph {
  // The beginning, while it is sealed; then `rows` are those of the entries behind it.
  #sealed: SealedGraph | null;
  #rows = new Int32Array(4 * columns);
  #entryCount = 0;
  #severalParents: LocalFrontier[] = [];
  readonly #agents: AgentId[] = [];
  readonly #agentIndexes = new Map<AgentId, number>();
  /** For each agent, its entries, in order; those of a sealed beginning are not among them. */
  readonly #ownEntries: number[][] = [];
  // The latest events, sorted, and a copy of that which never changes, once somebody asked for it.
  readonly #heads: number[] = [];
  #frontier: LocalFrontier | null = null;
  #end = 0;

  /** @param sealed - What it begins with. */
  constructor(sealed: SealedGraph | null = null) {
    this.#sealed = sealed;
    if (sealed === null) return;
    this.#end = sealed.size;
    this.#entryCount = sealed.entryCount;
    for (const { lv } of sealed.heads) this.#heads.push(lv);
    for (const { agent } of sealed.agents) this.#indexOf(agent);
  }

  /** How many events are held; also the next local number. */
  get size(): number {
    return this.#end;
  }

  /** How many entries they take. */
  get entryCount(): number {
    return this.#entryCount;
  }

  /** Tells whether it begins sealed, still: then what needs an entry may fail. */
  get isSealed(): boolean {
    return this.#sealed !== null;
  }

  /** Who has events here, in order of first use. */
  get agents(): readonly AgentId[] {
    return this.#agents;
  }

  /** The version that holds everything. O(heads) where it changed since it was asked for. */
  get frontier(): LocalFrontier {
    this.#frontier ??= this.#heads.slice();
    return this.#frontier;
  }

  /** Tells whether `version` holds everything. */
  isFrontier(version: LocalFrontier): boolean {
    return equalFrontiers(version, this.#heads);
  }

  /** How many events of `agent` are held. O(1). */
  next(agent: AgentId): number {
    const index = this.#agentIndexes.get(agent);
    return index === undefined ? 0 : this.#nextOf(index);
  }

  /** The latest event of `agent`, or -1 where there is none. O(1). */
  lastOf(agent: AgentId): number {
    const index = this.#agentIndexes.get(agent);
    if (index === undefined) return -1;
    const last = this.#ownEntries[index]!.at(-1);
    if (last !== undefined) return this.entryEnd(last) - 1;
    const next = this.#nextOf(index);
    return next === 0 ? -1 : this.find({ agent, seq: next - 1 })!;
  }

  /** How many events of each agent are held; a copy. */
  vector(): VersionVector {
    const vector = new VersionVector();
    this.#agents.forEach((agent, index) => {
      vector.advance(agent, this.#nextOf(index));
    });
    return vector;
  }

  /**
   * Adds `length` events of `agent`, its next ones. The first has `parents`, each
   * other its predecessor. The caller has seen to G3 and G4. O(parents log heads); heads that have
   * a child now are taken out of an array of heads.
   *
   * @returns The local number of the first.
   */
  add(agent: AgentId, length: number, parents: LocalFrontier): number {
    const start = this.#end;
    const end = start + length;
    assert(length > 0, "G2: an entry is empty");
    assert(
      parents.length === 0 || parents[parents.length - 1]! < start,
      "G1: parent from the future",
    );
    // Whoever typed last types on.
    const isNext = isSingle(parents, start - 1) && this.#isLastBy(agent);
    if (!isNext) this.#addEntry(agent, parents);
    this.#end = end;
    const heads = this.#heads;
    for (const parent of parents) {
      const at = lastUpTo(heads, parent);
      if (heads[at] === parent) heads.splice(at, 1);
    }
    heads.push(end - 1);
    this.#frontier = null;
    return start;
  }

  /** As {@link add}, upon all that is held. O(heads), and O(1) where `agent` goes on. */
  addOwn(agent: AgentId, length: number): number {
    const start = this.#end;
    if (length > 0 && this.#heads.length === 1 && this.#isLastBy(agent)) {
      this.#end += length;
      this.#heads[0] = this.#end - 1;
      this.#frontier = null;
    } else this.add(agent, length, this.frontier);
    return start;
  }

  /**
   * Forgets the events from `end` on, none of which is of a sealed beginning, and agents that have no
   * others. `frontier` is the one that was there when `end` was the size.
   */
  truncate(end: number, frontier: LocalFrontier): void {
    for (
      let row = this.#rowOf(this.#entryCount - 1);
      row >= 0 && this.#rows[row + startColumn]! >= end;
      row -= columns
    ) {
      this.#entryCount -= 1;
      this.#ownEntries[this.#rows[row + agentColumn]!]!.pop();
      if (this.#rows[row + parentColumn]! < -1) this.#severalParents.pop();
    }
    this.#end = Math.min(this.#end, end);
    for (let index = this.#agents.length - 1; index >= 0 && this.#nextOf(index) === 0; index -= 1) {
      this.#agentIndexes.delete(this.#agents.pop()!);
      this.#ownEntries.pop();
    }
    this.#heads.length = 0;
    for (const head of frontier) this.#heads.push(head);
    this.#frontier = null;
  }

  /** The entry that holds `lv`. O(log entries). */
  entryAt(lv: number): GraphEntry {
    return this.entry(this.entryIndex(lv));
  }

  /** The entry at `index`, in order of local numbers. */
  entry(index: number): GraphEntry {
    const row = this.#openRow(index);
    return {
      start: this.entryStart(index),
      end: this.entryEnd(index),
      agent: this.#agents[this.#rows[row + agentColumn]!]!,
      seq: this.#rows[row + seqColumn]!,
      parents: this.entryParents(index),
      lamport: this.#rows[row + lamportColumn]!,
    };
  }

  /** First event of the entry at `index`. */
  entryStart(index: number): number {
    const row = this.#openRow(index);
    return this.#rows[row + startColumn]!;
  }

  /** Who made the events of the entry at `index`. */
  entryAgent(index: number): AgentId {
    const row = this.#openRow(index);
    return this.#agents[this.#rows[row + agentColumn]!]!;
  }

  /** The number after the last event of the entry at `index`. */
  entryEnd(index: number): number {
    return index + 1 < this.#entryCount ? this.entryStart(index + 1) : this.#end;
  }

  /** Parents of the first event of the entry at `index`, sorted. */
  entryParents(index: number): LocalFrontier {
    const row = this.#openRow(index);
    const parent = this.#rows[row + parentColumn]!;
    if (parent >= 0) return [parent];
    return parent === -1 ? [] : this.#severalParents[-2 - parent]!;
  }

  /** The only parent of the first event of the entry at `index`; -1 for none, less for several. */
  entryParent(index: number): number {
    const row = this.#openRow(index);
    return this.#rows[row + parentColumn]!;
  }

  /** Index of the entry that holds `lv`. O(log entries), O(1) for the last. */
  entryIndex(lv: number): number {
    assert(lv >= 0 && lv < this.#end, "G2: no such event");
    if (this.#sealed !== null && lv < this.#sealed.size) this.#open();
    const first = this.#sealed?.entryCount ?? 0;
    return first + findRow(this.#rows, columns, this.#entryCount - first, lv);
  }

  /** Parents of the event `lv`. */
  parents(lv: number): LocalFrontier {
    const index = this.entryIndex(lv);
    return this.entryStart(index) === lv ? this.entryParents(index) : [lv - 1];
  }

  /** Tells whether the only parent of the event `lv` is the event before it, whoever made that. */
  isLinear(lv: number): boolean {
    const row = this.#rowAt(lv);
    return this.#rows[row + startColumn] !== lv || this.#rows[row + parentColumn] === lv - 1;
  }

  /** Who made the event `lv`. */
  agentOf(lv: number): AgentId {
    const row = this.#rowAt(lv);
    return this.#agents[this.#rows[row + agentColumn]!]!;
  }

  /** Lamport time of the event `lv`. */
  lamport(lv: number): number {
    const head = this.#sealedHead(lv);
    if (head !== undefined) return head.lamport;
    const row = this.#rowAt(lv);
    return this.#rows[row + lamportColumn]! + (lv - this.#rows[row + startColumn]!);
  }

  /** Name of the event `lv`. */
  id(lv: number): EventId {
    const head = this.#sealedHead(lv);
    if (head !== undefined) return { agent: head.agent, seq: head.seq };
    const row = this.#rowAt(lv);
    return {
      agent: this.#agents[this.#rows[row + agentColumn]!]!,
      seq: this.#rows[row + seqColumn]! + (lv - this.#rows[row + startColumn]!),
    };
  }

  /** Local number of the event, or null where it is not held. O(log entries of the agent). */
  find({ agent, seq }: EventId): number | null {
    const index = this.#agentIndexes.get(agent);
    if (index === undefined || seq < 0 || seq >= this.#nextOf(index)) return null;
    if (!Number.isInteger(seq)) return null;
    if (this.#sealed !== null && seq < this.#sealedNext(index)) {
      const head = this.#sealed.heads.find((other) => other.agent === agent && other.seq === seq);
      if (head !== undefined) return head.lv;
      this.#open();
    }
    const own = this.#ownEntries[index]!;
    let low = 0;
    let high = own.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#rows[this.#rowOf(own[middle]!) + seqColumn]! <= seq) low = middle;
      else high = middle - 1;
    }
    const row = this.#rowOf(own[low]!);
    return this.#rows[row + startColumn]! + (seq - this.#rows[row + seqColumn]!);
  }

  /** Where the events of `run`, all held, lie here, in order. */
  ranges(run: EventRun): readonly LocalRange[] {
    const ranges: LocalRange[] = [];
    let seq = run.from;
    while (seq < run.to) {
      const start = this.find({ agent: run.agent, seq });
      assert(start !== null, "G2: run is not held");
      const end = Math.min(this.entryEnd(this.entryIndex(start)), start + (run.to - seq));
      ranges.push({ start, end });
      seq += end - start;
    }
    return ranges;
  }

  // Tells whether `agent` made the last event, and it is not sealed.
  #isLastBy(agent: AgentId): boolean {
    const row = this.#rowOf(this.#entryCount - 1);
    return row >= 0 && this.#agents[this.#rows[row + agentColumn]!] === agent;
  }

  #addEntry(agent: AgentId, parents: LocalFrontier): void {
    const lamport = this.#lamportAfter(parents);
    const agentIndex = this.#indexOf(agent);
    const row = this.#rowOf(this.#entryCount);
    this.#rows = withRoom(this.#rows, row);
    const rows = this.#rows;
    rows[row + startColumn] = this.#end;
    rows[row + agentColumn] = agentIndex;
    rows[row + seqColumn] = this.#nextOf(agentIndex);
    rows[row + lamportColumn] = lamport;
    if (parents.length <= 1) rows[row + parentColumn] = parents[0] ?? -1;
    else rows[row + parentColumn] = -1 - this.#severalParents.push([...parents]);
    this.#ownEntries[agentIndex]!.push(this.#entryCount);
    this.#entryCount += 1;
  }

  #indexOf(agent: AgentId): number {
    const known = this.#agentIndexes.get(agent);
    if (known !== undefined) return known;
    const index = this.#agents.push(agent) - 1;
    this.#agentIndexes.set(agent, index);
    this.#ownEntries.push([]);
    return index;
  }

  #nextOf(agentIndex: number): number {
    const last = this.#ownEntries[agentIndex]!.at(-1);
    if (last === undefined) return this.#sealed === null ? 0 : this.#sealedNext(agentIndex);
    const row = this.#rowOf(last);
    return this.#rows[row + seqColumn]! + this.entryEnd(last) - this.#rows[row + startColumn]!;
  }

  // How many events of the agent the sealed beginning has. Its agents come first.
  #sealedNext(agentIndex: number): number {
    return this.#sealed!.agents[agentIndex]?.next ?? 0;
  }

  #sealedHead(lv: number): SealedHead | undefined {
    if (this.#sealed === null || lv >= this.#sealed.size) return undefined;
    return this.#sealed.heads.find((head) => head.lv === lv);
  }

  // Where in `rows` the entry at `index` is; less than 0 where it is sealed.
  #rowOf(index: number): number {
    return (index - (this.#sealed?.entryCount ?? 0)) * columns;
  }

  // As `rowOf`; opens what is sealed.
  #openRow(index: number): number {
    const row = this.#rowOf(index);
    if (row >= 0) return row;
    this.#open();
    return index * columns;
  }

  // Where in `rows` the entry with the event `lv` is.
  #rowAt(lv: number): number {
    const index = this.entryIndex(lv);
    return this.#rowOf(index);
  }

  // Puts the entries of the sealed beginning before those that are here.
  #open(): void {
    const sealed = this.#sealed!;
    const beginning = sealed.open();
    const moved = sealed.entryCount * columns;
    const added = (this.#entryCount - sealed.entryCount) * columns;
    const rows = new Int32Array(moved + Math.max(added, columns) * 2);
    rows.set(beginning.#rows.subarray(0, moved));
    rows.set(this.#rows.subarray(0, added), moved);
    const several = beginning.#severalParents.length;
    for (let row = moved; row < moved + added; row += columns) {
      if (rows[row + parentColumn]! < -1) rows[row + parentColumn]! -= several;
    }
    // Both number the sealed agents in the same order.
    beginning.#ownEntries.forEach((entries, agent) => {
      this.#ownEntries[agent] = [...entries, ...this.#ownEntries[agent]!];
    });
    this.#severalParents = [...beginning.#severalParents, ...this.#severalParents];
    this.#rows = rows;
    this.#sealed = null;
  }

  #lamportAfter(parents: LocalFrontier): number {
    let lamport = 0;
    for (const parent of parents) lamport = Math.max(lamport, this.lamport(parent) + 1);
    return lamport;
  }
}

/** The version after an event `lv` with `parents` joined `frontier`. */
export function advanceFrontier(
  frontier: LocalFrontier,
  parents: LocalFrontier,
  lv: number,
): LocalFrontier {
  if (equalFrontiers(frontier, parents)) return [lv];
  const rest: number[] = [];
  for (const head of frontier) if (!parents.includes(head)) rest.push(head);
  // Nearly always the newest.
  let at = rest.length;
  while (at > 0 && rest[at - 1]! > lv) at -= 1;
  rest.splice(at, 0, lv);
  return rest;
}

/** Tells whether both are the same version. */
export function equalFrontiers(a: LocalFrontier, b: LocalFrontier): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}

/** Where the last number up to `lv` stands in a sorted list; -1 where there is none. */
export function lastUpTo(sorted: readonly number[], lv: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= lv) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function isSingle(version: LocalFrontier, lv: number): boolean {
  return version.length === 1 && version[0] === lv;
}
