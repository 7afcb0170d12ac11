// What the store said and showed in a run, held against a naive model and given to judges.
//
// Promises are those of the store's SPEC.md; a violation's message begins with the id:
//   ST1   Each run of a transaction, also one that failed, saw the store at one version.
//   ST4   Transactions are strictly serializable: the judges of `@holdfast/check` say so of
//         lists, of registers and of the versions of all (store_history.ts). What they
//         can't read, ranges that are cleared or cut short, is what the commits before add
//         up to; and what holds in each of them holds (store_workload.ts).
//   ST6   A transaction is there as a whole or not at all.
//   ST7   Versions ascend, also after opening again.
//   ST8   What was acknowledged is there when the store is opened again.
//   ST9   A watch reports every commit that touched its range.
//   ST13  Calls fail with the codes that are documented, for their reasons.
//   ST14  Damage is reported; what can't be found out is a lost end, never anything else.
//
// A commit that was not acknowledged has no version that anybody was told. It is known
// by its mark (each that writes sets a row of its own), and was in the last group, whose
// order is that in which transactions were handed in. So the versions of those that are
// found are the last ones up to the version that the store shows.

import { ViolationError } from "@holdfast/sim";
import { type HoldfastError, isHoldfastError } from "@holdfast/std";
import type { CommitVersion } from "@holdfast/store";
import type { Answer } from "./judged_work.ts";
import type { RecordedRun } from "./recorded_run.ts";
import { hasWritten } from "./recorded_transaction.ts";
import { type Call, type Content, type Effect, StoreHistory } from "./store_history.ts";
import { rowsText, StoreModel } from "./store_model.ts";
import { markOf, requireInvariants } from "./store_workload.ts";

interface Commit {
  readonly version: number;
  readonly run: RecordedRun;
  /** When it was acknowledged, or found: the same for all of one group. */
  readonly atMs: number;
}

/** What may happen to a disk that no store can stand. */
export interface Detection {
  /** From when on syncs may be lies; infinite where none is. */
  readonly liesFromMs: number;
  /** From when on writes may land elsewhere; infinite where none does. */
  readonly straysFromMs: number;
  /** When bits turn over. */
  readonly rotsAtMs: readonly number[];
}

/** The books of one run. */
export class StoreLedger {
  /** What was counted; all but `detected`, `lost` and `found` are there in every run. */
  readonly counts: Record<string, number> = { committed: 0, compared: 0, opened: 0, judged: 0 };
  /** What workers asked for and were answered. */
  readonly history = new StoreHistory();
  readonly #detection: Detection | null;
  /** Commits up to the last opening, in order. */
  #history: Commit[] = [];
  /** What the history was when an end of it was lost. */
  readonly #pasts: (readonly Commit[])[] = [];
  /** Since the last opening: */
  #commits: Commit[] = [];
  #readOnly: Commit[] = [];
  #runs: RecordedRun[] = [];
  #maybe: RecordedRun[] = [];
  /** The newest version that anybody knows. */
  #newest = 0;
  #handedIn = 0;

  /** @param detection - Null where the disk is honest. */
  constructor(detection: Detection | null) {
    this.#detection = detection;
  }

  /** A transaction's function begins. */
  begin(call: Call, snapshotVersion: CommitVersion): RecordedRun {
    const run: RecordedRun = { call, snapshotVersion, steps: [], handedIn: 0, answer: undefined };
    this.#runs.push(run);
    return run;
  }

  /** It returned; until its transaction answers, it may commit. */
  handIn(run: RecordedRun, answer: Answer): void {
    this.#handedIn += 1;
    run.handedIn = this.#handedIn;
    run.answer = answer;
    if (hasWritten(run.steps)) this.#maybe.push(run);
  }

  /** Its transaction runs again, or failed: nothing of `run` is kept. */
  drop(run: RecordedRun): void {
    this.#maybe = this.#maybe.filter((other) => other !== run);
  }

