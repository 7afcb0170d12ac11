// Raft in every order of what can happen, to the largest bounds that docs/consensus.md has.

import { test } from "vitest";
import { exploreAll } from "../explore_bounds.ts";
import { still } from "../explored_raft.ts";

test("S1 S2 S3 S4: where three campaign in two terms", { timeout: 900_000 }, () => {
  exploreAll({ ...still, termMax: 2, candidates: 3, inFlight: 6 }, 2_000_000);
});
