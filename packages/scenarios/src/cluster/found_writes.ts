// Writes of one turn that took effect though nobody was told of it, and where they stand.
//
// They keep no version of theirs. But versions have no gaps: those that nobody knows are
// theirs, side by side and in the order of their calls, behind all that was acknowledged when
// they were called. Nearly always that leaves one way; where it leaves several, the right one
// is that which explains what everybody saw.

import type { CommitVersion } from "@holdfast/store";
import type { RecordedRun } from "../store/recorded_run.ts";

/** A run that took effect. */
export interface Commit {
  readonly version: CommitVersion;
  readonly run: RecordedRun;
}

/** Every way to place `groups`, which are in the order of their calls, at `versions`, which ascend, with none left. */
export function* placements(
  groups: readonly (readonly RecordedRun[])[],
  versions: readonly CommitVersion[],
): Generator<readonly Commit[]> {
  if (groups.length === 0) {
    if (versions.length === 0) yield [];
    return;
  }
  for (const [index, group] of groups.entries()) {
    const own = versions.slice(0, group.length);
    const first = own[0];
    if (first === undefined || first <= group[0]!.snapshotVersion) continue;
    if (own.length < group.length || own.at(-1)! - first !== group.length - 1) continue;
    const commits = group.map((run, each) => ({ version: own[each]!, run }));
    const others = groups.filter((_, other) => other !== index);
    for (const rest of placements(others, versions.slice(group.length))) {
      yield [...commits, ...rest];
    }
  }
}
