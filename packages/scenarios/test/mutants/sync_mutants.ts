// Bugs planted in the sync protocol, and in the scopes that it runs in.

import type { Mutant } from "./mutant.ts";

const upload = "packages/sync/src/upload.ts";
const outflow = "packages/sync/src/outflow.ts";
const loop = "packages/sync/src/session_loop.ts";

/** See the head of this file. */
export const syncMutants: readonly Mutant[] = [
  {
    id: "refusal_taken_for_saved",
    bug: "A server acknowledges the events of a bundle whatever became of it.",
    file: "packages/sync/src/inflow.ts",
    find: "    if (kept) for (const section of pending.sections)",
    replace: "    if (kept || true) for (const section of pending.sections)",
    scenario: "sync",
    seed: 4,
    breaks: ["S1", "S3"],
  },
  {
    id: "rewinds_to_what_was_sent",
    bug: "After a refusal an upload goes on from what it sent, not from what was acknowledged.",
    file: upload,
    find: `    this.#through = through;
    this.#held.merge(vector);`,
    replace: `    this.#through = through;
    this.#held.merge(this.#outflow.known);`,
    scenario: "sync",
    seed: 4,
    breaks: ["S1", "S3"],
  },
  {
    id: "second_pause_never_ends",
    bug: "An upload that was refused twice on a connection is not tried again.",
    file: upload,
    find: "    this.#pausing = false;\n",
    replace: "",
    scenario: "sync",
    seed: 4,
    breaks: ["S3"],
  },
  {
    id: "sent_twice_in_part",
    bug: "A section of which the other side has the first events is not sent at all.",
    file: outflow,
    find: "return section.runs.every((run) => run.to <= vector.next(run.agent));",
    replace: "return section.runs.every((run) => run.from < vector.next(run.agent));",
    scenario: "sync",
    seed: 2,
    breaks: ["S3"],
  },
  {
    id: "scope_leaks_a_task",
    bug: "A scope ends with the first of its tasks and leaves the others running.",
    file: "packages/world/src/scope.ts",
    find: "while (this.#counts[kind] > 0) {",
    replace: "if (this.#counts[kind] > 0) {",
    scenario: "sync",
    seed: 0,
    breaks: ["S8", "SC1"],
  },
  {
    id: "tick_outlives_its_session",
    bug: "The timer of a session goes on when the session has ended.",
    file: loop,
    find: "await this.#options.clock.sleep(tickIntervalMs, ending);",
    replace: "await this.#options.clock.sleep(tickIntervalMs);",
    scenario: "sync",
    seed: 0,
    breaks: ["S8"],
  },
];
