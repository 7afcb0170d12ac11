// Sections: a set of events with the envelope that says what they are.
//
// The payload's agents are those of the section's runs in their order, and then
// those of its dependencies that are not among them, in order of first use.
//
// Invariants B1, B2: see bundle.ts. Dependencies are written in order of agents.

import type { AgentId, EventId, EventRun } from "@holdfast/causality";
import { equalBytes, HoldfastError } from "@holdfast/std";
import type { BundleSection, HashedRun } from "./bundle.ts";
import { PartHasher, RunHasher } from "./canonical.ts";
import { compareEventIds } from "./history.ts";
import { followsOwn, operationLength, type Stretch } from "./operation.ts";
import { decodePayload, encodePayload } from "./payload.ts";

interface OpenRun {
  readonly from: number;
  next: number;
  readonly hasher: RunHasher;
}

/** Gathers what an envelope says about stretches, which come in causal order. */
class Envelope {
  readonly runs = new Map<AgentId, OpenRun>();
  readonly #parents: EventId[] = [];

  add(stretch: Stretch): void {
    let run = this.runs.get(stretch.agent);
    if (run === undefined) {
      const { agent, seq } = stretch;
      run = { from: seq, next: seq, hasher: new RunHasher(agent, seq) };
      this.runs.set(agent, run);
    }
    if (!followsOwn(stretch)) {
      for (const parent of stretch.parents) if (!this.#holds(parent)) this.#parents.push(parent);
    }
    run.hasher.push(stretch);
    run.next += operationLength(stretch.operation);
  }

  /** Parents outside, in order, each once, less those that go without saying. */
  dependencies(): readonly EventId[] {
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

  #holds({ agent, seq }: EventId): boolean {
    const run = this.runs.get(agent);
    return run !== undefined && seq >= run.from && seq < run.next;
  }
}

/** Writes `stretches`, at least one, in causal order, those of each agent without gaps, as a plain section. */
export function encodeSection(stretches: readonly Stretch[]): BundleSection {
  const envelope = new Envelope();
  for (const stretch of stretches) envelope.add(stretch);
  const dependencies = envelope.dependencies();
  const runs: HashedRun[] = [];
  for (const [agent, { from, next, hasher }] of envelope.runs) {
    runs.push({ agent, from, to: next, hash: hasher.finish() });
  }
  const agents = payloadAgents(runs, dependencies);
  const indexes = new Map(agents.map((agent, index) => [agent, index]));
  return { kind: "plain", runs, dependencies, payload: encodePayload(stretches, indexes) };
}

/**
 * The events of a plain section, in causal order. Not checked against the
 * envelope: see {@link checkSection}.
 *
 * @throws {HoldfastError} On the way, as {@link decodePayload}.
 */
export function sectionStretches(section: BundleSection): Generator<Stretch, void> {
  const agents = payloadAgents(section.runs, section.dependencies);
  const firsts = section.runs.map((run) => run.from);
  return decodePayload(section.payload, agents, firsts);
}

/**
 * Sees to it that a plain section's envelope and payload say the same. O(bytes).
 *
 * @throws {HoldfastError} `corrupt` where they do not, and as {@link decodePayload}.
 */
export function checkSection(section: BundleSection): void {
  const envelope = new Envelope();
  for (const stretch of sectionStretches(section)) {
    envelope.add(stretch);
  }
  for (const { agent, seq } of section.dependencies) {
    if (seq >= (envelope.runs.get(agent)?.from ?? Number.POSITIVE_INFINITY)) {
      throw new HoldfastError("corrupt", "dependency on an event of the section, or after it");
    }
  }
  for (const { agent, from, to, hash } of section.runs) {
    const run = envelope.runs.get(agent);
    if (run === undefined || run.next !== to) {
      throw new HoldfastError(
        "corrupt",
        `payload holds other events of ${agent} than ${from} to ${to}`,
      );
    }
    if (!equalBytes(run.hasher.finish(), hash)) {
      throw new HoldfastError(
        "corrupt",
        `hash of events ${from} to ${to} of ${agent} does not match`,
      );
    }
  }
  const listed = [...section.dependencies].sort(compareEventIds);
  const found = envelope.dependencies();
  const isSame =
    listed.length === found.length &&
    found.every((id, index) => compareEventIds(id, listed[index]!) === 0);
  if (!isSame) throw new HoldfastError("corrupt", "dependencies are not those of the payload");
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

function payloadAgents(
  runs: readonly { readonly agent: AgentId }[],
  dependencies: readonly EventId[],
): readonly AgentId[] {
  const agents = new Set<AgentId>();
  for (const { agent } of runs) agents.add(agent);
  for (const { agent } of dependencies) agents.add(agent);
  return [...agents];
}
