// What the explored sides of a session have in common: inputs as plain data, and
// work that their driver has yet to do.

import { VersionVector } from "@holdfast/causality";
import type { Replayed } from "@holdfast/sim/explore";
import type { AppendAnswer } from "../src/responder_io.ts";
import type { Entries } from "./explored_bundles.ts";

/** Something the driver was asked for and has not done. Of each type, the first one is done first. */
export type Job =
  | { readonly type: "open" }
  | { readonly type: "authorize"; readonly channel: number }
  | {
      readonly type: "append";
      readonly channel: number;
      readonly ordinal: number;
      readonly bytes: Uint8Array;
    }
  | {
      readonly type: "answer";
      readonly channel: number;
      readonly ordinal: number;
      readonly vector: Entries;
      readonly answer: unknown;
    }
  | {
      readonly type: "read";
      readonly channel: number;
      readonly since: Entries;
      readonly after: number;
    }
  /** The reader is at its end, and has yet to say so. */
  | { readonly type: "read_ended"; readonly channel: number }
  | { readonly type: "pause"; readonly channel: number }
  | { readonly type: "flush" };

/** A session of either side. */
export interface ExploredSession<Machine, Output> {
  readonly machine: Replayed<Machine, unknown, readonly Output[]>;
  readonly jobs: readonly Job[];
}

/** Writes each version vector in `value` as plain data. */
export function plain(value: unknown): unknown {
  if (value instanceof VersionVector) return { entries: value.entries() };
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object" || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
}

/** Undoes {@link plain}. */
export function revived(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revived);
  if (value === null || typeof value !== "object" || value instanceof Uint8Array) return value;
  if ("entries" in value) return new VersionVector(value.entries as Entries);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, revived(part)]));
}

/** The types of the jobs that wait, each once. */
export function jobTypes(jobs: readonly Job[]): Job["type"][] {
  return [...new Set(jobs.map(({ type }) => type))];
}

/** The first job of that type, and the others. */
export function takeJob<T extends Job["type"]>(
  jobs: readonly Job[],
  type: T,
): readonly [job: Extract<Job, { type: T }>, rest: readonly Job[]] {
  const index = jobs.findIndex((job) => job.type === type);
  return [jobs[index] as Extract<Job, { type: T }>, jobs.filter((_, at) => at !== index)];
}

/** What a full disk answers. */
export const diskFull: AppendAnswer = { type: "failed", code: "disk_full", sentence: "no room" };
