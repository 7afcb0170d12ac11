// Lines of a text that a stranger wrote, with limits, and errors that name the line.

import { type ErrorCode, HoldfastError } from "@holdfast/std";

/** Largest text of a history: 512 Mi code units. */
export const textCharactersMax = 2 ** 29;

/** Longest line of a history: 16 Mi code units. */
export const lineCharactersMax = 2 ** 24;

/** Most events of a history: 10 million. */
export const eventsMax = 10_000_000;

/** A line that holds something. */
export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/**
 * The lines of `text` that are not blank.
 *
 * @throws {HoldfastError} `too_large` where the text, a line or their number is over its limit.
 */
export function* linesOf(text: string): Generator<Line> {
  if (text.length > textCharactersMax) {
    throw new HoldfastError("too_large", `the text has over ${textCharactersMax} characters`);
  }
  let count = 0;
  for (let start = 0, number = 1; start < text.length; number += 1) {
    const found = text.indexOf("\n", start);
    const end = found < 0 ? text.length : found;
    if (end - start > lineCharactersMax) {
      throw lineError("too_large", number, `has over ${lineCharactersMax} characters`);
    }
    const line = text.slice(start, end).trim();
    start = end + 1;
    if (line === "") continue;
    count += 1;
    if (count > eventsMax) throw lineError("too_large", number, `is after ${eventsMax} events`);
    yield { number, text: line };
  }
}

/** A failure at a line: `line 3: reason`. */
export function lineError(code: ErrorCode, number: number, reason: string): HoldfastError {
  return new HoldfastError(code, `line ${number}: ${reason}`);
}

/** Part of a text for an error: its beginning, quoted. */
export function excerpt(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
