// Bugs planted in what holds a store on several nodes together. Those of Raft itself are in
// packages/consensus/test/mutants.

import type { Mutant } from "./mutant.ts";

const driver = "packages/store/src/drivers/raft";

/** See the head of this file. */
export const clusterMutants: readonly Mutant[] = [
  {
    id: "failed_though_it_took_effect",
    bug: "A commit whose outcome is not known fails as one that did not take effect.",
    file: `${driver}/raft_store.ts`,
    find: "throw isUnknown ? unknownOutcome(error) : error;",
    replace: "throw error;",
    scenario: "cluster",
    seed: 7,
    breaks: ["ST13"],
  },
  {
    id: "sessions_forget",
    bug: "That a commit took effect is not remembered: asked for again, it does so again.",
    file: `${driver}/sessions.ts`,
    find: "    session.done.set(sequence, version);",
    replace: "",
    scenario: "cluster",
    seed: 7,
    breaks: ["ST7", "ST8"],
  },
  {
    id: "read_without_barrier",
    bug: "A node shows its rows without asking whether they are recent.",
    file: `${driver}/raft_store.ts`,
    find: "    await this.#replica.read(signal);",
    replace: "",
    scenario: "cluster",
    seed: 2,
    breaks: ["ST4", "ST9"],
  },
  {
    id: "read_range_ignored",
    bug: "The ranges that a transaction read are held against no write.",
    file: "packages/store/src/read_set.ts",
    find: "        points.someIn(span.start, span.end) ||\n        cleared.intersects(span) ||\n",
    replace: "",
    scenario: "cluster",
    seed: 1,
    breaks: ["ST4"],
  },
  {
    id: "read_range_not_sent",
    bug: "A node does not tell the leader of the ranges that its transaction read.",
    file: "packages/store/src/request_codec.ts",
    find: "  writeSpans(writer, reads.spans);",
    replace: "  writer.uint(0);",
    scenario: "cluster",
    seed: 1,
    breaks: ["ST4"],
  },
  {
    id: "overlay_ignores_cleared_spans",
    bug: "Rows that were cleared show until that is durable.",
    file: "packages/store/src/overlaid_snapshot.ts",
    find: "if (own !== undefined) return own === null ? null : values.copy(own);",
    replace: "if (own !== undefined && own !== null) return values.copy(own);",
    scenario: "cluster",
    seed: 2,
    breaks: ["CL4", "ST1", "ST4"],
  },
  {
    id: "rows_settle_while_they_are_replaced",
    bug: "What was applied before a snapshot came is written into the rows that come with it.",
    file: `${driver}/replicated_rows.ts`,
    find: "    this.#recent = new FreshRows();\n    this.#sessions.clear();",
    replace: "    this.#sessions.clear();",
    scenario: "cluster",
    seed: 51,
    breaks: ["CL1", "CL4", "ST1", "ST4", "ST8"],
  },
  {
    id: "desk_without_barrier",
    bug: "A leader decides before all that earlier terms committed is applied.",
    file: `${driver}/raft_store.ts`,
    find: "        await this.#replica.read();\n        isPassed = true;",
    replace: "        isPassed = true;",
    scenario: "cluster",
    seed: 33,
    breaks: ["ST7"],
  },
];
