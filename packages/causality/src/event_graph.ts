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
// first has exactly its predecessor as parent.
//
// Invariants:
//   G1  Parents have smaller numbers than their children.
//   G2  Entries are contiguous: the first starts at 0, each starts where the one before ends.
//   G3  An agent's events are totally ordered: each has the previous one among its ancestors.
//   G4  Parents, and the frontier, are sorted and mutually concurrent.
//   G5  Lamport time is 1 + the greatest of the parents', from 0; derived, never taken from outside.
//
// Local numbers differ between replicas and never leave one; event ids do.
// Source: Gentle and Kleppmann, "Collaborative Text Editing with Eg-walker", 2025, section 3.

import { assert } from "@holdfast/std";
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

type MutableEntry = { -readonly [Key in keyof GraphEntry]: GraphEntry[Key] };

/** A causal history that only grows. Knows nothing of what an event does. */
export class EventGraph {
  readonly #entries: MutableEntry[] = [];
  readonly #byAgent = new Map<AgentId, MutableEntry[]>();
  #frontier: LocalFrontier = [];
  #end = 0;

  /** How many events are held; also the next local number. */
  get size(): number {
    return this.#end;
  }

  /** How many entries they take. */
  get entryCount(): number {
    return this.#entries.length;
  }

  /** The version that holds everything. */
  get frontier(): LocalFrontier {
    return this.#frontier;
  }

  /** How many events of `agent` are held. O(1). */
  next(agent: AgentId): number {
    const last = this.#byAgent.get(agent)?.at(-1);
    return last === undefined ? 0 : last.seq + (last.end - last.start);
  }

  /** How many events of each agent are held; a copy. */
  vector(): VersionVector {
    const vector = new VersionVector();
    for (const agent of this.#byAgent.keys()) vector.advance(agent, this.next(agent));
    return vector;
  }

  /**
   * Adds `length` events of `agent`, its next ones. The first has `parents`, each
   * other its predecessor. The caller has seen to G3 and G4. O(parents + heads).
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
    const last = this.#entries.at(-1);
    if (last !== undefined && last.agent === agent && isSingle(parents, start - 1)) {
      last.end = end;
    } else {
      const entry = {
        start,
        end,
        agent,
        seq: this.next(agent),
        parents: [...parents],
        lamport: this.#lamportAfter(parents),
      };
      this.#entries.push(entry);
      const own = this.#byAgent.get(agent);
      if (own === undefined) this.#byAgent.set(agent, [entry]);
      else own.push(entry);
    }
    this.#frontier = advanceFrontier(this.#frontier, parents, end - 1);
    this.#end = end;
    return start;
  }

  /** Forgets the events from `end` on. `frontier` is the one that was there when `end` was the size. */
  truncate(end: number, frontier: LocalFrontier): void {
    while (this.#end > end) {
      const last = this.#entries.at(-1)!;
      if (last.start < end) {
        last.end = end;
      } else {
        this.#entries.pop();
        const own = this.#byAgent.get(last.agent)!;
        own.pop();
        if (own.length === 0) this.#byAgent.delete(last.agent);
      }
      this.#end = Math.max(end, last.start);
    }
    this.#frontier = frontier;
  }

  /** The entry that holds `lv`. O(log entries). */
  entryAt(lv: number): GraphEntry {
    return this.#entries[this.entryIndex(lv)]!;
  }

  /** The entry at `index`, in order of local numbers. */
  entry(index: number): GraphEntry {
    return this.#entries[index]!;
  }

  /** Index of the entry that holds `lv`. O(log entries), O(1) for the last. */
  entryIndex(lv: number): number {
    assert(lv >= 0 && lv < this.#end, "G2: no such event");
    let low = 0;
    let high = this.#entries.length - 1;
    if (this.#entries[high]!.start <= lv) return high;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#entries[middle]!.start <= lv) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Parents of the event `lv`. */
  parents(lv: number): LocalFrontier {
    const entry = this.entryAt(lv);
    return entry.start === lv ? entry.parents : [lv - 1];
  }

  /** Lamport time of the event `lv`. */
  lamport(lv: number): number {
    const entry = this.entryAt(lv);
    return entry.lamport + (lv - entry.start);
  }

  /** Name of the event `lv`. */
  id(lv: number): EventId {
    const entry = this.entryAt(lv);
    return { agent: entry.agent, seq: entry.seq + (lv - entry.start) };
  }

  /** Local number of the event, or null where it is not held. O(log entries of the agent). */
  find(id: EventId): number | null {
    const own = this.#byAgent.get(id.agent);
    if (own === undefined || id.seq < 0 || id.seq >= this.next(id.agent)) return null;
    let low = 0;
    let high = own.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (own[middle]!.seq <= id.seq) low = middle;
      else high = middle - 1;
    }
    return own[low]!.start + (id.seq - own[low]!.seq);
  }

  /** Where the events of `run`, all held, lie here, in order. */
  ranges(run: EventRun): readonly LocalRange[] {
    const ranges: LocalRange[] = [];
    let seq = run.from;
    while (seq < run.to) {
      const start = this.find({ agent: run.agent, seq });
      assert(start !== null, "G2: run is not held");
      const end = Math.min(this.entryAt(start).end, start + (run.to - seq));
      ranges.push({ start, end });
      seq += end - start;
    }
    return ranges;
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
  if (frontier.length === 1 && parents.length === 1 && frontier[0] === parents[0]) return [lv];
  const rest = frontier.filter((head) => !parents.includes(head));
  rest.push(lv);
  return rest.sort((a, b) => a - b);
}

/** Tells whether both are the same version. */
export function equalFrontiers(a: LocalFrontier, b: LocalFrontier): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}

function isSingle(version: LocalFrontier, lv: number): boolean {
  return version.length === 1 && version[0] === lv;
}
