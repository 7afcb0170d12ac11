// Raft, as a machine without I/O: what comes in, and which part of it answers.
//
// Replicas agree on a log of commands, one leader at a time, as long as a majority
// of them can talk to each other. This machine says what to send, what to make
// durable and what to apply; it never reads a clock, draws a number, waits, or
// fails because of what came late, twice or never.
//
//   step.ts         which part takes what; which message is read at all: terms
//   election.ts     E1-E4      asking around, campaigning, voting
//   leader.ts       LD1-LD5    appending, committing, stepping down
//   replication.ts             what peers lack; peer.ts P1-P2: windows
//   follower.ts     F1-F3      taking entries and snapshots
//   reads.ts        RD1-RD3    linearizable reads
//   requests.ts                commands, changes of membership, transfers
//   membership.ts   M1-M2      who decides
//   log.ts          L1-L4      the log in memory
//   persistence.ts  R1-R2      what is durable, and what may leave
//
// Over all of them, across nodes, a simulation holds:
//   S1  At most one leader for a term.
//   S2  Logs that have an entry of one index and term are equal up to it.
//   S3  What is committed is in the log of every later leader.
//   S4  No two nodes apply different entries at one index.
//   S5  A read sees all that was acknowledged before it began.
//
// Source: Ongaro & Ousterhout 2014; Ongaro 2014 (thesis). Learnt from etcd's raft:
// probing and replicating, writes that are under way. Not here: the disk, the wire's
// bytes, and sessions that make a command that is sent twice count once.

import type { Input } from "./input.ts";
import { lastOf, membershipIn, membershipSettled } from "./log.ts";
import type { Membership } from "./membership.ts";
import type { Output } from "./output.ts";
import { type RaftOptions, type RaftState, type Saved, stateFrom } from "./state.ts";
import { stepState } from "./step.ts";
import type { HardState, Index, NodeId, Position, Role, Term } from "./types.ts";

/** What a node looks like from outside. */
export interface RaftStatus {
  readonly role: Role;
  readonly hard: HardState;
  /** Who leads, as far as is known. */
  readonly leader: NodeId | null;
  readonly last: Position;
  readonly committed: Index;
  readonly applied: Index;
  readonly membership: Membership;
  /** The last entry that a damaged disk may have lost, and that is not there again; else null. */
  readonly unsure: Index | null;
  /** How far each peer is, where this node leads; by name. */
  readonly peers: readonly PeerStatus[];
}

/** A peer as its leader sees it. */
export interface PeerStatus {
  readonly id: NodeId;
  readonly mode: "probe" | "replicate" | "snapshot";
  /** Durable there through here. */
  readonly match: Index;
  readonly next: Index;
  /** Messages with entries that are under way. */
  readonly inFlight: number;
  /** When it was last heard in this term; the term's beginning where it was not. */
  readonly heardMs: number;
}

/** A membership, and where it stands in the log. */
export interface Placed {
  readonly index: Index;
  readonly membership: Membership;
}

/**
 * One replica.
 *
 * Feed every event to {@link Raft.step}, one after the other, and carry out what
 * it returns, in the order that {@link Output} states.
 *
 * @example
 * const { persist, send } = raft.step({ type: "tick", jitterMs }, clock.now());
 */
export class Raft {
  readonly #options: RaftOptions;
  readonly #state: RaftState;

  /**
   * @param saved - What was found on disk: of the requests to persist, a prefix.
   * @param nowMs - A monotonic clock, as in {@link step}.
   * @throws {HoldfastError} `invalid_argument` where the options contradict each
   *   other: fix them. `corrupt` where what was saved does: don't start on it.
   */
  constructor(options: RaftOptions, saved: Saved, nowMs: number) {
    this.#options = options;
    this.#state = stateFrom(options, saved, nowMs);
  }

  /**
   * Takes one event and says what to do about it. Never waits, and never throws
   * because of a message that came late, twice, or from whomever.
   *
   * @param nowMs - A monotonic clock that goes on while the process stands still.
   *   It never goes back.
   * @throws {HoldfastError} `invalid_argument` where the driver says that
   *   something is done which it was never asked to do.
   * @throws {InvariantError} When an invariant is broken: end the node.
   *
   * Cost: O(peers + entries that are sent, committed or handed out); a decision
   * about who has what O(voters log voters).
   */
  step(input: Input, nowMs: number): Output {
    return stepState(this.#options, this.#state, input, nowMs);
  }

  /** What it is doing, in which term, and who leads. O(1). */
  get standing(): { readonly role: Role; readonly term: Term; readonly leader: NodeId | null } {
    const { role, hard, leader } = this.#state;
    return { role, term: hard.term, leader };
  }

  /** Whether a peer was not told of all that is committed; see `tellsAtOnce`. O(peers). */
  get hasUntold(): boolean {
    const { leading, log } = this.#state;
    for (const peer of leading?.peers.values() ?? []) {
      if (peer.mode === "replicate" && peer.committed < log.committed) return true;
    }
    return false;
  }

  /** Who decides; and who did as of the last entry that is known to be committed. O(memberships in doubt). */
  get memberships(): {
    readonly inForce: Placed;
    readonly settled: Placed;
    /** All that the log holds, by rising index. */
    readonly known: readonly Placed[];
  } {
    const { log } = this.#state;
    return { inForce: membershipIn(log), settled: membershipSettled(log), known: log.memberships };
  }

  /** The last entry that was dropped from the log. O(1). */
  get base(): Position {
    return this.#state.log.base;
  }

  /**
   * The last entry that none of the peers lacks which are alive and being given what they
   * lack, be it as entries or, before these, as a snapshot; infinite where there are none.
   * O(peers).
   */
  unneeded(nowMs: number): number {
    const { leading } = this.#state;
    let least = Number.POSITIVE_INFINITY;
    for (const peer of leading?.peers.values() ?? []) {
      if (nowMs - peer.heardMs >= this.#options.electionMs) continue;
      if (peer.mode === "replicate") least = Math.min(least, peer.match);
      if (peer.transfer !== null) least = Math.min(least, peer.transfer.snapshot.index);
    }
    return least;
  }

  /** The node as it is now. O(peers). */
  get status(): RaftStatus {
    const { role, hard, leader, log, leading, unsure } = this.#state;
    const peers = [...(leading?.peers ?? [])].map(([id, peer]) => {
      const { mode, match, next, inFlight, heardMs } = peer;
      return { id, mode, match, next, inFlight: inFlight.length, heardMs };
    });
    peers.sort((left, right) => (left.id < right.id ? -1 : 1));
    const { committed, applied } = log;
    const { membership } = membershipIn(log);
    return { role, hard, leader, last: lastOf(log), committed, applied, membership, unsure, peers };
  }
}
