// What the nodes of a cluster said and showed in a run, held against a naive model and
// given to judges.
//
// Promises, those of the store by the ids of its SPEC.md:
//   ST1   Each run of a transaction, also one that failed, saw the store at one version.
//   ST4   Transactions of all nodes are strictly serializable (../store/store_history.ts).
//   ST7   Versions ascend, none is given twice, and none is missing.
//   ST8   What was acknowledged is there in the end.
//   ST9   A watch reports every commit that touched its range.
//   ST6   Writes that were gathered into one commit are there as a whole or not at all.
//   ST13  Calls fail with the codes that are documented; what failed did not take effect,
//         but for `io` and `unknown_outcome`.
//   ST22, ST23, ST25  Reads are as recent, and timeouts as late, as was asked for.
//   CL1   All nodes show the same, also after they were opened again.
//   CL2   Once faults have ended, each node soon answers a write and a read.
//   CL3   A node ends when it is asked to, and leaves no timer behind.
//   CL4   No two nodes have different rows as of the same entry of the log.
//
// Each transaction that writes also writes its version, in a row of its own. So in the end
// it is known of every call whether it took effect and at which version, also of those that
// nobody was told of. Gathered writes can't: see found_writes.ts.

import { ViolationError } from "@holdfast/sim";
import { isHoldfastError } from "@holdfast/std";
import type { CommitVersion } from "@holdfast/store";
import type { Answer } from "../store/judged_work.ts";
import { perhapsDone, surelyFailed } from "../store/outcome.ts";
import type { RecordedRun } from "../store/recorded_run.ts";
import { hasWritten } from "../store/recorded_transaction.ts";
import { type Call, type Content, type Effect, StoreHistory } from "../store/store_history.ts";
import { rowsText, StoreModel } from "../store/store_model.ts";
import type { WorkLedger } from "../store/store_worker.ts";
import { markOf, requireInvariants, stampOf } from "../store/store_workload.ts";
import { type Commit, placements } from "./found_writes.ts";

/** Runs that are one commit, in the order of their calls. */
export type Gathered = RecordedRun[];

/** Of a store that is empty. */
const none = 0 as CommitVersion;
/** So many ways to place what was found are tried; there are hardly ever two. */
const placementsMax = 1_000;

/** The books of one run. */
export class ClusterLedger implements WorkLedger {
  /** What was counted; those named here are there in every run. */
  readonly counts: Record<string, number> = { committed: 0, compared: 0, opened: 0, judged: 0 };
  readonly history = new StoreHistory();
  readonly #runs: RecordedRun[] = [];
  #commits: readonly Commit[] = [];
  readonly #acknowledged: Commit[] = [];
  /** The newest version that was acknowledged, and since when; in the order of both. */
  readonly #newest: { readonly atMs: number; readonly version: CommitVersion }[] = [];
  readonly #failed = new Map<Call, string>();
  /** Handed in, and neither acknowledged nor known to have failed. */
  readonly #maybe = new Map<Call, RecordedRun>();
  readonly #gathered = new Set<Gathered>();

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

  /** The newest version that had been acknowledged at `atMs`. */
  acknowledgedBy(atMs: number): CommitVersion {
    for (let at = this.#newest.length - 1; at >= 0; at -= 1) {
      const newest = this.#newest[at]!;
      if (newest.atMs <= atMs) return newest.version;
    }
    return none;
  }

  begin(call: Call, snapshotVersion: CommitVersion): RecordedRun {
    const run: RecordedRun = { call, snapshotVersion, steps: [], handedIn: 0, answer: undefined };
    this.#runs.push(run);
    return run;
  }

