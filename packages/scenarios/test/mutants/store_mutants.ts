// Bugs planted in the store, and in the log below it.

import type { Mutant } from "./mutant.ts";

const recordLog = "packages/world/src/record_log.ts";
const logEngine = "packages/store/src/drivers/memory/log_engine.ts";
const committer = "packages/store/src/committer.ts";
const transaction = "packages/store/src/transaction.ts";
const watches = "packages/store/src/watches.ts";

/** See the head of this file. */
export const storeMutants: readonly Mutant[] = [
  {
    id: "acknowledged_before_sync",
    bug: "A log says that a record is kept when it is written, and syncs it afterwards.",
    file: recordLog,
    find: `    this.#sizeBytes += writer.sizeBytes;
    try {
      await this.#file.sync();`,
    replace: `    this.#sizeBytes += writer.sizeBytes;
    batch.forEach(({ resolve }, index) => resolve(places[index]!));
    try {
      await this.#file.sync();`,
    scenario: "store",
    seed: 28,
    breaks: ["ST8"],
  },
  {
    id: "torn_tail_accepted",
    bug: "A log that ended torn is written on behind the torn record.",
    file: recordLog,
    find: "if (end < bytes.length) await file.truncate(end);",
    replace: "",
    scenario: "store",
    seed: 31,
    breaks: ["ST8", "ST14"],
  },
  {
    id: "damage_taken_for_torn",
    bug: "A damaged record in the middle of a log counts as its torn end, and all behind it is cut off.",
    file: recordLog,
    find: "if (checkedBytesLeft < 0 || parseRecord(bytes, at) !== null) {",
    replace: "if (checkedBytesLeft < 0) {",
    scenario: "store",
    seed: 101,
    breaks: ["ST14"],
  },
  {
    id: "read_back_and_believed",
    bug: "What a log reads when it is opened counts as synced, though a sync of it may have failed.",
    file: recordLog,
    find: "await file.write(surelySynced, bytes.subarray(surelySynced, end));",
    replace: "",
    scenario: "store",
    seed: 10,
    breaks: ["ST8", "ST14"],
  },
  {
    id: "name_not_synced",
    bug: "The folder is not synced after a new log was made in it.",
    file: recordLog,
    find: `      await disk.syncFolder(folderOf(path));
      return new RecordLog(`,
    replace: "      return new RecordLog(",
    scenario: "store",
    seed: 12,
    breaks: ["ST8"],
  },
  {
    id: "size_counted_before_write",
    bug: "A log counts the bytes of a record before it is written, and keeps them where the disk was full.",
    file: recordLog,
    find: `    try {
      await this.#file.append(writer.view());`,
    replace: `    this.#sizeBytes += writer.sizeBytes;
    try {
      await this.#file.append(writer.view());`,
    scenario: "store",
    seed: 1,
    breaks: ["ST8", "ST14"],
  },
  {
    id: "rewritten_from_before_the_commit",
    bug: "The commit at which a log is written anew is in neither the old nor the new one.",
    file: logEngine,
    find: `    applyWrites(this.#rows, writes);
    this.#version = version;
    if (this.#log.sizeBytes < this.#rewriteAtBytes) return;
    try {
      await this.#rewrite();`,
    replace: `    this.#version = version;
    const isDue = this.#log.sizeBytes >= this.#rewriteAtBytes;
    if (!isDue) applyWrites(this.#rows, writes);
    if (!isDue) return;
    try {
      await this.#rewrite();
      applyWrites(this.#rows, writes);`,
    scenario: "store",
    seed: 109,
    breaks: ["ST8", "ST14"],
  },
  {
    id: "shown_before_kept",
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
    seed: 1,
    breaks: ["ST1"],
  },
  {
    id: "read_from_before_a_commit",
    bug: "A snapshot has the version of a commit and the rows from before it.",
    file: logEngine,
    find: `    if (this.#failure !== null) throw this.#failure;
    try {`,
    replace: `    if (this.#failure !== null) throw this.#failure;
    this.#version = version;
    try {`,
    scenario: "store",
    seed: 1,
    breaks: ["ST1", "ST4"],
  },
  {
    id: "stale_snapshot",
    bug: "A snapshot is the one that was taken before it: whole, and of a version that may be over.",
    file: logEngine,
    find: "    return new RowsSnapshot(this.#version, this.#rows.snapshot());",
    replace: `    const taken = new RowsSnapshot(this.#version, this.#rows.snapshot());
    const places = this as unknown as { last?: RowsSnapshot };
    const { last = taken } = places;
    places.last = taken;
    return last;`,
    scenario: "store",
    seed: 11,
    breaks: ["ST4"],
  },
  {
    id: "conflict_within_a_group",
    bug: "Transactions of one group of commits are not held against each other.",
    file: committer,
    find: "this.#recent.touch(reads, since) || reads.isTouchedBy(writes)",
    replace: "this.#recent.touch(reads, since)",
    scenario: "store",
    seed: 1,
    breaks: ["ST4"],
  },
  {
    id: "conflict_with_a_clear",
    bug: "A transaction that read a key does not conflict with one that cleared a range around it.",
    file: "packages/store/src/read_set.ts",
    find: "if (points.get(key) !== undefined || cleared.covers(key) || declared.covers(key)) return true;",
    replace: "if (points.get(key) !== undefined || declared.covers(key)) return true;",
    scenario: "store",
    seed: 86,
    breaks: ["ST4"],
  },
  {
    id: "phantom_row",
    bug: "A range read takes note of the row that it ended at, and of nothing before.",
    file: transaction,
    find: `    reads.addSpan(
      cut !== null && reverse ? cut : span.start,
      cut !== null && !reverse ? textAfter(cut) : span.end,
    );`,
    replace: "    reads.addPoint(cut ?? span.start);",
    scenario: "store",
    seed: 8,
    breaks: ["ST4"],
  },
  {
    id: "cleared_row_in_a_range",
    bug: "A range read shows rows that its own transaction cleared.",
    file: transaction,
    find: "({ key }) => lookup(key) === undefined && changes",
    replace: "({ key }) => points.get(key) === undefined && changes",
    scenario: "store",
    seed: 1,
    breaks: ["ST1", "ST4"],
  },
  {
    id: "watch_misses_a_commit",
    bug: "A watch that nobody waits for forgets that its range changed.",
    file: watches,
    find: "    this.#changed = version;\n    if (this.#waiter",
    replace: "    if (this.#waiter !== null) this.#changed = version;\n    if (this.#waiter",
    scenario: "store",
    seed: 7,
    breaks: ["ST9"],
  },
  {
    id: "watch_overlooks_a_clear",
    bug: "A watch of a range does not wake for a range that was cleared.",
    file: watches,
    find: "if (points.someIn(span.start, span.end) || cleared.intersects(span))",
    replace: "if (points.someIn(span.start, span.end))",
    scenario: "store",
    seed: 16,
    breaks: ["ST9"],
  },
  {
    id: "age_by_the_wall_clock",
    bug: "The age of a transaction is taken from the wall clock, which jumps.",
    file: "packages/store/src/running_transactions.ts",
    find: "    this.#clock = clock;",
    replace: `    const { timer, sleep } = clock;
    const now = (): number => clock.wall();
    this.#clock = { now, wall: now, timer: timer.bind(clock), sleep: sleep.bind(clock) };`,
    scenario: "store",
    seed: 10,
    breaks: ["ST13"],
  },
];
