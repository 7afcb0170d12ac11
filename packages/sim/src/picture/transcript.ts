// A run as lines of text, one for each thing that happened. notation.ts says how they read.

import type { TraceRecord } from "../run/trace_record.ts";
import { type DescribeMessage, drawnRecords } from "./drawn_record.ts";
import { Notation } from "./notation.ts";

/** What a transcript is to show. */
export interface TranscriptOptions {
  /** Says what a message is, at both its ends. Without it, messages have a number and a size. */
  readonly describeMessage?: DescribeMessage;
  /** Of a longer run come the last so many lines, after one that says how many are left out. */
  readonly linesMax?: number;
}

/**
 * The records as lines: the time in seconds, where, what.
 *
 * Names are padded, so that lines can be compared downwards. A message has the same
 * number where it is sent and where it arrives; one that never arrives is sent with `-x`.
 * Each line is one line, whatever the texts of the run contain.
 *
 * Cost: linear in the records; only lines that are shown are made.
 *
 * @example
 * console.log(transcript(records, { linesMax: 200 }).join("\n"));
 */
export function transcript(
  records: readonly TraceRecord[],
  options: TranscriptOptions = {},
): string[] {
  const notation = new Notation(drawnRecords(records, options.describeMessage));
  const first = Math.max(0, records.length - (options.linesMax ?? records.length));
  const lines = first === 0 ? [] : [`... ${first} lines before`];
  for (let index = first; index < records.length; index += 1) lines.push(notation.line(index));
  return lines;
}
