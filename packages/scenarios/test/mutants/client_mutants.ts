// Bugs planted in the client.

import type { Mutant } from "./mutant.ts";

const replica = "packages/client/src/replica/replica.ts";
const kept = "packages/client/src/replica/kept_events.ts";

/** See the head of this file. */
export const clientMutants: readonly Mutant[] = [
  {
    id: "outbox_lost_at_a_crash",
    bug: "What was written and not sent before a crash is not sent after it.",
    file: replica,
    find: "} else if (since.covers(this.#outbox.before(this.#kept.local))) {",
    replace:
      "} else if (this.#outbox.floor === 1 || since.covers(this.#outbox.before(this.#kept.local))) {",
    scenario: "sync",
    seed: 0,
    breaks: ["S1", "S3"],
  },
  {
    id: "bundle_forgotten_at_a_reconnect",
    bug: "What was handed to a connection that broke is not sent over the next one.",
    file: replica,
    find: "      at = this.#outbox.floor;",
    replace: "      at = this.#outbox.last;",
    scenario: "sync",
    seed: 0,
    breaks: ["S1", "S3"],
  },
  {
    id: "saved_when_sent",
    bug: "What was handed to the transport counts as saved.",
    file: "packages/client/src/replica/standing.ts",
    find: "    this.#sent.merge(vector);\n",
    replace: "    this.#sent.merge(vector);\n    this.wasSaved(vector);\n",
    scenario: "sync",
    seed: 17,
    breaks: ["S1"],
  },
  {
    id: "milestone_off_by_one",
    bug: "Who waits for an event to be saved is told when all before it are.",
    file: "packages/client/src/replica/milestones.ts",
    find: "waiters.findIndex(({ run }) => run.to > next)",
    replace: "waiters.findIndex(({ run }) => run.to > next + 1)",
    scenario: "sync",
    seed: 30,
    breaks: ["S1", "S2"],
  },
  {
    id: "local_before_kept",
    bug: "An edit counts as local before it is on the disk.",
    file: kept,
    find: "    this.#underWay += 1;\n    try {",
    replace:
      "    this.#underWay += 1;\n    for (const { agent, to } of runs) this.#local.advance(agent, to);\n    this.#reach.reach(this.#local);\n    try {",
    scenario: "sync",
    seed: 5,
    breaks: ["S2"],
  },
  {
    id: "sent_before_local",
    bug: "An edit is sent before it is on the disk; after a crash its ids are given out again.",
    file: replica,
    find: `    try {
      const result = await this.#append(pieces, runs);
      if (result === "behind") return;
      this.#offer(pieces, runs, result === "kept");`,
    replace: `    try {
      this.#offer(pieces, runs, true);
      for (const listener of this.#pieceListeners) listener();
      const result = await this.#append(pieces, runs);
      if (result === "behind") return;`,
    scenario: "sync",
    seed: 7,
    breaks: ["S3", "S7", "equivocation"],
  },
  {
    id: "never_tried_again",
    bug: "What found no room on the disk is not written again until the next edit.",
    file: "packages/client/src/database.ts",
    find: "        await replica.keepMissing();\n",
    replace: "",
    scenario: "sync",
    seed: 7,
    breaks: ["S3"],
  },
  {
    id: "received_and_not_kept",
    bug: "What a server sent is shown, and not written to the copy.",
    file: replica,
    find: 'if ((await this.#append([bytes], applied)) === "recut") this.#offerAnew();',
    replace: "this.#kept.found(applied);",
    scenario: "sync",
    seed: 0,
    breaks: ["S2", "S3"],
  },
  {
    id: "closed_before_kept",
    bug: "Closing a document does not wait for what is being written.",
    file: replica,
    find: "    await this.#kept.end();\n",
    replace: "    void this.#kept.end();\n",
    scenario: "sync",
    seed: 20,
    breaks: ["S2", "S7"],
  },
  {
    id: "presence_lost_at_a_reconnect",
    bug: "A client that connected again is not shown to the others until it shows something new.",
    file: "packages/client/src/link/link.ts",
    find: "        presence.connected();\n",
    replace: "",
    scenario: "sync",
    seed: 0,
    breaks: ["S10"],
  },
  {
    id: "ghosts_after_a_reconnect",
    bug: "Who lost the connection goes on showing those who were there then.",
    file: "packages/client/src/link/link.ts",
    find: `    if (this.state.state !== "online") this.#forgetPeers();
    if (this.#isLeading)`,
    replace: "    if (this.#isLeading)",
    scenario: "sync",
    seed: 10,
    breaks: ["S10"],
  },
  {
    id: "applied_twice",
    bug: "A document takes in a bundle again though it has it, or a part of it, already.",
    file: "packages/doc/src/bundle/intake.ts",
    find: `    const held = Math.max(0, firsts[row.agent]! - row.seq);
    if (held >= row.length) continue;
`,
    replace: "    const held = 0;\n",
    scenario: "sync",
    seed: 2,
    breaks: ["S3", "S6", "S7"],
  },
];
