// Takes a bundle into a history: all of it, or nothing.
//
// In this order: is it of this document; is everything that it builds on here
// (by its envelope alone); do envelope and payload say the same; is what is here
// already the same as here; and only then its new events go into the history.
// What they do to the document, and whether they can have, is up to the caller.

import {
  dominators,
  type EventId,
  type EventRun,
  eventsMax,
  versionContains,
} from "@holdfast/causality";
import { equalBytes, HoldfastError } from "@holdfast/std";
import type { Bundle, BundleSection } from "./bundle.ts";
import { RunHasher } from "./canonical.ts";
import { compareEventIds, type History } from "./history.ts";
import { clipStretch, followsOwn, operationLength, type Stretch } from "./operation.ts";
import { checkSection, hashParts, sectionStretches } from "./section.ts";

/**
 * Events that `bundle` builds on and that neither it nor `history` holds, in
 * order of agents. O(runs and dependencies).
 */
export function missingEvents(history: History, bundle: Bundle): readonly EventId[] {
  const nexts = new Map<string, number>();
  const missing: EventId[] = [];
  const need = (id: EventId): void => {
    const next = nexts.get(id.agent) ?? history.graph.next(id.agent);
    if (id.seq >= next) missing.push(id);
  };
  for (const { runs, dependencies } of bundle.sections) {
    for (const { agent, from } of runs) if (from > 0) need({ agent, seq: from - 1 });
    for (const dependency of dependencies) need(dependency);
    for (const { agent, to } of runs) {
      nexts.set(agent, Math.max(to, nexts.get(agent) ?? history.graph.next(agent)));
    }
  }
  missing.sort(compareEventIds);
  return missing.filter(
    (id, index) => index === 0 || compareEventIds(id, missing[index - 1]!) !== 0,
  );
}

/**
 * Adds those events of `bundle` that `history` lacks. Nothing of it is missing.
 *
 * @returns Which, one run for each agent.
 * @throws {HoldfastError} `corrupt`, `truncated`, `too_large`, `equivocation`,
 *   `invalid_operation`. The history may then have events too many at its end:
 *   truncate it.
 */
export function takeIn(history: History, bundle: Bundle): readonly EventRun[] {
  const added = new Map<string, EventRun>();
  for (const section of bundle.sections) {
    if (section.kind === "sealed") {
      throw new HoldfastError(
        "invalid_argument",
        "section is sealed; open it before it is applied",
      );
    }
    checkSection(section);
    checkHeld(history, section);
    for (const stretch of sectionStretches(section)) {
      const { agent, seq } = stretch;
      const held = history.graph.next(agent) - seq;
      const length = operationLength(stretch.operation);
      if (held >= length) continue;
      appendChecked(history, held > 0 ? clipStretch(stretch, held, length) : stretch);
      const from = added.get(agent)?.from ?? seq + held;
      added.set(agent, { agent, from, to: seq + length });
    }
  }
  return [...added.values()];
}

/** The hash of a run of events that `history` holds. */
export function hashRun(history: History, run: EventRun): Uint8Array {
  const hasher = new RunHasher(run.agent, run.from);
  for (const stretch of history.stretches(history.graph.ranges(run))) hasher.push(stretch);
  return hasher.finish();
}

// Those of a section's events that are held are the same as the held ones.
function checkHeld(history: History, section: BundleSection): void {
  const held: EventRun[] = [];
  for (const { agent, from, to } of section.runs) {
    const common = { agent, from, to: Math.min(to, history.graph.next(agent)) };
    if (common.from < common.to) held.push(common);
  }
  const whole = new Map(section.runs.map(({ agent, to, hash }) => [agent, { to, hash }]));
  const isWhole = ({ agent, to }: EventRun): boolean => whole.get(agent)!.to === to;
  const cut = hashParts(
    section,
    held.filter((run) => !isWhole(run)),
  );
  for (const run of held) {
    const theirs = cut.get(run.agent) ?? whole.get(run.agent)!.hash;
    if (equalBytes(theirs, hashRun(history, run))) continue;
    throw new HoldfastError(
      "equivocation",
      `events ${run.from} to ${run.to} of ${run.agent} are held with another content`,
    );
  }
}

/**
 * Adds the next events of an agent.
 *
 * @throws {HoldfastError} `corrupt` where a parent is not held, `too_large`,
 *   `invalid_operation` where its parents can't be what it was made upon.
 */
export function appendChecked(history: History, stretch: Stretch): void {
  const { graph, operations } = history;
  const { agent, seq, operation } = stretch;
  if (history.size + operationLength(operation) > eventsMax) {
    throw new HoldfastError("too_large", `document of more than ${eventsMax} events`);
  }
  const parents: number[] = [];
  for (const id of stretch.parents) {
    const lv = graph.find(id);
    if (lv === null) throw new HoldfastError("corrupt", "section has events before their parents");
    parents.push(lv);
  }
  parents.sort((a, b) => a - b);
  if (!followsOwn(stretch)) {
    if (dominators(graph, parents).length !== parents.length) {
      throw invalid(stretch, "has parents that follow one another");
    }
    const own = seq === 0 ? null : graph.find({ agent, seq: seq - 1 })!;
    if (own !== null && !versionContains(graph, parents, own)) {
      throw invalid(stretch, "did not see its agent's previous event");
    }
    for (const parent of parents) {
      const unit = operations.unit(parent);
      if (unit !== null && unit >= 0xd800 && unit <= 0xdbff) {
        throw invalid(stretch, "was made inside of a surrogate pair");
      }
    }
  }
  history.append(agent, parents, operation);
}

function invalid({ agent, seq }: Stretch, problem: string): HoldfastError {
  return new HoldfastError("invalid_operation", `event ${seq} of ${agent} ${problem}`);
}
