// Raft in every order of what can happen, to bounds. What is asserted within the
// machine counts too. docs/consensus.md has the counts of these and of larger bounds
// (long/explore_raft.test.ts).

import { describe, test } from "vitest";
import { exploreAll } from "./explore_bounds.ts";
import type { RaftBounds } from "./explored_raft.ts";
import { still } from "./explored_raft.ts";

const bounds: Readonly<Record<string, RaftBounds>> = {
  "two campaign, and a command is given to who leads": { ...still, inFlight: 6, proposals: 1 },
  "two terms, and one crashes": { ...still, termMax: 2, crashes: 1 },
  "a message is lost, and one comes twice": { ...still, losses: 1, duplicates: 1 },
  "disks take their time, and one crashes": { ...still, isSlow: true, crashes: 1 },
  "a voter is removed, and the leader after it": {
    ...still,
    candidates: 1,
    changes: 2,
    inFlight: 6,
  },
};

describe("S1 S2 S3 S4: in every order of what can happen", () => {
  test.each(Object.keys(bounds))("where %s", (name) => exploreAll(bounds[name]!, 400_000));
});
