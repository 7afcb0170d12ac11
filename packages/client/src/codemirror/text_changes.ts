// The two ways of saying what changed, turned into each other.
//
// CodeMirror says it as a ChangeSet: positions are those before all of it. A patch of a
// Doc says it as edits, each by positions after those before it. Both count UTF-16 units,
// and both count every line break as one unit: the editor is set to break lines at "\n"
// alone (admission.ts), so its text is the Doc's, unit by unit.

import { ChangeSet, type Text } from "@codemirror/state";
import type { TextEdit } from "@holdfast/doc";

/** The only line break that the editor knows. */
export const lineBreak = "\n";

/** Halves of surrogate pairs that are without the other. */
export const loneHalves = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** A replacement, by positions of the text before it. */
export interface Replacement {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

/** The edits of a patch, for an editor of `length` units, as one set. */
export function changesOf(edits: readonly TextEdit[], length: number): ChangeSet {
  let unitCount = length;
  let sets = edits.map(({ at, deleted, inserted }) => {
    const change = { from: at, to: at + deleted, insert: inserted };
    const set = ChangeSet.of(change, unitCount, lineBreak);
    unitCount = set.newLength;
    return set;
  });
  // In pairs, and pairs of pairs: one after another, long patches take quadratic time.
  while (sets.length > 1) {
    sets = sets.flatMap((set, index) => {
      if (index % 2 === 1) return [];
      const next = sets[index + 1];
      return [next === undefined ? set : set.compose(next)];
    });
  }
  return sets[0] ?? ChangeSet.empty(length);
}

/**
 * What leads from `before` to `after`, which `changes` does: for each range that changed,
 * the smallest replacement that keeps surrogate pairs whole. In ascending order.
 */
export function replacementsOf(changes: ChangeSet, before: Text, after: Text): Replacement[] {
  const found: Replacement[] = [];
  changes.iterChanges((fromA, toA, fromB, toB) => {
    // A unit before and after it, where an edge lies inside of a pair, before or after.
    const more = splitsPair(before, fromA) || splitsPair(after, fromB) ? 1 : 0;
    const rest = splitsPair(before, toA) || splitsPair(after, toB) ? 1 : 0;
    const taken = before.sliceString(fromA - more, Math.min(before.length, toA + rest), lineBreak);
    const given = after.sliceString(fromB - more, Math.min(after.length, toB + rest), lineBreak);
    const smallest = difference(taken, given);
    if (smallest === null) return;
    const { from, to, insert } = smallest;
    found.push({ from: fromA - more + from, to: fromA - more + to, insert });
  });
  return found;
}

/** The smallest one replacement that makes `after` of `before` and keeps surrogate pairs whole; null where they are equal. */
export function difference(before: string, after: string): Replacement | null {
  if (before === after) return null;
  const shortest = Math.min(before.length, after.length);
  let start = 0;
  while (start < shortest && before.charCodeAt(start) === after.charCodeAt(start)) start += 1;
  if (start > 0 && isHigh(before.charCodeAt(start - 1))) start -= 1;
  let end = 0;
  while (
    end < shortest - start &&
    before.charCodeAt(before.length - 1 - end) === after.charCodeAt(after.length - 1 - end)
  )
    end += 1;
  if (end > 0 && isLow(before.charCodeAt(before.length - end))) end -= 1;
  return { from: start, to: before.length - end, insert: after.slice(start, after.length - end) };
}

/** `text` with U+FFFD for each half of a surrogate pair that is without the other. */
export function toWellFormed(text: string): string {
  return text.replace(loneHalves, "\ufffd");
}

/** Tells whether the units before and after `at` are one character. */
export function splitsPair(text: Text, at: number): boolean {
  if (at <= 0 || at >= text.length) return false;
  const around = text.sliceString(at - 1, at + 1, lineBreak);
  return isHigh(around.charCodeAt(0)) && isLow(around.charCodeAt(1));
}

/** Tells whether a unit is the first half of a surrogate pair. */
export function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

/** Tells whether a unit is the second half of a surrogate pair. */
export function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
