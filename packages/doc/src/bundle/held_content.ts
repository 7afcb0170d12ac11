// What is known of events from the bundles that hold them, to hold others against.
//
// Bundles of one document repeat each other's events, cut in any way. Two runs that were
// cut alike compare by the hashes in their envelopes. For others the payloads are decoded,
// each at most once, and what they say of an agent's events is laid together, so that a
// run is compared with all that was added in time that depends on its own length, however
// many sections had its events.
//
// Of events that were added with two contents, the first counts. Sealed payloads can't be
// looked into: they compare where they were cut alike, and not at all elsewhere.

import type { AgentId, EventRun } from "@holdfast/causality";
import { equalBytes } from "@holdfast/std";
import { operationLength, type Stretch } from "../history/operation.ts";
import type { BundleSection } from "./bundle.ts";
import { PartHasher } from "./canonical.ts";
import { sectionStretches } from "./section.ts";

/** Consecutive events of one agent; the first stretch may begin before them, and the last end after them. */
interface Piece {
  readonly from: number;
  readonly to: number;
  readonly stretches: readonly Stretch[];
}

/** What is known of one agent's events. */
interface AgentContent {
  /** By how a run was cut. */
  readonly hashes: Map<string, Uint8Array>;
  /** What was decoded; in order, without overlaps. */
  readonly pieces: Piece[];
  /** What was not decoded yet. */
  readonly waiting: { readonly run: EventRun; readonly section: DecodedOnce }[];
}

/** The content of events, gathered from sections whose envelopes are known to be true. */
export class HeldContent {
  readonly #agents = new Map<AgentId, AgentContent>();

  /** Adds what a section says of its events. O(runs). */
  add(section: BundleSection): void {
    const decoded = new DecodedOnce(section);
    for (const run of section.runs) {
      let content = this.#agents.get(run.agent);
      if (content === undefined) {
        content = { hashes: new Map(), pieces: [], waiting: [] };
        this.#agents.set(run.agent, content);
      }
      const cut = cutOf(run);
      if (!content.hashes.has(cut)) content.hashes.set(cut, run.hash);
      if (section.kind === "plain") content.waiting.push({ run, section: decoded });
    }
  }

  /**
   * The first events of a section that were added with another content, or null where
   * there are none that can be told. O(bytes of it, and of what was added since).
   *
   * @throws {HoldfastError} As `decodePayload`.
   */
  differing(section: BundleSection): EventRun | null {
    const decoded = new DecodedOnce(section);
    for (const run of section.runs) {
      const content = this.#agents.get(run.agent);
      if (content === undefined) continue;
      const hash = content.hashes.get(cutOf(run));
      if (hash !== undefined) {
        if (!equalBytes(hash, run.hash)) return { agent: run.agent, from: run.from, to: run.to };
      } else if (section.kind === "plain") {
        const differing = differingPart(content, run, decoded);
        if (differing !== null) return differing;
      }
    }
    return null;
  }
}

/** The stretches of a plain section, by agent. */
class DecodedOnce {
  readonly #section: BundleSection;
  #byAgent: ReadonlyMap<AgentId, readonly Stretch[]> | null = null;

  constructor(section: BundleSection) {
    this.#section = section;
  }

  of(agent: AgentId): readonly Stretch[] {
    this.#byAgent ??= this.#decode();
    return this.#byAgent.get(agent) ?? [];
  }

  #decode(): ReadonlyMap<AgentId, readonly Stretch[]> {
    const byAgent = new Map<AgentId, Stretch[]>();
    for (const stretch of sectionStretches(this.#section)) {
      const stretches = byAgent.get(stretch.agent);
      if (stretches === undefined) byAgent.set(stretch.agent, [stretch]);
      else stretches.push(stretch);
    }
    return byAgent;
  }
}

function differingPart(
  content: AgentContent,
  run: EventRun,
  section: DecodedOnce,
): EventRun | null {
  const { pieces } = content;
  for (const { run: added, section: from } of content.waiting.splice(0)) {
    if (added.from < added.to) lay(pieces, added, from);
  }
  for (let index = indexOf(pieces, run.from); index < pieces.length; index += 1) {
    const piece = pieces[index]!;
    if (piece.from >= run.to) break;
    const [from, to] = [Math.max(run.from, piece.from), Math.min(run.to, piece.to)];
    const common = { agent: run.agent, from, to };
    const [ours, theirs] = [hashOf(piece.stretches, common), hashOf(section.of(run.agent), common)];
    if (!equalBytes(ours, theirs)) return common;
  }
  return null;
}

// Puts those events of `run` that no piece has into pieces of their own.
function lay(pieces: Piece[], run: EventRun, section: DecodedOnce): void {
  let { from } = run;
  for (let index = indexOf(pieces, from); from < run.to; index += 1) {
    const next = pieces[index];
    const to = Math.min(run.to, next?.from ?? run.to);
    if (from < to) {
      pieces.splice(index, 0, { from, to, stretches: between(section.of(run.agent), from, to) });
    }
    from = Math.max(to, next?.to ?? run.to);
  }
}

// The first piece that ends behind `seq`.
function indexOf(pieces: readonly Piece[], seq: number): number {
  let low = 0;
  let high = pieces.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pieces[middle]!.to <= seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Those of one agent's `stretches` that hold any of the events.
function between(stretches: readonly Stretch[], from: number, to: number): readonly Stretch[] {
  let low = 0;
  let high = stretches.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const { seq, operation } = stretches[middle]!;
    if (seq + operationLength(operation) <= from) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < stretches.length && stretches[end]!.seq < to) end += 1;
  return stretches.slice(low, end);
}

function hashOf(stretches: readonly Stretch[], run: EventRun): Uint8Array {
  const hasher = new PartHasher(run);
  for (const stretch of between(stretches, run.from, run.to)) hasher.push(stretch);
  return hasher.finish();
}

function cutOf({ from, to }: EventRun): string {
  return `${from} ${to}`;
}
