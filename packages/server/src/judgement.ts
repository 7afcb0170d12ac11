// Whether a bundle may be taken in, given what is held: new, known or early; and
// which of its events are to be compared with those that are held.
//
// It looks at envelopes alone. A bundle is taken in whole or not at all; sections
// without a new event are left out of what is kept.
//
// Invariant
//   J1  After a bundle was taken in, what is held is causally closed: each of its
//       runs begins at or before the end of what is held of its agent, and each of
//       its dependencies is held or stands in an earlier section.

import type { AgentId, EventRun, VersionVector } from "@holdfast/causality";
import type { Bundle, BundleSection } from "@holdfast/doc";

/** What to do with a bundle. */
export type Judgement =
  /** It builds on events that are not held. */
  | { readonly type: "missing" }
  /** It repeats events which the same batch adds: look again when that is committed. */
  | { readonly type: "later" }
  | {
      readonly type: "acceptable";
      /** The sections with new events; empty where all is known. */
      readonly sections: readonly BundleSection[];
      /** Events that are held already, and must be the same. */
      readonly shared: readonly EventRun[];
      /** Whether its sections repeat each other's events, and must agree. */
      readonly repeats: boolean;
    };

/** What is held, and what a batch adds to it. */
export class HeldEvents {
  readonly #stored: VersionVector;
  readonly #added = new Map<AgentId, number>();
  #addedAgents = 0;

  /** @param stored - What the store holds; not changed. */
  constructor(stored: VersionVector) {
    this.#stored = stored;
  }

  /** How many events of `agent` there are, with those that the batch adds. */
  next(agent: AgentId): number {
    return this.#added.get(agent) ?? this.#stored.next(agent);
  }

  /** Notes that the batch adds `run`. Returns the first event of it that is new. */
  add(run: EventRun): number {
    const from = this.next(run.agent);
    if (from === 0 && run.to > 0) this.#addedAgents += 1;
    if (run.to > from) this.#added.set(run.agent, run.to);
    return from;
  }

  /** All that is held once the batch is committed. */
  total(): VersionVector {
    const total = this.#stored.clone();
    for (const [agent, next] of this.#added) total.advance(agent, next);
    return total;
  }

  /** How many events the batch adds. */
  get addedEvents(): number {
    let sum = 0;
    for (const [agent, next] of this.#added) sum += next - this.#stored.next(agent);
    return sum;
  }

  /** How many agents there are once `sections` are taken in. */
  agentsWith(sections: readonly BundleSection[]): number {
    const fresh = new Set<AgentId>();
    for (const { runs } of sections) {
      for (const { agent } of runs) if (this.next(agent) === 0) fresh.add(agent);
    }
    return this.#stored.size + this.#addedAgents + fresh.size;
  }

  /** Judges `bundle` against all of this. O(runs + dependencies). */
  judge(bundle: Bundle): Judgement {
    const own = new Map<AgentId, number>();
    const next = (agent: AgentId) => own.get(agent) ?? this.next(agent);
    const sections: BundleSection[] = [];
    const shared: EventRun[] = [];
    let repeats = false;
    for (const section of bundle.sections) {
      if (section.dependencies.some((event) => event.seq >= next(event.agent))) {
        return { type: "missing" };
      }
      let fresh = false;
      for (const run of section.runs) {
        const known = next(run.agent);
        if (run.from > known) return { type: "missing" };
        if (this.#repeatsBatch(run)) return { type: "later" };
        const to = Math.min(run.to, this.#stored.next(run.agent));
        if (run.from < to) shared.push({ agent: run.agent, from: run.from, to });
        if (own.has(run.agent) && run.from < known) repeats = true;
        if (run.to > known) fresh = true;
      }
      for (const run of section.runs) own.set(run.agent, Math.max(next(run.agent), run.to));
      if (fresh) sections.push(section);
    }
    return { type: "acceptable", sections, shared, repeats };
  }

  #repeatsBatch(run: EventRun): boolean {
    const added = this.#added.get(run.agent);
    return added !== undefined && run.from < added && run.to > this.#stored.next(run.agent);
  }
}
