// Many plain stretches at once: what one person types, on its way from a payload into a history.
//
// A stretch is plain if it edits the same text as the one before, is of the same agent, upon its
// previous event, and takes numbers below 2^28. Nearly all are. They are read and kept in
// two loops over columns, which are compiled long before thousands of calls would be.

import { continuesStretch, operationTags } from "./operation.ts";

/** Stretches that one batch holds. */
export const plainStretchesMax = 1_024;

/** Plain stretches, one after another. */
export class PlainBatch {
  /** Of each stretch its tag, insert or either delete; its place; its events. */
  readonly columns = new Int32Array(3 * plainStretchesMax);
  /** How many stretches. */
  count = 0;
  /** How many events they are. */
  events = 0;
  /** Units that they insert. */
  units = 0;
}

/** Where reading stopped. */
export interface PlainEnd {
  /** Index of the first byte that was not read. */
  readonly offset: number;
  /** Whether two stretches that touch should have been one. */
  readonly isJoinable: boolean;
}

/** What stands before the first stretch that is read. */
export interface PlainStart {
  readonly offset: number;
  /** The stretch before. */
  readonly tag: number;
  readonly at: number;
  readonly length: number;
  /** All inserted text, and how much of it is taken. */
  readonly text: string;
  readonly textFrom: number;
}

/**
 * Reads plain stretches from `bytes` into `batch`, as many as there are before one that is not, or
 * is not right: that one is left to who can say what is wrong with it. O(stretches).
 */
export function readPlain(bytes: Uint8Array, start: PlainStart, batch: PlainBatch): PlainEnd {
  const { columns } = batch;
  const { text } = start;
  let { offset, tag: lastTag, at: lastAt, length: lastLength, textFrom } = start;
  let isJoinable = false;
  let count = 0;
  let events = 0;
  while (count < plainStretchesMax && offset < bytes.length) {
    const tag = bytes[offset]!;
    if (tag > operationTags.deleteBackward) break;
    let next = offset + 1;
    let at = 0;
    let length = 0;
    let isShort = true;
    // Two numbers; see the codec of @holdfast/std.
    for (let field = 0; field < 2; field += 1) {
      let value = 0;
      let shift = 0;
      let byte = 0x80;
      while (byte >= 0x80 && shift < 28 && next < bytes.length) {
        byte = bytes[next]!;
        next += 1;
        value |= (byte & 0x7f) << shift;
        shift += 7;
      }
      if (byte >= 0x80 || (byte === 0 && shift > 7)) isShort = false;
      if (field === 0) at = value;
      else length = value;
    }
    if (!isShort || length === 0) break;
    if (tag === operationTags.insert) {
      const textEnd = textFrom + length;
      if (textEnd > text.length || (text.charCodeAt(textEnd) & 0xfc00) === 0xdc00) break;
      textFrom = textEnd;
    } else if (tag === operationTags.deleteBackward && (length < 2 || at < length - 1)) break;
    if (continuesStretch(lastTag, lastAt, lastLength, tag, at)) isJoinable = true;
    columns[3 * count] = tag;
    columns[3 * count + 1] = at;
    columns[3 * count + 2] = length;
    lastTag = tag;
    lastAt = at;
    lastLength = length;
    events += length;
    count += 1;
    offset = next;
  }
  batch.count = count;
  batch.events = events;
  batch.units = textFrom - start.textFrom;
  return { offset, isJoinable };
}
