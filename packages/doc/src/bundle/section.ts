// Sections: a set of events with the envelope that says what they are.
//
// The payload's agents are those of the section's runs in their order, and then
// those of its dependencies that are not among them, in order of first use.
//
// Invariants B1, B2: see bundle.ts. Dependencies are written in order of agents.

import type { AgentId, EventId, EventRun } from "@holdfast/causality";
import { equalBytes, HoldfastError } from "@holdfast/std";
import { compareEventIds } from "../history/history.ts";
import { type Stretch, type StretchRow, stretchRow } from "../history/operation.ts";
import type { PlainBatch } from "../history/plain_batch.ts";
import type { BundleSection, HashedRun } from "./bundle.ts";
import { hashPayload, PartHasher, RunHasher } from "./canonical.ts";
import { decodePayload, encodePayload, PayloadReader } from "./payload.ts";

interface OpenRun {
  readonly agent: AgentId;
  readonly from: number;
  next: number;
}

/** Gathers what an envelope says about stretches, which come in causal order; but for hashes. */
class Envelope {
  readonly runs = new Map<AgentId, OpenRun>();
  readonly #parents: EventId[] = [];
  // The run of the last stretch: nearly always that of the next.
  #last: OpenRun | null = null;

  add(agent: AgentId, seq: number, row: StretchRow): void {
    const run = this.#last?.agent === agent ? this.#last : this.#runFor(agent, seq);
    this.#last = run;
    if (row.parents !== null) {
      for (const parent of row.parents) if (!this.#holds(parent)) this.#parents.push(parent);
    }
    run.next = seq + row.length;
  }

  /** Adds events that follow those of the last stretch. */
  goOn(events: number): void {
    if (this.#last !== null) this.#last.next += events;
  }

  /** Parents outside, in order, each once, less those that go without saying. */
  dependencies(): readonly EventId[] {
    if (this.#parents.length === 0) return this.#parents;
    const found: EventId[] = [];
    const outside = this.#parents.filter(
      ({ agent, seq }) => this.runs.get(agent)?.from !== seq + 1,
    );
    for (const parent of outside.sort(compareEventIds)) {
      const last = found.at(-1);
      if (last === undefined || compareEventIds(last, parent) !== 0) found.push(parent);
    }
    return found;
  }

  #runFor(agent: AgentId, seq: number): OpenRun {
    let run = this.runs.get(agent);
    if (run === undefined) {
      run = { agent, from: seq, next: seq };
      this.runs.set(agent, run);
    }
    return run;
  }

  #holds({ agent, seq }: EventId): boolean {
    const run = this.runs.get(agent);
    return run !== undefined && seq >= run.from && seq < run.next;
  }
}

/** Hashes each agent's run. Stretches come in causal order, those of each agent without gaps. */
class RunHashers {
  readonly #hashers = new Map<AgentId, RunHasher>();

  push(agent: AgentId, seq: number, row: StretchRow): void {
    let hasher = this.#hashers.get(agent);
    if (hasher === undefined) {
      hasher = new RunHasher(agent, seq);
      this.#hashers.set(agent, hasher);
    }
    hasher.push(row);
  }

  /** The hash of an agent's run, which has events. */
  hashOf(agent: AgentId): Uint8Array {
    return this.#hashers.get(agent)!.finish();
  }
}

/** Writes `stretches`, at least one, in causal order, those of each agent without gaps, as a plain section. */
export function encodeSection(stretches: readonly Stretch[]): BundleSection {
  const envelope = new Envelope();
  const hashers = new RunHashers();
  for (const stretch of stretches) {
    const row = stretchRow(stretch);
    envelope.add(stretch.agent, stretch.seq, row);
    hashers.push(stretch.agent, stretch.seq, row);
  }
  const dependencies = envelope.dependencies();
  const runs: HashedRun[] = [];
  for (const { agent, from, next } of envelope.runs.values()) {
    runs.push({ agent, from, to: next, hash: hashers.hashOf(agent) });
  }
  const agents = payloadAgents(runs, dependencies);
  const indexes = new Map(agents.map((agent, index) => [agent, index]));
  return { kind: "plain", runs, dependencies, payload: encodePayload(stretches, indexes) };
}

/**
 * The events of a plain section, in causal order. Not checked against the
 * envelope: see {@link SectionReader}.
 *
 * @throws {HoldfastError} On the way, as {@link PayloadReader}.
 */
export function sectionStretches(section: BundleSection): Generator<Stretch, void> {
  const { runs, dependencies, payload } = section;
  return decodePayload(payload, payloadAgents(runs, dependencies), firstsOf(runs));
}

/** Reads the stretches of a plain section, and sees to it that its envelope says the same. */
export class SectionReader {
  /** The stretch that {@link next} went on to. */
  readonly row: PayloadReader;
  readonly #section: BundleSection;
  readonly #agents: readonly AgentId[];
  readonly #envelope = new Envelope();
  // Null for a single run, whose payload may be hashed as it lies: see canonical.ts.
  readonly #hashers: RunHashers | null;

