// If-Match and If-None-Match, of RFC 9110, section 13.1: a key's version is its entity tag.

import type { IncomingMessage } from "node:http";
import { HoldfastError } from "@holdfast/std";
import type { CommitVersion } from "@holdfast/store";
import type { Condition } from "../../kv/key_values.ts";

type Headers = IncomingMessage["headers"];

interface Tags {
  /** `*`: whatever it is, if it is there. */
  readonly any: boolean;
  /** Strong tags; weak ones are here too where weak comparison is asked for. */
  readonly versions: ReadonlySet<string>;
}

/** The tag of a version. */
export function tagOf(version: CommitVersion): string {
  return `"${version}"`;
}

/**
 * What the headers ask of a write; undefined where they ask for nothing.
 *
 * @throws {HoldfastError} `invalid_argument` where one of them is no list of tags.
 */
export function writeCondition(headers: Headers): Condition | undefined {
  const match = tagsOf(headers["if-match"], "If-Match", false);
  const noneMatch = tagsOf(headers["if-none-match"], "If-None-Match", true);
  if (match === null && noneMatch === null) return undefined;
  return (present) =>
    (match === null || matches(match, present)) &&
    (noneMatch === null || !matches(noneMatch, present));
}

/** How a read is to be answered, by its headers. @throws {HoldfastError} As {@link writeCondition}. */
export function readOutcome(
  headers: Headers,
  present: CommitVersion | null,
): "whole" | "not_modified" | "failed" {
  const match = tagsOf(headers["if-match"], "If-Match", false);
  if (match !== null && !matches(match, present)) return "failed";
  const noneMatch = tagsOf(headers["if-none-match"], "If-None-Match", true);
  return noneMatch !== null && matches(noneMatch, present) ? "not_modified" : "whole";
}

function matches({ any, versions }: Tags, present: CommitVersion | null): boolean {
  return present !== null && (any || versions.has(String(present)));
}

function tagsOf(header: string | undefined, name: string, isWeak: boolean): Tags | null {
  if (header === undefined) return null;
  if (header.trim() === "*") return { any: true, versions: new Set() };
  const versions = new Set<string>();
  // Our tags have no commas in them; and a stranger's, cut at one, are no list of tags.
  for (const part of header.split(",")) {
    const [, weak, version] = /^\s*(W\/)?"([\x21\x23-\x7e]*)"\s*$/.exec(part) ?? [];
    if (version === undefined) {
      const sentence = `${name} is "*", or versions in quotes: "12", "13"`;
      throw new HoldfastError("invalid_argument", sentence);
    }
    if (weak === undefined || isWeak) versions.add(version);
  }
  return { any: false, versions };
}
