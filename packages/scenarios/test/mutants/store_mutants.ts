// Bugs planted in the store and in the log below it.

import type { Mutant } from "./mutant.ts";

const logEngine = "packages/store/src/drivers/memory/log_engine.ts";
const recordLog = "packages/world/src/record_log.ts";

/** See the head of this file. */
export const storeMutants: readonly Mutant[] = [
  {
    id: "acknowledged_before_sync",
    bug: "A log says that a record is kept when it is written, and syncs it later.",
    file: recordLog,
    find: `    this.#sizeBytes += writer.sizeBytes;
    try {
      await this.#file.sync();`,
    replace: `    this.#sizeBytes += writer.sizeBytes;
    batch.forEach(({ resolve }, index) => resolve(places[index]!));
    try {
      await this.#file.sync();`,
    scenario: "store",
    breaks: ["ST8"],
  },
  {
    id: "shown_before_append",
    bug: "The rows show a commit before its record is in the log.",
    file: logEngine,
    find: `    try {
      await this.#log.append(encodeCommit({ version, writes }));
    } catch (cause) {`,
    replace: `    try {
      applyWrites(this.#rows, writes);
      await this.#log.append(encodeCommit({ version, writes }));
    } catch (cause) {`,
    scenario: "store",
    breaks: ["ST1"],
  },
];