  /** It was acknowledged as `version`, at `atMs`. */
  commit(run: RecordedRun, version: CommitVersion, atMs: number): void {
    const wrote = this.#maybe.includes(run);
    this.drop(run);
    this.history.ok(run.call, { answer: run.answer, version, wrote });
    if (wrote) {
      this.#commits.push({ version, run, atMs });
      this.counts.committed! += 1;
      this.#newest = Math.max(this.#newest, version);
    } else {
      this.#readOnly.push({ version, run, atMs });
    }
  }

  /** `call` failed, in `run` if it came to one. @throws {ViolationError} ST13. */
  fail(call: Call, run: RecordedRun | null, error: unknown): void {
    const codes = ["conflict", "too_old", "disk_full", "cancelled", "io", "closed"] as const;
    if (!isHoldfastError(error, ...codes)) {
      throw new ViolationError("ST13", `a transaction failed with ${String(error)}`);
    }
    // Only after `io` it is not known what is on the disk.
    if (error.code === "io") return;
    if (run !== null) this.drop(run);
    this.history.fail(call);
  }

  /** The store was opened again, at `atMs`. */
  open(content: Content, atMs: number): void {
    this.counts.opened! += 1;
    const found = this.#settle(content, atMs);
    this.#judge();
    this.#history = [...this.#history, ...this.#commits].sort(
      (left, right) => left.version - right.version,
    );
    const lost = this.#compare(content, atMs);
    this.history.opened(found);
    if (lost > 0) this.counts.judged! += this.history.restart();
    this.history.shows(content);
    this.#commits = [];
    this.#readOnly = [];
    this.#runs = [];
    this.#newest = content.version;
  }

  /** The store was refused as damaged. @throws {ViolationError} ST14 where nothing was damaged. */
  refuse(error: HoldfastError): void {
    if (this.#detection === null)
      throw new ViolationError("ST14", `a sound store: ${error.message}`);
    this.#maybe = [];
    this.#judge();
    this.end();
    // That it was found out is what such a run proves, however early.
    for (const [name, count] of Object.entries(this.counts)) {
      if (count === 0) delete this.counts[name];
    }
    this.counts.detected = 1;
  }

  /** Nothing more comes. @throws {ViolationError} ST4. */
  end(): void {
    this.counts.judged! += this.history.judge();
  }

  /** Finds out which of those that nobody was told of are there. */
  #settle({ version, rows }: Content, atMs: number): Map<Call, Effect> {
    const marks = new Set(rows.map(([key]) => key));
    const found = this.#maybe
      .filter(({ call }) => marks.has(markOf(call.work.id)))
      .sort((left, right) => left.handedIn - right.handedIn);
    this.#maybe = [];
    const first = version - found.length + 1;
    const isNext = found.length === 0 ? version === this.#newest : first > this.#newest;
    const isPast = version < this.#newest || this.#pastOf(version, atMs) !== undefined;
    if (!isNext && !(this.#detection !== null && found.length === 0 && isPast)) {
      const sentence = `opened at ${version} with ${found.length} unacknowledged, after ${this.#newest}`;
      throw new ViolationError(version < this.#newest ? "ST8" : "ST7", sentence);
    }
    const effects = new Map<Call, Effect>();
    found.forEach((run, index) => {
      const effect = { answer: run.answer, version: (first + index) as CommitVersion, wrote: true };
      effects.set(run.call, effect);
      this.#commits.push({ version: effect.version, run, atMs });
      this.#newest = effect.version;
    });
    if (found.length > 0) this.counts.found = (this.counts.found ?? 0) + found.length;
    return effects;
  }

  /** Replays what happened since the last opening. */
  #judge(): void {
    const model = new StoreModel();
    for (const { run } of this.#history) model.replay(run.steps);
    const commits = [...this.#commits].sort((left, right) => left.version - right.version);
    const runs = [...this.#runs].sort(
      (left, right) => left.snapshotVersion - right.snapshotVersion,
    );
    let at = 0;
    const lookUpTo = (version: number): void => {
      for (; at < runs.length && runs[at]!.snapshotVersion < version; at += 1) {
        requireSame("ST1", runs[at]!, model.fork());
        this.counts.compared! += 1;
      }
    };
    for (const [index, { version, run }] of commits.entries()) {
      if (version === commits[index - 1]?.version) {
        throw new ViolationError("ST7", `version ${version} was given twice`);
      }
      lookUpTo(version);
      requireSame("ST4", run, model);
      requireInvariants(new Map(model.rows));
    }
    lookUpTo(Number.POSITIVE_INFINITY);
    for (const { version, run } of this.#readOnly) {
      if (version === run.snapshotVersion) continue;
      throw new ViolationError("ST1", `read at ${run.snapshotVersion}, answered ${version}`);
    }
  }

  /** Holds what the store shows against the history; of one whose disk may fail in silence, the end may be missing: how many commits. */
  #compare({ version, rows }: Content, atMs: number): number {
    const past = version > this.#newest ? this.#pastOf(version, atMs) : undefined;
    if (past !== undefined) this.#history = [...past];
    const kept = this.#history.filter((commit) => commit.version <= version);
    const model = new StoreModel();
    for (const { run } of kept) model.replay(run.steps);
    const found = rowsText(rows);
    const expected = rowsText(model.rows);
    if (found !== expected) {
      const sentence = `version ${version}, opened again, is not what its commits add up to: ${firstDifference(found, expected)}`;
      throw new ViolationError(this.#detection !== null ? "ST14" : "ST8", sentence);
    }
    requireInvariants(new Map(rows));
    const lost = this.#history.length - kept.length;
    if (lost > 0) this.#requireUnnoticeable(kept.length, atMs);
    if (lost > 0) this.counts.lost = (this.counts.lost ?? 0) + lost;
    if (lost > 0) this.#pasts.push(this.#history);
    this.#history = kept;
    return past === undefined ? lost : Math.max(1, lost);
  }

  /**
   * A history that ended at `version` before it lost that end. Where a sync lied of cutting
   * the end off, a loss of power brings it back, and nobody can tell.
   */
  #pastOf(version: CommitVersion, atMs: number): readonly Commit[] | undefined {
    if (atMs < (this.#detection?.liesFromMs ?? Number.POSITIVE_INFINITY)) return undefined;
    return this.#pasts.find((past) => past.at(-1)?.version === version);
  }

  /**
   * Of the history all from `first` on is lost, and nobody said so. That can't be found
   * out where a sync lied, nor of the last group of commits, or of as many as bits turned
   * over; nor, where a write landed elsewhere, of what that destroyed.
   *
   * @throws {ViolationError} ST14.
   */
  #requireUnnoticeable(first: number, atMs: number): void {
    const { liesFromMs, straysFromMs, rotsAtMs } = this.#detection!;
    if (atMs >= straysFromMs) return;
    const rots = rotsAtMs.filter((rotAtMs) => rotAtMs <= atMs).length;
    // What syncs lied of is gone: then the last that is there is one before.
    const honest = this.#history.filter((commit) => commit.atMs < liesFromMs);
    const groups = [...new Set(honest.map((commit) => commit.atMs))];
    const excusedCount = liesFromMs <= atMs ? rots : Math.max(1, rots);
    const excused = new Set(excusedCount === 0 ? [] : groups.slice(-excusedCount));
    const lost = this.#history.slice(first);
    const noticeable = lost.find((commit) => commit.atMs < liesFromMs && !excused.has(commit.atMs));
    if (noticeable === undefined) return;
    const sentence = `version ${noticeable.version} of ${noticeable.atMs} ms is gone, with ${lost.length - 1} more, and nobody said so`;
    throw new ViolationError("ST14", sentence);
  }
}

function requireSame(promise: string, run: RecordedRun, model: StoreModel): void {
  const wrong = model.replay(run.steps);
  if (wrong === null) return;
  const sentence = `operation ${run.call.work.id}, on version ${run.snapshotVersion}: ${wrong}`;
  throw new ViolationError(promise, sentence);
}

function firstDifference(found: string, expected: string): string {
  const [left, right] = [found.split("\n"), expected.split("\n")];
  const at = left.findIndex((line, index) => line !== right[index]);
  const index = at === -1 ? left.length : at;
  return `${left[index]?.slice(0, 60) ?? "nothing"} instead of ${right[index]?.slice(0, 60) ?? "nothing"}`;
}
