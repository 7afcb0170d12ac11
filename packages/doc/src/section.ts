// Sections: a set of events with the envelope that says what they are.
//
// The payload's agents are those of the section's runs in their order, and then
// those of its dependencies that are not among them, in order of first use.
//
// Invariants B1, B2: see bundle.ts. Dependencies are written in order of agents.

import type { AgentId, EventId, EventRun } from "@holdfast/causality";
import { equalBytes, HoldfastError, sha256 } from "@holdfast/std";
import { type BundleSection, type HashedRun, runHashSizeBytes } from "./bundle.ts";
import { PartHasher, RunHasher, runHashHead } from "./canonical.ts";
import { compareEventIds } from "./history.ts";
import { type Stretch, type StretchRow, stretchRow } from "./operation.ts";
import { decodePayload, encodePayload, PayloadReader } from "./payload.ts";

interface OpenRun {
  readonly agent: AgentId;
  readonly from: number;
  next: number;
  readonly hasher: RunHasher;
}

/** Gathers what an envelope says about stretches, which come in causal order. */
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
    run.hasher.push(row);
    run.next = seq + row.length;
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
      run = { agent, from: seq, next: seq, hasher: new RunHasher(agent, seq) };
      this.runs.set(agent, run);
    }
    return run;
  }

  #holds({ agent, seq }: EventId): boolean {
    const run = this.runs.get(agent);
    return run !== undefined && seq >= run.from && seq < run.next;
  }
}

/** Writes `stretches`, at least one, in causal order, those of each agent without gaps, as a plain section. */
export function encodeSection(stretches: readonly Stretch[]): BundleSection {
  const envelope = new Envelope();
  for (const stretch of stretches) envelope.add(stretch.agent, stretch.seq, stretchRow(stretch));
  const dependencies = envelope.dependencies();
  const runs: HashedRun[] = [];
  for (const { agent, from, next, hasher } of envelope.runs.values()) {
    runs.push({ agent, from, to: next, hash: hasher.finish() });
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
  const firsts = runs.map((run) => run.from);
  return decodePayload(payload, payloadAgents(runs, dependencies), firsts);
}

/** Reads the stretches of a plain section, and sees to it that its envelope says the same. */
export class SectionReader {
  /** The stretch that {@link next} went on to. */
  readonly row: PayloadReader;
  readonly #section: BundleSection;
  // Null where the payload may be hashed as it lies: see canonical.ts.
  #envelope: Envelope | null;

  /** @throws {HoldfastError} As {@link PayloadReader}. */
  constructor(section: BundleSection) {
    const { runs, dependencies } = section;
    this.#section = section;
    this.row = readerOf(section);
    this.#envelope = runs.length === 1 && dependencies.length === 0 ? null : new Envelope();
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
    this.#envelope?.add(this.agent, row.seq, row);
    return true;
  }

  /** The stretch's agent. */
  get agent(): AgentId {
    return this.#section.runs[this.row.agent]!.agent;
  }

  #finish(): void {
    const { runs, payload } = this.#section;
    runs.forEach(({ agent, from, to }, index) => {
      if (this.row.nextOf(index) === to) return;
      throw corrupt(`payload holds other events of ${agent} than ${from} to ${to}`);
    });
    const [first] = runs;
    if (this.#envelope === null && this.row.isCanonical) {
      const head = runHashHead(first!.agent, first!.from).view();
      checkHash(first!, sha256([head, payload], runHashSizeBytes));
    } else this.#checkEnvelope(this.#envelope ?? this.#readAgain());
  }

  #checkEnvelope(envelope: Envelope): void {
    const { runs, dependencies } = this.#section;
    for (const { agent, seq } of dependencies) {
      if (seq >= (envelope.runs.get(agent)?.from ?? Number.POSITIVE_INFINITY)) {
        throw corrupt("dependency on an event of the section, or after it");
      }
    }
    for (const run of runs) checkHash(run, envelope.runs.get(run.agent)!.hasher.finish());
    if (!isSameSet(dependencies, envelope.dependencies())) {
      throw corrupt("dependencies are not those of the payload");
    }
  }

  #readAgain(): Envelope {
    const envelope = new Envelope();
    const row = readerOf(this.#section);
    while (row.next()) envelope.add(this.#section.runs[row.agent]!.agent, row.seq, row);
    return envelope;
  }
}

function readerOf({ runs, dependencies, payload }: BundleSection): PayloadReader {
  const firsts = runs.map((run) => run.from);
  return new PayloadReader(payload, payloadAgents(runs, dependencies), firsts);
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

/** For each of `runs`, at most one of each agent, the hash of those events of a plain section. O(bytes). */
export function hashParts(
  section: BundleSection,
  runs: readonly EventRun[],
): ReadonlyMap<AgentId, Uint8Array> {
  const parts = new Map(runs.map((run) => [run.agent, new PartHasher(run)]));
  if (parts.size > 0) {
    for (const stretch of sectionStretches(section)) parts.get(stretch.agent)?.push(stretch);
  }
  return new Map([...parts].map(([agent, part]) => [agent, part.finish()]));
}

// Tells whether `listed`, in any order, is `found`.
function isSameSet(listed: readonly EventId[], found: readonly EventId[]): boolean {
  if (listed.length !== found.length) return false;
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