  /** A call that reads nothing, and keeps its version itself where it is not `gathered` with others. */
  beginBlindly(call: Call, gathered: Gathered | null): RecordedRun {
    const snapshotVersion = this.#newest.at(-1)?.version ?? none;
    const run = { call, snapshotVersion, steps: [], handedIn: 0, answer: undefined };
    gathered?.push(run);
    if (gathered !== null) this.#gathered.add(gathered);
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
  commit(run: RecordedRun, version: CommitVersion, atMs: number): void {
    const wrote = this.#maybe.delete(run.call);
    this.history.ok(run.call, { answer: run.answer, version, wrote });
    if (wrote) {
      this.#acknowledged.push({ version, run });
      this.counts.committed! += 1;
    } else if (version !== run.snapshotVersion) {
      throw new ViolationError("ST1", `read at ${run.snapshotVersion}, answered ${version}`);
    }
    if (version > (this.#newest.at(-1)?.version ?? none)) this.#newest.push({ atMs, version });
  }

  /** @throws {ViolationError} ST13. */
  fail(call: Call, run: RecordedRun | null, error: unknown): void {
    if (isHoldfastError(error, ...perhapsDone)) {
      this.count("unknown");
      return;
    }
    if (!isHoldfastError(error, ...surelyFailed)) {
      throw new ViolationError("ST13", `a transaction failed with ${String(error)}`);
    }
    if (run !== null) this.drop(run);
    this.#failed.set(call, error.message);
    this.history.fail(call);
  }

  /** All nodes show `content`, and nothing more comes. @throws {ViolationError} */
  end({ version, rows }: Content): void {
    const all = new Map(rows);
    this.#requireTold(all);
    const own = { version, rows: rows.filter(([key]) => !isStamp(key)) };
    const known = [...this.#acknowledged, ...this.#stamped(all)];
    this.#commits = this.#complete(known, this.#unstamped(all), own);
    const told = new Set(this.#acknowledged);
    const found = this.#commits.filter((commit) => !told.has(commit));
    for (const _ of found) this.count("found");
    const effects = found.map(({ run, version: at }): [Call, Effect] => [
      run.call,
      { answer: run.answer, version: at, wrote: true },
    ]);
    this.history.opened(new Map(effects));
    this.history.shows(own);
    this.counts.judged! += this.history.judge();
  }

  /** What was acknowledged is there, and what failed is not. @throws {ViolationError} ST8, ST13. */
  #requireTold(rows: ReadonlyMap<string, string>): void {
    const unstamped = new Set([...this.#gathered].flat());
    for (const { version, run } of this.#acknowledged) {
      const { id } = run.call.work;
      const isThere = rows.has(markOf(id));
      const stamp = unstamped.has(run) && isThere ? String(version) : rows.get(stampOf(id));
      if (isThere && stamp === String(version)) continue;
      const sentence = `operation ${id} was acknowledged as ${version}, and is ${stamp ?? "nowhere"}`;
      throw new ViolationError("ST8", sentence);
    }
    for (const [{ work }, why] of this.#failed) {
      if (!rows.has(markOf(work.id))) continue;
      const stamp = rows.get(stampOf(work.id)) ?? "one of its turn";
      const sentence = `operation ${work.id} failed, "${why}", and took effect as ${stamp}`;
      throw new ViolationError("ST13", sentence);
    }
  }

  /** Those that nobody was told of, and that keep their version. */
  #stamped(rows: ReadonlyMap<string, string>): readonly Commit[] {
    return [...this.#maybe.values()].flatMap((run) => {
      const stamp = rows.get(stampOf(run.call.work.id));
      return stamp === undefined ? [] : [{ version: Number(stamp) as CommitVersion, run }];
    });
  }

  /** Those that nobody was told of, and that keep no version. @throws {ViolationError} ST6. */
  #unstamped(rows: ReadonlyMap<string, string>): readonly Gathered[] {
    return [...this.#gathered].filter((group) => {
      const unknown = group.filter(({ call }) => this.#maybe.has(call));
      const found = unknown.filter(({ call }) => rows.has(markOf(call.work.id)));
      if (found.length === 0) return false;
      if (found.length === group.length) return true;
      const ids = group.map(({ call }) => call.work.id).join(", ");
      throw new ViolationError("ST6", `of operations ${ids}, one commit, not all took effect`);
    });
  }

  /** All commits, in order. @throws {ViolationError} What holds in no way to place `groups` among those that are `known`. */
  #complete(
    known: readonly Commit[],
    groups: readonly Gathered[],
    content: Content,
  ): readonly Commit[] {
    const taken = new Set<number>(known.map(({ version }) => version));
    const free = Array.from({ length: content.version }, (_, index) => index + 1).filter(
      (version) => !taken.has(version),
    );
    let wrong: unknown = null;
    let tries = 0;
    for (const found of placements(groups, free as CommitVersion[])) {
      const commits = [...known, ...found].sort((left, right) => left.version - right.version);
      try {
        this.counts.compared! += this.#compare(commits, content);
        return commits;
      } catch (error) {
        wrong ??= error;
      }
      tries += 1;
      if (tries === placementsMax) throw new ViolationError("P0", "what was found was not placed");
    }
    if (wrong !== null) throw wrong;
    const sentence = `nobody knows of versions ${free.join(", ")}; found were ${groups.map(({ length }) => length).join(", ")}`;
    throw new ViolationError("ST7", sentence);
  }

  /** Replays everything in the order of versions; how many runs. @throws {ViolationError} ST1, ST4, ST7, ST8. */
  #compare(commits: readonly Commit[], { version, rows }: Content): number {
    const model = new StoreModel();
    const runs = [...this.#runs].sort(
      (left, right) => left.snapshotVersion - right.snapshotVersion,
    );
    let at = 0;
    const lookUpTo = (end: number): void => {
      for (; at < runs.length && runs[at]!.snapshotVersion < end; at += 1) {
        requireSame("ST1", runs[at]!, model.fork());
      }
    };
    commits.forEach((commit, index) => {
      if (commit.version !== index + 1) {
        throw new ViolationError("ST7", `version ${commit.version} follows ${index}`);
      }
      lookUpTo(commit.version);
      requireSame("ST4", commit.run, model);
      requireInvariants(new Map(model.rows));
    });
    lookUpTo(Number.POSITIVE_INFINITY);
    if (version !== commits.length) {
      const sentence = `${commits.length} commits are known, the newest version is ${version}`;
      throw new ViolationError("ST7", sentence);
    }
    if (rowsText(rows) !== rowsText(model.rows)) {
      throw new ViolationError("ST8", `version ${version} is not what its commits add up to`);
    }
    return at;
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
