// What the nodes of a cluster said and showed in a run, held against a naive model and
// given to judges.
//
// Promises, those of the store by the ids of its SPEC.md:
//   ST1   Each run of a transaction, also one that failed, saw the store at one version.
//   ST4   Transactions of all nodes are strictly serializable (../store/store_history.ts).
//   ST7   Versions ascend, none is given twice, and none is missing.
//   ST8   What was acknowledged is there in the end.
//   ST9   A watch reports every commit that touched its range.
//   ST13  Calls fail with the codes that are documented; what failed did not take effect,
//         but for `io` and `unknown_outcome`.
//   CL1   All nodes show the same, also after they were opened again.
//   CL2   Once faults have ended, each node soon answers a write and a read.
//   CL3   A node ends when it is asked to, and leaves no timer behind.
//   CL4   No two nodes have different rows as of the same entry of the log.
//
// Each transaction that writes also writes its version, in a row of its own. So in the end
// it is known of every call whether it took effect and at which version, also of those that
// nobody was told of.

import { ViolationError } from "@holdfast/sim";
import { type ErrorCode, isHoldfastError } from "@holdfast/std";
import type { CommitVersion } from "@holdfast/store";
import type { Answer } from "../store/judged_work.ts";
import type { RecordedRun } from "../store/recorded_run.ts";
import { hasWritten } from "../store/recorded_transaction.ts";
import { type Call, type Content, type Effect, StoreHistory } from "../store/store_history.ts";
import { rowsText, StoreModel } from "../store/store_model.ts";
import type { WorkLedger } from "../store/store_worker.ts";
import { requireInvariants, stampOf } from "../store/store_workload.ts";

/** A run that took effect. */
export interface Commit {
  readonly version: CommitVersion;
  readonly run: RecordedRun;
}

/** What a call fails with that did not take effect, and of which that is not known. */
const surely = [
  "conflict",
  "too_old",
  "cancelled",
  "unavailable",
  "overloaded",
  "disk_full",
  "closed",
] as const satisfies readonly ErrorCode[];
const perhaps = ["io", "unknown_outcome"] as const satisfies readonly ErrorCode[];

/** The books of one run. */
export class ClusterLedger implements WorkLedger {
  /** What was counted; all but `agreed`, `found`, `unknown` and `restored` are there in every run. */
  readonly counts: Record<string, number> = { committed: 0, compared: 0, opened: 0, judged: 0 };
  readonly history = new StoreHistory();
  readonly #runs: RecordedRun[] = [];
  readonly #commits: Commit[] = [];
  readonly #failed = new Map<Call, string>();
  /** Handed in, and neither acknowledged nor known to have failed. */
  readonly #maybe = new Map<Call, RecordedRun>();

  constructor() {
    this.history.shows({ version: 0 as CommitVersion, rows: [] });
  }

  /** All that took effect and wrote, as far as it is known. */
  get commits(): readonly Commit[] {
    return this.#commits;
  }

  /** Counts something that need not happen in each run. */
  count(name: string): void {
    this.counts[name] = (this.counts[name] ?? 0) + 1;
  }

  begin(call: Call, snapshotVersion: CommitVersion): RecordedRun {
    const run: RecordedRun = { call, snapshotVersion, steps: [], handedIn: 0, answer: undefined };
    this.#runs.push(run);
    return run;
  }

  handIn(run: RecordedRun, answer: Answer): void {
    run.answer = answer;
    if (hasWritten(run.steps)) this.#maybe.set(run.call, run);
  }

  drop({ call }: RecordedRun): void {
    this.#maybe.delete(call);
  }

  /** @throws {ViolationError} ST1. */
  commit(run: RecordedRun, version: CommitVersion): void {
    const wrote = this.#maybe.delete(run.call);
    this.history.ok(run.call, { answer: run.answer, version, wrote });
    if (wrote) {
      this.#commits.push({ version, run });
      this.counts.committed! += 1;
    } else if (version !== run.snapshotVersion) {
      throw new ViolationError("ST1", `read at ${run.snapshotVersion}, answered ${version}`);
    }
  }

