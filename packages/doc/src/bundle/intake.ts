// Takes a bundle into a history: all of it, or nothing.
//
// In this order: is it of this document; is everything that it builds on here
// (by its envelope alone); do envelope and payload say the same; is what is here
// already the same as here; and only then its new events go into the history.
// What they do to the document, and whether they can have, is up to the caller.

import {
  type AgentId,
  dominators,
  type EventId,
  type EventRun,
  eventsMax,
  type LocalFrontier,
  versionContains,
} from "@holdfast/causality";
import { equalBytes, HoldfastError } from "@holdfast/std";
import { isListId } from "../content/container.ts";
import { checkBundleDeletes } from "../content/limits.ts";
import { isHighSurrogate, isLowSurrogate } from "../content/surrogates.ts";
import { compareEventIds, type History } from "../history/history.ts";
import { operationTags, type StretchRow, stretchRow } from "../history/operation.ts";
import { PlainBatch } from "../history/plain_batch.ts";
import type { Bundle, BundleSection } from "./bundle.ts";
import { RunHasher } from "./canonical.ts";
import { hashParts, SectionReader } from "./section.ts";

// Payloads of fewer bytes are read a stretch at a time: a batch has a price.
const batchedSizeBytesMin = 2_048;

/**
 * Events that `bundle` builds on and that neither it nor `history` holds, in
 * order of agents. O(runs and dependencies).
 */
