// Work on the content of bundles without a document: for whoever keeps them.
//
// Nothing here replays a text, so nothing here knows whether an edit is possible;
// a Doc finds that out. Sealed sections can't be looked into, and are kept whole.

import type { AgentId, EventRun, VersionVector } from "@holdfast/causality";
import { HoldfastError, isHoldfastError } from "@holdfast/std";
import { isLowSurrogate } from "../content/surrogates.ts";
import {
  clipStretch,
  followsOwn,
  joinOperations,
  operationLength,
  type Stretch,
} from "../history/operation.ts";
import { type Bundle, type BundleSection, decodeBundle, encodeBundle } from "./bundle.ts";
import { cutSections } from "./bundle_cutter.ts";
import { HeldContent } from "./held_content.ts";
import { checkSection, encodeSection, sectionStretches } from "./section.ts";

/**
 * Sees to it that the envelope of each plain section says what its payload holds,
 * hashes included. O(bytes).
 *
 * @throws {HoldfastError} `corrupt`, `truncated`, `too_large`.
 */
export function checkBundle(bundle: Bundle): void {
  for (const section of bundle.sections) if (section.kind === "plain") checkSection(section);
}

/**
 * The same events in as few bundles of at most `bundleSizeBytesMax` as they take:
 * typing that came a keystroke at a time becomes runs again, and what is there twice
 * is kept once. No event is lost: a section that is sealed, or whose payload is not
 * what its envelope says, is kept as it is. O(bytes).
 *
 * @param bundles - Of one document, in causal order.
 * @throws {HoldfastError} `invalid_argument` where there are none, `wrong_document`.
 */
export function coalesceBundles(bundles: readonly Bundle[]): readonly Uint8Array[] {
  const document = bundles[0]?.document;
  if (document === undefined) throw new HoldfastError("invalid_argument", "no bundles to coalesce");
  const sections: BundleSection[] = [];
  const merger = new StretchMerger();
  const flush = (): void => {
    sections.push(...cutSections(merger.take()));
  };
  for (const bundle of bundles) {
    if (bundle.document !== document) {
      throw new HoldfastError("wrong_document", `${bundle.document} among bundles of ${document}`);
    }
    for (const section of bundle.sections) {
      if (!isReadable(section)) {
        flush();
        sections.push(section);
        continue;
      }
      for (const stretch of sectionStretches(section)) {
        if (merger.leavesGap(stretch)) flush();
        merger.add(stretch);
      }
    }
  }
  flush();
  return sections.map((section) => encodeBundle({ document, sections: [section] }));
}

/**
 * Those events of a bundle that `since` lacks and, if it is given, `upTo` holds; null
 * where there are none. Cuts are moved outward of `since`, and inward of `upTo`, where
 * they would fall inside of a surrogate pair. A sealed section is kept whole if any
 * of its events is wanted. O(bytes).
 *
 * @throws {HoldfastError} As `decodeBundle` and {@link checkBundle}.
 */
export function clipBundle(
  bytes: Uint8Array,
  since: VersionVector,
  upTo: VersionVector | null = null,
): Uint8Array | null {
  const bundle = decodeBundle(bytes, bytes.length);
  const sections: BundleSection[] = [];
  let isWhole = true;
  for (const section of bundle.sections) {
    const fates = section.runs.map((run) => fateOf(run, since, upTo));
    if (fates.every((fate) => fate === "all")) {
      sections.push(section);
      continue;
    }
    if (section.kind === "sealed" && fates.some((fate) => fate !== "none")) {
      sections.push(section);
      continue;
    }
    isWhole = false;
    if (fates.every((fate) => fate === "none")) continue;
    const wanted = clipStretches(section, since, upTo);
    if (wanted.length > 0) sections.push(encodeSection(wanted));
  }
  if (sections.length === 0) return null;
  return isWhole ? bytes : encodeBundle({ document: bundle.document, sections });
}

