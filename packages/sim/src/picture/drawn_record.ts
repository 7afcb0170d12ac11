// What a picture shows of a record: all of it, but of a message only its size and what
// the caller says of it. A run of a hundred thousand messages fits into a page, and
// the notation needs to know nothing of protocols.

import type { Happening, TraceRecord } from "../run/trace_record.ts";

type Send = Extract<Happening, { readonly type: "send" }>;

/** What happened, less the bytes. */
export type DrawnHappening =
  | Exclude<Happening, Send>
  | (Omit<Send, "bytes"> & { readonly sizeBytes: number; readonly description: string });

/** A happening and its time, in milliseconds since the run began. */
export interface DrawnRecord {
  readonly atMs: number;
  readonly happening: DrawnHappening;
}

/** Says for people what a message is: `open #1 notes`. One short line; empty where there is nothing to say. */
export type DescribeMessage = (bytes: Uint8Array) => string;

/** The records without their bytes, each message described. */
export function drawnRecords(
  records: readonly TraceRecord[],
  describeMessage: DescribeMessage = () => "",
): DrawnRecord[] {
  return records.map(({ atMs, happening }) => {
    if (happening.type !== "send") return { atMs, happening };
    const { bytes, ...rest } = happening;
    const description = describeMessage(bytes);
    return { atMs, happening: { ...rest, sizeBytes: bytes.length, description } };
  });
}