export function missingEvents(history: History, bundle: Bundle): readonly EventId[] {
  if (bundle.sections.length === 1 && holdsAll(history, bundle.sections[0]!)) return [];
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

// Tells whether all that a section builds on is here. Nearly all bundles are one that builds on what is.
function holdsAll({ graph }: History, { runs, dependencies }: BundleSection): boolean {
  for (const { agent, from } of runs) if (from > graph.next(agent)) return false;
  for (const { agent, seq } of dependencies) if (seq >= graph.next(agent)) return false;
  return true;
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
  const added = new Map<AgentId, EventRun>();
  let deletes = 0;
  for (const section of bundle.sections) {
    if (section.kind === "sealed") {
      throw new HoldfastError(
        "invalid_argument",
        "section is sealed; open it before it is applied",
      );
    }
    deletes += takeSection(history, section, added);
  }
  checkBundleDeletes(deletes, history.operations.insertCount);
  return [...added.values()];
}

// Adds a section's new events while it is checked: the caller forgets them if that fails. Tells how many delete.
function takeSection(
  history: History,
  section: BundleSection,
  added: Map<AgentId, EventRun>,
): number {
  const { graph } = history;
  const { runs } = section;
  let deletes = 0;
  const firsts: number[] = [];
  for (const { agent } of runs) firsts.push(graph.next(agent));
  const reader = new SectionReader(section);
  const { row } = reader;
  const isBatched = runs.length === 1 && section.payload.length > batchedSizeBytesMin;
  const batch = isBatched ? new PlainBatch() : null;
  while (reader.next()) {
    const held = Math.max(0, firsts[row.agent]! - row.seq);
    if (held >= row.length) continue;
    // No history ends between the halves of a pair.
    if (held > 0 && row.tag === operationTags.insert && partsPair(row, held)) {
      throw equivocation({ agent: reader.agent, from: row.seq, to: row.seq + held });
    }
    appendRow(history, reader.agent, row, held);
    if (isDelete(row.tag)) deletes += row.length - held;
    if (batch !== null && row.tag <= operationTags.deleteBackward) {
      do {
        const textFrom = row.textEnd;
        reader.nextPlain(batch);
        if (history.size + batch.events > eventsMax) throw tooMany();
        history.appendPlain(row.container, batch, row.text, textFrom);
        deletes += batch.events - batch.units;
      } while (batch.count > 0);
    }
  }
  let hasHeld = false;
  for (let index = 0; index < runs.length; index += 1) {
    const { agent, from, to } = runs[index]!;
    const start = Math.max(from, firsts[index]!);
    if (start > from) hasHeld = true;
    if (start < to) added.set(agent, { agent, from: added.get(agent)?.from ?? start, to });
  }
  if (hasHeld) checkHeld(history, section, firsts);
  return deletes;
}

function isDelete(tag: number): boolean {
  return tag === operationTags.delete || tag === operationTags.deleteBackward;
}

// The hash of a run of events that `history` holds, as far as they are known.
function hashRun(history: History, run: EventRun): Uint8Array {
  const hasher = new RunHasher(run.agent, run.from);
  for (const stretch of history.knownStretches(history.graph.ranges(run))) {
    hasher.push(stretchRow(stretch));
  }
  return hasher.finish();
}

// Those of a section's events that were held before are the same as the held ones.
function checkHeld(history: History, section: BundleSection, firsts: readonly number[]): void {
  const held: EventRun[] = [];
  section.runs.forEach(({ agent, from, to }, index) => {
    const common = { agent, from, to: Math.min(to, firsts[index]!) };
    if (common.from < common.to) held.push(common);
  });
  const whole = new Map(section.runs.map(({ agent, to, hash }) => [agent, { to, hash }]));
  const isWhole = (run: EventRun): boolean =>
    whole.get(run.agent)!.to === run.to &&
    !history.graph.ranges(run).some((range) => history.isOmitted(range));
  // Text that was left out here can't be told apart, but all else can.
  const cut = hashParts(
    section,
    held.filter((run) => !isWhole(run)),
    (stretch) => history.withoutOmitted(stretch),
  );
  for (const run of held) {
    const theirs = cut.get(run.agent) ?? whole.get(run.agent)!.hash;
    if (!equalBytes(theirs, hashRun(history, run))) throw equivocation(run);
  }
}

/**
 * Adds the next events of an agent: those of `row` but the first `skipped`.
 *
 * @throws {HoldfastError} `corrupt` where a parent is not held, `too_large`,
 *   `invalid_operation` where its parents can't be what it was made upon.
 */
export function appendRow(
  history: History,
  agent: AgentId,
  row: StretchRow,
  skipped: number,
): void {
  if (history.size + row.length - skipped > eventsMax) throw tooMany();
  if (row.tag !== operationTags.merge) history.operations.checkContainer(row.container);
  const { graph } = history;
  let parents: LocalFrontier;
  if (row.parents !== null && skipped === 0) {
    parents = checkedParents(history, agent, row.parents);
  } else {
    const own = graph.lastOf(agent);
    parents = own < 0 ? [] : [own];
  }
  history.append(agent, parents, row, skipped);
}

// Local numbers of parents that are listed, which are mutually concurrent, and after the
// agent's own latest event.
function checkedParents(history: History, agent: AgentId, ids: readonly EventId[]): LocalFrontier {
  const { graph, operations } = history;
  const parents: number[] = [];
  for (const id of ids) {
    const lv = graph.find(id);
    if (lv === null) throw new HoldfastError("corrupt", "section has events before their parents");
    parents.push(lv);
  }
  parents.sort((a, b) => a - b);
  // Upon all that is here, whose heads are concurrent, and whole.
  if (graph.isFrontier(parents)) return parents;
  const own = graph.lastOf(agent);
  if (parents.length > 1 && dominators(graph, parents).length !== parents.length) {
    throw invalid(history, agent, "has parents that follow one another");
  }
  if (own >= 0 && !parents.includes(own) && !versionContains(graph, parents, own)) {
    throw invalid(history, agent, "did not see its agent's previous event");
  }
  for (const parent of parents) {
    const unit = operations.unit(parent);
    if (unit !== null && isHighSurrogate(unit)) {
      throw invalid(history, agent, "was made inside of a surrogate pair");
    }
  }
  return parents;
}

// Tells whether an insert that is cut before its unit `index` is cut inside of a pair.
function partsPair({ container, text, textFrom }: StretchRow, index: number): boolean {
  return !isListId(container) && isLowSurrogate(text.charCodeAt(textFrom + index));
}

function equivocation({ agent, from, to }: EventRun): HoldfastError {
  return new HoldfastError(
    "equivocation",
    `events ${from} to ${to} of ${agent} are held with another content`,
  );
}

function tooMany(): HoldfastError {
  return new HoldfastError("too_large", `document of more than ${eventsMax} events`);
}

function invalid({ graph }: History, agent: AgentId, problem: string): HoldfastError {
  return new HoldfastError(
    "invalid_operation",
    `event ${graph.next(agent)} of ${agent} ${problem}`,
  );
}
