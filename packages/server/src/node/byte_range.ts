// Which part of a file a request asks for: the header Range of RFC 9110, section 14.
//
// One range of bytes is understood. What asks for several, in other units or in no known
// way gets the whole, as the RFC lets it. So does what has If-Range: that compares strong
// tags, and those of files here are weak.

import type { IncomingMessage } from "node:http";

/** Bytes of a file, from `start` up to, not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** The part that is asked for; null for the whole, `unsatisfiable` where the file has nothing of it. */
export function byteRangeOf(
  { method, headers }: Pick<IncomingMessage, "method" | "headers">,
  sizeBytes: number,
): ByteRange | "unsatisfiable" | null {
  if (method !== "GET" || headers["if-range"] !== undefined) return null;
  const [, first, last] = /^bytes=(\d*)-(\d*)$/i.exec(headers.range?.trim() ?? "") ?? [];
  if (first === undefined || last === undefined || first + last === "") return null;
  if (first !== "" && last !== "" && Number(first) > Number(last)) return null;
  // Without a first byte, `last` counts from the end.
  const start = first === "" ? Math.max(sizeBytes - Number(last), 0) : Number(first);
  const end = first === "" || last === "" ? sizeBytes : Math.min(Number(last) + 1, sizeBytes);
  return start < end ? { start, end } : "unsatisfiable";
}
