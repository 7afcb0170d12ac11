// Version vectors: how many events of each agent are known.
//
// Because an agent's events are totally ordered and what is held is causally
// closed, a count for each agent says exactly which events a set holds.
// Source: Parker et al. 1983, "Detection of mutual inconsistency in distributed systems".

import type { Reader, Writer } from "@holdfast/std";
import { HoldfastError } from "@holdfast/std";
import {
  type AgentId,
  agentFromBytes,
  agentSizeBytes,
  agentToBytes,
  type EventId,
  type EventRun,
  eventsMax,
} from "./event_id.ts";

/** Most agents in a vector that comes from a stranger. */
export const vectorAgentsMax = 65_536;

/** A set of events that holds, of each agent, the first so many. */
export class VersionVector {
  readonly #next = new Map<AgentId, number>();

  /** @param entries - For each agent, how many of its events are known. */
  constructor(entries: Iterable<readonly [AgentId, number]> = []) {
    for (const [agent, next] of entries) this.advance(agent, next);
  }

  /** How many agents have events here. */
  get size(): number {
    return this.#next.size;
  }

  /** How many events of `agent` are known; also the sequence number of its next one. */
  next(agent: AgentId): number {
    return this.#next.get(agent) ?? 0;
  }

  /** Tells whether the event is known. */
  has(id: EventId): boolean {
    return id.seq < this.next(id.agent);
  }

  /** Raises the count of `agent` to `next`; does nothing where it is that high already. */
  advance(agent: AgentId, next: number): void {
    if (next > this.next(agent)) this.#next.set(agent, next);
  }

  /** Raises each count to that of `other`. */
  merge(other: VersionVector): void {
    for (const [agent, next] of other.#next) this.advance(agent, next);
  }

  /** Tells whether each event of `other` is known here. O(agents of other). */
  covers(other: VersionVector): boolean {
    for (const [agent, next] of other.#next) if (this.next(agent) < next) return false;
    return true;
  }

  /** Tells whether both hold the same events. */
  equals(other: VersionVector): boolean {
    return this.covers(other) && other.covers(this);
  }

  /** The events known here that `other` lacks, one run for each agent, in order of agents. */
  missingFrom(other: VersionVector): readonly EventRun[] {
    const runs: EventRun[] = [];
    for (const [agent, to] of this.entries()) {
      const from = other.next(agent);
      if (from < to) runs.push({ agent, from, to });
    }
    return runs;
  }

  /** What both know: of each agent the lower count. */
  meet(other: VersionVector): VersionVector {
    const both = new VersionVector();
    for (const [agent, next] of this.#next) both.advance(agent, Math.min(next, other.next(agent)));
    return both;
  }

  /** Agents and counts, in order of agents. */
  entries(): readonly (readonly [AgentId, number])[] {
    return [...this.#next].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /**
   * Counts by agent, in order of agents, for `JSON.stringify` and logs. What comes back from JSON is made a
   * vector by `new VersionVector(entries)`, each agent by `parseAgentId`; between replicas {@link write} is shorter.
   */
  toJSON(): { readonly [agent: AgentId]: number } {
    return Object.fromEntries(this.entries());
  }

  /** A copy that changes on its own. */
  clone(): VersionVector {
    const copy = new VersionVector();
    for (const [agent, next] of this.#next) copy.#next.set(agent, next);
    return copy;
  }

  /** Writes: uint agents, then for each, in order, 16 bytes and uint count. */
  write(writer: Writer): void {
    writer.uint(this.#next.size);
    for (const [agent, next] of this.entries()) writer.raw(agentToBytes(agent)).uint(next);
  }

  /**
   * Reads what {@link write} wrote.
   *
   * @throws {HoldfastError} `truncated`, `too_large`, or `corrupt` where agents
   *   are not in order, or a count is 0.
   */
  static read(reader: Reader): VersionVector {
    const vector = new VersionVector();
    const agents = reader.count("vector agents", vectorAgentsMax, agentSizeBytes + 1);
    let previous = "";
    for (let index = 0; index < agents; index += 1) {
      const agent = agentFromBytes(reader.raw(agentSizeBytes, "vector agent"));
      const next = reader.uint("vector count", eventsMax);
      if (agent <= previous) throw new HoldfastError("corrupt", "vector agents are not in order");
      if (next === 0) throw new HoldfastError("corrupt", "vector count is 0");
      vector.#next.set(agent, next);
      previous = agent;
    }
    return vector;
  }
}
