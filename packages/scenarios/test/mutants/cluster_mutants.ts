// Bugs planted in what holds a store on several nodes together.

import type { Mutant } from "./mutant.ts";

const raft = "packages/consensus/src/raft";
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
    seed: 3,
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
    find: "          await this.#replica.read(signal);",
    replace: "",
    scenario: "cluster",
    seed: 2,
    breaks: ["ST4", "ST9"],
  },
  {
    id: "overlay_ignores_cleared_spans",
    bug: "Rows that were cleared show until that is durable.",
    file: `${driver}/overlay.ts`,
    find: "found.filter(({ key }) => this.#over.lookup(key) === undefined)",
    replace: "found.filter(({ key }) => (this.#over.lookup(key) ?? null) === null)",
    scenario: "cluster",
    seed: 2,
    breaks: ["ST1", "ST4"],
  },
];

/** Those that fall late: too dear for each run of the tests. */
export const lateClusterMutants: readonly Mutant[] = [
  {
    id: "snapshot_sent_for_ever",
    bug: "A snapshot that was taken is sent again, where the log was cut beyond it.",
    file: `${raft}/peer.ts`,
    find: "    if (isTaken) probe(peer, (peer.match + 1) as Index);",
    replace: "    if (isTaken) return;",
    scenario: "cluster",
    seed: 0,
    breaks: ["CL2"],
  },
  {
    id: "rows_settle_while_they_are_replaced",
    bug: "What was applied before a snapshot came is written into the rows that come with it.",
    file: `${driver}/replicated_rows.ts`,
    find: "    this.#recent = new WriteSet();\n    this.#sessions.clear();",
    replace: "    this.#sessions.clear();",
    scenario: "cluster",
    seed: 0,
    breaks: ["CL1", "ST1", "ST4", "ST8"],
  },
  {
    id: "desk_without_barrier",
    bug: "A leader decides before all that earlier terms committed is applied.",
    file: `${driver}/raft_store.ts`,
    find: "        await this.#replica.read();\n        isPassed = true;",
    replace: "        isPassed = true;",
    scenario: "cluster",
    seed: 0,
    breaks: ["ST7"],
  },
  {
    id: "old_term_committed_by_counting",
    bug: "An entry of an earlier term counts as committed when a majority holds it.",
    file: `${raft}/leader.ts`,
    find: "agreed > log.committed && termAt(log, agreed) === hard.term",
    replace: "agreed > log.committed && hard.term > 0",
    scenario: "cluster",
    seed: 0,
    breaks: ["ST4", "ST8", "L2", "F1", "CL1", "S1", "ST13", "ST7"],
  },
  {
    id: "vote_not_kept",
    bug: "A vote is given and not made durable.",
    file: `${raft}/persistence.ts`,
    find: "    hard: isHardNew ? hard : null,",
    replace: "    hard: null,",
    scenario: "cluster",
    seed: 0,
    breaks: ["S1", "ST8", "ST7", "corrupt", "L2", "F1"],
  },
  {
    id: "promised_before_durable",
    bug: "A node promises what its disk is still writing.",
    file: `${raft}/persistence.ts`,
    find: "if (state.durableId === state.persistId) send",
    replace: "if (state.durableId <= state.persistId) send",
    scenario: "cluster",
    seed: 0,
    breaks: ["ST8", "ST7", "L2", "F1", "S1"],
  },
];
