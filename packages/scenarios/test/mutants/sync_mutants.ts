// Bugs planted in the sync protocol and in the server.

import type { Mutant } from "./mutant.ts";

/** See the head of this file. */
export const syncMutants: readonly Mutant[] = [
  {
    id: "refusal_taken_for_saved",
    bug: "A server acknowledges events of a bundle whatever became of it.",
    file: "packages/sync/src/inflow.ts",
    find: "    if (kept) for (const section of pending.sections)",
    replace: "    if (kept || true) for (const section of pending.sections)",
    scenario: "sync",
    breaks: ["S1", "S3"],
  },
];
