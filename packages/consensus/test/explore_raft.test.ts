// Raft in every order of what can happen, to bounds. What is asserted within the
// machine counts too. docs/consensus.md has the counts of larger bounds.

import { explorationText, explore } from "@holdfast/sim/explore";
import { describe, expect, test } from "vitest";
import { type RaftBounds, raftModel } from "./explored_raft.ts";

const still: RaftBounds = {
  nodes: 3,
  termMax: 1,
  candidates: 2,
  campaigns: 1,
  proposals: 0,
  changes: 0,
  losses: 0,
  duplicates: 0,
  crashes: 0,
  inFlight: 4,
  isSlow: false,
};

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
  test.each(Object.keys(bounds))("where %s", (name) => {
    const model = raftModel(bounds[name]!);
    const exploration = explore(model, { statesMax: 400_000, depthMax: 300 });
    // The transcript, where there is one, is what a person wants to read.
    expect(exploration.violation, explorationText(model, exploration)).toBe(null);
    expect(exploration.complete).toBe(true);
    expect(exploration.states).toBeGreaterThan(1_000);
  });
});