  /** @throws {HoldfastError} As {@link PayloadReader}. */
  constructor(section: BundleSection) {
    const { runs, dependencies, payload } = section;
    this.#section = section;
    this.#agents = payloadAgents(runs, dependencies);
    this.row = new PayloadReader(payload, this.#agents, firstsOf(runs));
    this.#hashers = runs.length === 1 ? null : new RunHashers();
  }

  /**
   * Goes on to the next stretch; false at the end, where envelope and payload say the same.
   *
   * @throws {HoldfastError} `corrupt` where they do not, and as {@link PayloadReader}.
   */
  next(): boolean {
    const { row } = this;
    if (!row.next()) {
      this.#finish();
      return false;
    }
    this.#envelope.add(this.agent, row.seq, row);
    this.#hashers?.push(this.agent, row.seq, row);
    return true;
  }

  /**
   * As {@link PayloadReader.nextPlain}, after {@link next}, for a section of one run. Whether all is
   * as it should be is known when `next` answers false.
   */
  nextPlain(batch: PlainBatch): void {
    this.row.nextPlain(batch);
    this.#envelope.goOn(batch.events);
  }

  /** The stretch's agent. */
  get agent(): AgentId {
    return this.#agents[this.row.agent]!;
  }

  #finish(): void {
    const { runs, dependencies } = this.#section;
    for (let index = 0; index < runs.length; index += 1) {
      const { agent, from, to } = runs[index]!;
      if (this.row.nextOf(index) !== to) {
        throw corrupt(`payload holds other events of ${agent} than ${from} to ${to}`);
      }
    }
    for (const { agent, seq } of dependencies) {
      if (seq >= (this.#envelope.runs.get(agent)?.from ?? Number.POSITIVE_INFINITY)) {
        throw corrupt("dependency on an event of the section, or after it");
      }
    }
    if (!isSameSet(dependencies, this.#envelope.dependencies())) {
      throw corrupt("dependencies are not those of the payload");
    }
    this.#checkHashes();
  }

  #checkHashes(): void {
    const { runs, payload } = this.#section;
    const others = this.#agents.slice(1);
    if (runs.length === 1 && this.row.isCanonical && isAscending(others)) {
      checkHash(runs[0]!, hashPayload(runs[0]!, others, payload));
      return;
    }
    const hashers = this.#hashers ?? this.#readAgain();
    for (const run of runs) checkHash(run, hashers.hashOf(run.agent));
  }

  #readAgain(): RunHashers {
    const { runs, payload } = this.#section;
    const hashers = new RunHashers();
    const row = new PayloadReader(payload, this.#agents, firstsOf(runs));
    while (row.next()) hashers.push(this.#agents[row.agent]!, row.seq, row);
    return hashers;
  }
}

function firstsOf(runs: readonly HashedRun[]): readonly number[] {
  return runs.map((run) => run.from);
}

function isAscending(agents: readonly AgentId[]): boolean {
  for (let index = 1; index < agents.length; index += 1) {
    if (agents[index - 1]! >= agents[index]!) return false;
  }
  return true;
}

function checkHash({ agent, from, to, hash }: HashedRun, found: Uint8Array): void {
  if (equalBytes(found, hash)) return;
  throw corrupt(`hash of events ${from} to ${to} of ${agent} does not match`);
}

function corrupt(sentence: string): HoldfastError {
  return new HoldfastError("corrupt", sentence);
}

/**
 * Sees to it that a plain section's envelope and payload say the same. O(bytes).
 *
 * @throws {HoldfastError} As {@link SectionReader}.
 */
export function checkSection(section: BundleSection): void {
  const reader = new SectionReader(section);
  while (reader.next());
}

/**
 * For each of `runs`, at most one of each agent, the hash of those events of a plain section, each stretch
 * taken for what `read` makes of it. O(bytes).
 */
export function hashParts(
  section: BundleSection,
  runs: readonly EventRun[],
  read: (stretch: Stretch) => Stretch,
): ReadonlyMap<AgentId, Uint8Array> {
  const parts = new Map(runs.map((run) => [run.agent, new PartHasher(run)]));
  if (parts.size > 0) {
    for (const stretch of sectionStretches(section)) parts.get(stretch.agent)?.push(read(stretch));
  }
  return new Map([...parts].map(([agent, part]) => [agent, part.finish()]));
}

// Tells whether `listed`, in any order, is `found`.
function isSameSet(listed: readonly EventId[], found: readonly EventId[]): boolean {
  if (listed.length !== found.length) return false;
  if (listed.length === 0) return true;
  const sorted = [...listed].sort(compareEventIds);
  return sorted.every((id, index) => compareEventIds(id, found[index]!) === 0);
}

function payloadAgents(
  runs: readonly { readonly agent: AgentId }[],
  dependencies: readonly EventId[],
): readonly AgentId[] {
  const agents = runs.map(({ agent }) => agent);
  if (dependencies.length === 0) return agents;
  const known = new Set(agents);
  for (const { agent } of dependencies) known.add(agent);
  return [...known];
}
