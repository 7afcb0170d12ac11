// Where commits are decided: at the leader, while it leads one term.
//
// Only one leader of a term exists, and what it proposes stands in its log, in order, or
// nowhere. So its committer may decide upon what it has applied and proposed itself: no
// other commit can come between, as long as all goes through the log in that term.
//
// Invariants:
//   DE1  A desk opens when all that earlier terms committed is applied here: a read
//        barrier of its own term was passed.
//   DE2  What it decides is proposed in its term or not at all.
//   DE3  A commit that is asked for again, while it is under way or after it took effect,
//        is the same commit.

import type { Replica, Term } from "@holdfast/consensus";
import { HoldfastError, isHoldfastError } from "@holdfast/std";
import type { World } from "@holdfast/world";
import { type CommitRecord, encodeCommits } from "../../commit_record.ts";
import type { CommitToken, CommittedToken } from "../../commit_token.ts";
import { Committer, type Request } from "../../committer.ts";
import type { Engine, EngineSnapshot } from "../../engine.ts";
import { type HistoryLimits, historyGroupSizeBytesMax } from "../../history/history_keeper.ts";
import { historyIdentitySizeBytes } from "../../history/history_record.ts";
import { type Capabilities, type CommitVersion, transactionAgeMsMax } from "../../store.ts";
import type { WriteSet } from "../../write_set.ts";
import { encodeCommand, type Recorded } from "./command.ts";
import type { ReplicatedRows } from "./replicated_rows.ts";

/** A commit that may be asked for again. */
export interface TokenRequest extends Request {
  readonly token: CommitToken;
}

/** What a commit came to. */
export type Outcome = CommitVersion | "conflict";

/** Versions are noted this often, to know which a transaction may still stand on. */
const noteMs = 500;

/** What a desk stands on. */
interface DeskOptions {
  readonly term: Term;
  readonly world: Pick<World, "clock" | "random">;
  readonly rows: ReplicatedRows;
  readonly replica: Replica;
  readonly capabilities: Capabilities;
  /** How much history the nodes keep of what this desk decides; null for none. */
  readonly history: HistoryLimits | null;
}

/** See the head of this file. */
export class Desk {
  readonly term: Term;
  readonly #clock: World["clock"];
  readonly #rows: ReplicatedRows;
  readonly #options: DeskOptions;
  #committer: Committer;
  readonly #underWay = new Map<string, Promise<Outcome>>();
  /** Which version there was when, the oldest first. */
  #noted: { readonly atMs: number; readonly version: CommitVersion }[];

  constructor(options: DeskOptions) {
    this.#options = options;
    this.term = options.term;
    this.#clock = options.world.clock;
    this.#rows = options.rows;
    this.#noted = [{ atMs: this.#clock.now(), version: options.rows.version }];
    this.#committer = this.#newCommitter();
  }

  /**
   * Decides, and resolves once it is agreed upon and applied here.
   *
   * @throws {HoldfastError} `unavailable`: it did not take effect; `unknown_outcome`; and
   *   as `Store.transact`.
   */
  commit(request: TokenRequest): Promise<Outcome> {
    const { session, sequence } = request.token;
    const name = `${session}${sequence}`;
    const same = this.#underWay.get(name);
    if (same !== undefined) return same;
    const done = this.#decide(request).finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, done);
    return done;
  }

  async #decide(request: TokenRequest): Promise<Outcome> {
    const { stopped } = this.#committer;
    if (stopped !== null) {
      // A group that was refused stands nowhere: what is applied is all there is, and a
      // committer that begins with that is right. One whose fate is open ends the term's.
      if (!isHoldfastError(stopped, "unavailable", "overloaded") || !this.#leads) {
        throw new HoldfastError("unavailable", "the desk is closed");
      }
      this.#committer = this.#newCommitter();
    }
    return this.#rows.find(request.token) ?? (await this.#committer.commit(request));
  }

  get #leads(): boolean {
    const { role, term } = this.#options.replica.standing;
    return role === "leader" && term === this.term;
  }

  #newCommitter(): Committer {
    return new Committer(new TermEngine(this.#options), {
      committed: (version) => this.#note(version),
      oldestSnapshot: () => this.#noted[0]!.version,
    });
  }

  // A transaction on another node may stand on a snapshot of some seconds ago.
  #note(version: CommitVersion): void {
    const atMs = this.#clock.now();
    if (atMs - this.#noted.at(-1)!.atMs >= noteMs) this.#noted.push({ atMs, version });
    const oldMs = atMs - transactionAgeMsMax * 2;
    while (this.#noted.length > 1 && this.#noted[1]!.atMs <= oldMs) this.#noted.shift();
  }
}

/** The rows as its committer sees them: a commit is a proposal in this term. */
class TermEngine implements Engine {
  readonly capabilities: Capabilities;
  readonly groupSizeBytesMax?: number;
  readonly #clock: World["clock"];
  readonly #term: Term;
  readonly #rows: ReplicatedRows;
  readonly #replica: Replica;
  readonly #history: (HistoryLimits & { readonly identity: Uint8Array }) | null;
  #version: CommitVersion;

  constructor({ term, rows, replica, capabilities, world, history }: DeskOptions) {
    this.#clock = world.clock;
    this.#term = term;
    this.#rows = rows;
    this.#replica = replica;
    this.capabilities = { ...capabilities, history: history !== null };
    this.#version = rows.version;
    this.#history = null;
    if (history === null) return;
    this.#history = { ...history, identity: world.random.bytes(historyIdentitySizeBytes) };
    this.groupSizeBytesMax = historyGroupSizeBytesMax;
  }

  get version(): CommitVersion {
    return this.#version;
  }

  snapshot(): EngineSnapshot {
    return this.#rows.view();
  }

  async commit(
    version: CommitVersion,
    writes: WriteSet,
    commits: readonly CommitRecord[],
    tokens: readonly CommittedToken[],
  ): Promise<void> {
    const recorded = this.#recorded(commits);
    const command = { version, writes, tokens, recorded };
    const bytes = encodeCommand(command);
    // What becomes history every replica has from these bytes, this one too: RR4.
    if (recorded === null) this.#rows.remember(bytes, command);
    await this.#replica.propose(bytes, this.#term);
    this.#version = version;
  }

  /** What is recorded of a group; null of one that came with writes of a node without history, added up. */
  #recorded(commits: readonly CommitRecord[]): Recorded | null {
    if (this.#history === null || commits.length === 0) return null;
    const wallMs = Math.max(0, Math.floor(this.#clock.wall()));
    return { ...this.#history, commits: encodeCommits(commits), wallMs };
  }

  async close(): Promise<void> {}
}
