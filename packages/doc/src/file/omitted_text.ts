// Which units' text a log leaves out, and the text without them.
//
// Coded: how many runs; for each the known units before it, since the run before, and its
// own, at least 1. Only the first run may have none before it. All runs together have at
// most 16,777,216 units: a reader keeps a place for each.

import type { LocalRange } from "@holdfast/causality";
import { HoldfastError } from "@holdfast/std";
import { isListId } from "../content/container.ts";
import { unknownUnit } from "../content/content_log.ts";
import { isLowSurrogate } from "../content/surrogates.ts";
import type { OperationLog } from "../history/operation_log.ts";
import type { BitCoder } from "./bit_coder.ts";
import { NumberModel } from "./number_model.ts";

/** Most units whose text one log leaves out. */
export const omittedUnitsMax = 16_777_216;

/** Units without text, among all that a log inserts. */
export interface OmittedRun {
  /** Units with text since the run before. */
  readonly before: number;
  /** At least 1. */
  readonly units: number;
}

/** The inserted text of some events. */
export interface InsertedText {
  /** What is known of it. */
  readonly known: string;
  readonly omitted: readonly OmittedRun[];
}

/**
 * What the events of `range`, to the end, insert, where the text of the events `omitted` is left out.
 * O(inserted text).
 *
 * @throws {HoldfastError} `too_large` over {@link omittedUnitsMax}.
 */
export function insertedText(
  operations: OperationLog,
  range: LocalRange,
  omitted: readonly LocalRange[],
): InsertedText {
  if (omitted.length === 0) return { known: operations.insertedSince(range.start), omitted: [] };
  const known: string[] = [];
  const runs: { before: number; units: number }[] = [];
  let before = 0;
  let next = 0;
  let total = 0;
  for (const row of operations.rows(range)) {
    if (row.type !== "insert") continue;
    const text = operations.inserted(row);
    if (typeof text !== "string") continue;
    for (let at = row.start; at < row.end; ) {
      while (next < omitted.length && omitted[next]!.end <= at) next += 1;
      const gap = omitted[next];
      const isKnown = gap === undefined || gap.start > at;
      const end = Math.min(row.end, (isKnown ? gap?.start : gap.end) ?? row.end);
      if (isKnown) {
        known.push(text.slice(at - row.start, end - row.start));
        before += end - at;
      } else {
        const last = runs.at(-1);
        if (before === 0 && last !== undefined) last.units += end - at;
        else runs.push({ before, units: end - at });
        before = 0;
        total += end - at;
      }
      at = end;
    }
  }
  if (total > omittedUnitsMax) {
    throw new HoldfastError("too_large", `text of ${total} units to leave out`);
  }
  return { known: known.join(""), omitted: runs };
}

/** Writes which units have no text. */
export function encodeOmitted(coder: BitCoder, runs: readonly OmittedRun[]): void {
  const [count, before, units] = [
    new NumberModel(coder),
    new NumberModel(coder),
    new NumberModel(coder),
  ];
  count.code(0, runs.length);
  for (const run of runs) {
    before.code(0, run.before);
    units.code(0, run.units);
  }
}

/** Reads what {@link encodeOmitted} wrote. @throws {HoldfastError} `corrupt`. */
export function decodeOmitted(coder: BitCoder): readonly OmittedRun[] {
  const [count, before, units] = [
    new NumberModel(coder),
    new NumberModel(coder),
    new NumberModel(coder),
  ];
  const runs: OmittedRun[] = [];
  let total = 0;
  for (let left = count.code(0, 0); left > 0; left -= 1) {
    const run = { before: before.code(0, 0), units: units.code(0, 0) };
    if (run.units === 0 || (run.before === 0 && runs.length > 0)) throw corrupt("has an empty run");
    total += run.units;
    if (total > omittedUnitsMax) throw corrupt("has more units than may be");
    runs.push(run);
  }
  return runs;
}

/** All inserted text, with {@link unknownUnit} for what was left out. @throws {HoldfastError} `corrupt`. */
export function wholeText(known: string, omitted: readonly OmittedRun[]): string {
  if (omitted.length === 0) return known;
  const pieces: string[] = [];
  let at = 0;
  for (const { before, units } of omitted) {
    if (before > known.length - at) throw corrupt("lies behind the end");
    pieces.push(known.slice(at, at + before), unknownUnit.repeat(units));
    at += before;
    if (isLowSurrogate(known.charCodeAt(at))) throw corrupt("lies inside of a surrogate pair");
  }
  pieces.push(known.slice(at));
  return pieces.join("");
}

/** The events from `start` on that insert the units of `runs`. O(rows). */
export function omittedEvents(
  operations: OperationLog,
  start: number,
  runs: readonly OmittedRun[],
): readonly LocalRange[] {
  if (runs.length === 0) return [];
  const ranges: { start: number; end: number }[] = [];
  let next = 0;
  let { before, units } = runs[0]!;
  for (const row of operations.rows({ start, end: operations.size })) {
    if (row.type !== "insert" || isListId(row.container)) continue;
    for (let at = row.start; at < row.end && next < runs.length; ) {
      if (before > 0) {
        const known = Math.min(before, row.end - at);
        before -= known;
        at += known;
        continue;
      }
      const end = Math.min(row.end, at + units);
      const last = ranges.at(-1);
      if (last !== undefined && last.end === at) last.end = end;
      else ranges.push({ start: at, end });
      units -= end - at;
      at = end;
      if (units > 0) continue;
      next += 1;
      before = runs[next]?.before ?? 0;
      units = runs[next]?.units ?? 0;
    }
  }
  return ranges;
}

function corrupt(problem: string): HoldfastError {
  return new HoldfastError("corrupt", `text that was left out ${problem}`);
}