/**
 * The first run of events that both hold, with different content; null where there
 * is none that can be told. Runs that were cut alike on both sides compare by hash;
 * those that overlap otherwise are decoded; overlapping runs of which one is sealed
 * can't be told. O(bytes of sections that overlap).
 *
 * @param a - Envelopes are true, as those of `b`; no event has two contents in it.
 * @throws {HoldfastError} As {@link checkBundle}.
 */
export function sameContent(a: Bundle, b: Bundle): EventRun | null {
  const held = new HeldContent();
  for (const section of a.sections) held.add(section);
  for (const section of b.sections) {
    const run = held.differing(section);
    if (run !== null) return run;
  }
  return null;
}

/** The first run of events that a bundle holds with two contents; null where there is none that can be told. As {@link sameContent}. */
export function contradiction(bundle: Bundle): EventRun | null {
  const held = new HeldContent();
  for (const section of bundle.sections) {
    const run = held.differing(section);
    if (run !== null) return run;
    held.add(section);
  }
  return null;
}

function isReadable(section: BundleSection): boolean {
  if (section.kind === "sealed") return false;
  try {
    checkSection(section);
    return true;
  } catch (error) {
    if (isHoldfastError(error)) return false;
    throw error;
  }
}

function fateOf(
  run: EventRun,
  since: VersionVector,
  upTo: VersionVector | null,
): "all" | "some" | "none" {
  const from = Math.max(run.from, since.next(run.agent));
  const to = Math.min(run.to, upTo?.next(run.agent) ?? run.to);
  if (from >= to) return "none";
  return from === run.from && to === run.to ? "all" : "some";
}

function clipStretches(
  section: BundleSection,
  since: VersionVector,
  upTo: VersionVector | null,
): readonly Stretch[] {
  const wanted: Stretch[] = [];
  for (const stretch of sectionStretches(section)) {
    const { agent, seq, operation } = stretch;
    const length = operationLength(operation);
    let start = Math.max(0, since.next(agent) - seq);
    let end = Math.min(length, (upTo?.next(agent) ?? seq + length) - seq);
    if (operation.type === "insert" && typeof operation.content === "string") {
      const { content } = operation;
      if (start < length && isLowSurrogate(content.charCodeAt(start))) start -= 1;
      if (end > 0 && end < length && isLowSurrogate(content.charCodeAt(end))) end -= 1;
    }
    if (start < end) wanted.push(clipStretch(stretch, start, end));
  }
  return wanted;
}

/** Joins stretches of each agent, whatever came between them. */
class StretchMerger {
  #stretches: Stretch[] = [];
  /** For each agent, where its last stretch lies. */
  #lasts = new Map<AgentId, number>();
  readonly #held = new Map<AgentId, EventRun>();

  /** Tells whether `stretch` is neither next to nor among what is here of its agent. */
  leavesGap({ agent, seq }: Stretch): boolean {
    const held = this.#held.get(agent);
    return held !== undefined && (seq > held.to || seq < held.from);
  }

  /** Adds those events of `stretch` that are not here. */
  add(stretch: Stretch): void {
    const { agent, seq } = stretch;
    const held = this.leavesGap(stretch) ? undefined : this.#held.get(agent);
    const length = operationLength(stretch.operation);
    const known = (held?.to ?? seq) - seq;
    if (known >= length) return;
    this.#held.set(agent, { agent, from: held?.from ?? seq, to: seq + length });
    const fresh = known > 0 ? clipStretch(stretch, known, length) : stretch;
    const index = this.#lasts.get(agent);
    const last = index === undefined ? undefined : this.#stretches[index];
    const joined =
      last === undefined || !followsOwn(fresh)
        ? null
        : joinOperations(last.operation, fresh.operation);
    // An event whose only parent is its agent's previous one may stand right behind that one.
    if (joined !== null) this.#stretches[index!] = { ...last!, operation: joined };
    else this.#lasts.set(agent, this.#stretches.push(fresh) - 1);
  }

  /** Gives out what was gathered, in causal order. */
  take(): readonly Stretch[] {
    const taken = this.#stretches;
    this.#stretches = [];
    this.#lasts = new Map();
    return taken;
  }
}