  /** @throws {ViolationError} ST13. */
  fail(call: Call, run: RecordedRun | null, error: unknown): void {
    if (isHoldfastError(error, ...perhaps)) {
      this.count("unknown");
      return;
    }
    if (!isHoldfastError(error, ...surely)) {
      throw new ViolationError("ST13", `a transaction failed with ${String(error)}`);
    }
    if (run !== null) this.drop(run);
    this.#failed.set(call, error.message);
    this.history.fail(call);
  }

  /** All nodes show `content`, and nothing more comes. @throws {ViolationError} */
  end({ version, rows }: Content): void {
    const stamps = new Map(rows.filter(([key]) => isStamp(key)));
    const found = this.#settle(stamps);
    const own = rows.filter(([key]) => !isStamp(key));
    this.#compare({ version, rows: own });
    this.history.opened(found);
    this.history.shows({ version, rows: own });
    this.counts.judged! += this.history.judge();
  }

  /** Finds out which of those that nobody was told of are there, and that the others are as they were told. */
  #settle(stamps: ReadonlyMap<string, string>): Map<Call, Effect> {
    const stampOfCall = ({ work }: Call): string | undefined => stamps.get(stampOf(work.id));
    for (const { version, run } of this.#commits) {
      const stamp = stampOfCall(run.call);
      if (stamp === String(version)) continue;
      const [id, fate] = [run.call.work.id, stamp ?? "nowhere"];
      const sentence = `operation ${id} was acknowledged as ${version}, and is ${fate}`;
      throw new ViolationError("ST8", sentence);
    }
    for (const [call, why] of this.#failed) {
      const stamp = stampOfCall(call);
      if (stamp === undefined) continue;
      const sentence = `operation ${call.work.id} failed, "${why}", and took effect as ${stamp}`;
      throw new ViolationError("ST13", sentence);
    }
    const effects = new Map<Call, Effect>();
    for (const [call, run] of this.#maybe) {
      const stamp = stampOfCall(call);
      if (stamp === undefined) continue;
      const version = Number(stamp) as CommitVersion;
      effects.set(call, { answer: run.answer, version, wrote: true });
      this.#commits.push({ version, run });
      this.count("found");
    }
    this.#commits.sort((left, right) => left.version - right.version);
    return effects;
  }

  /** Replays everything in the order of versions. */
  #compare({ version, rows }: Content): void {
    const model = new StoreModel();
    const runs = [...this.#runs].sort(
      (left, right) => left.snapshotVersion - right.snapshotVersion,
    );
    let at = 0;
    const lookUpTo = (end: number): void => {
      for (; at < runs.length && runs[at]!.snapshotVersion < end; at += 1) {
        requireSame("ST1", runs[at]!, model.fork());
        this.counts.compared! += 1;
      }
    };
    this.#commits.forEach((commit, index) => {
      if (commit.version !== index + 1) {
        throw new ViolationError("ST7", `version ${commit.version} follows ${index}`);
      }
      lookUpTo(commit.version);
      requireSame("ST4", commit.run, model);
      requireInvariants(new Map(model.rows));
    });
    lookUpTo(Number.POSITIVE_INFINITY);
    if (version !== this.#commits.length) {
      const sentence = `${this.#commits.length} commits are known, the newest version is ${version}`;
      throw new ViolationError("ST7", sentence);
    }
    if (rowsText(rows) !== rowsText(model.rows)) {
      throw new ViolationError("ST8", `version ${version} is not what its commits add up to`);
    }
  }
}

function isStamp(key: string): boolean {
  return key.startsWith("stamp/");
}

function requireSame(promise: string, run: RecordedRun, model: StoreModel): void {
  const wrong = model.replay(run.steps);
  if (wrong === null) return;
  const sentence = `operation ${run.call.work.id}, on version ${run.snapshotVersion}: ${wrong}`;
  throw new ViolationError(promise, sentence);
}
