// What is explored in all orders, to its end, and whether the documentation has the counts.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { explorationText, explore } from "@holdfast/sim/explore";
import { expect } from "vitest";
import { type RaftBounds, raftModel } from "./explored_raft.ts";

const page = join(import.meta.dirname, "../../../docs/consensus.md");

/** Explores all there is within `bounds`: nothing may break, and docs/consensus.md must have a row of its counts. */
export function exploreAll(bounds: RaftBounds, statesMax: number): void {
  const model = raftModel(bounds);
  const exploration = explore(model, { statesMax, depthMax: 300 });
  // The transcript, where there is one, is what a person wants to read.
  expect(exploration.violation, explorationText(model, exploration)).toBe(null);
  expect(exploration.complete).toBe(true);
  const { states, transitions, cut } = exploration;
  const counts = [states, transitions, cut].map((count) => count.toLocaleString("en"));
  expect(readFileSync(page, "utf8")).toContain(`| ${counts.join(" | ")} |\n`);
}
