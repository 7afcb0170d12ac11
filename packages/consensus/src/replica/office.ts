// Where a replica sees to who is a member: it carries out orders where it leads, and passes
// them on where it does not; it writes down what it hears of members, makes voters of
// learners that are level, gives up connections to who left, and ends where it left itself.
//
// Invariants:
//   OF1  A change is asked for only upon a membership that is committed, so that what was
//        checked of it is so.
//   OF2  Nobody who is no member is dialled for longer than something is to be said to it.

import { HoldfastError, isHoldfastError } from "@holdfast/std";
import type { Connection } from "@holdfast/world";
import { type MembershipChange, membersOf } from "../raft/membership.ts";
import type { Placed, Raft } from "../raft/raft.ts";
import type { Index, NodeId } from "../raft/types.ts";
import type { Hello, Rebuff } from "./frame.ts";
import type { Links } from "./links.ts";
import { aliveNodes, type Members, otherDisk } from "./members.ts";
import type { ReplicaOptions } from "./options.ts";
import {
  changeOf,
  decodeOrder,
  encodeOrder,
  encodeOrderAnswer,
  type Order,
  requireDone,
} from "./order.ts";

/** Who was removed goes on for so long, for its last answers to leave. */
const farewellMs = 1_000;
/** How long what a leader changes by itself may keep an order waiting, in election timeouts. */
const orderElections = 4;
/** How long a transfer is waited for. */
const transferElections = 4;
const retryMs = 20;

/** What an office has done by its replica. */
export interface OfficeParts {
  readonly change: (change: MembershipChange) => Promise<void>;
  readonly transfer: (to: NodeId) => Promise<void>;
  readonly links: Links;
  /** Looks again who of those that dialled may go on. */
  readonly review: () => void;
  readonly applied: () => Index;
  readonly end: (error: HoldfastError) => void;
}

/** See the head of this file. */
export class Office {
  readonly #options: ReplicaOptions;
  readonly #raft: Raft;
  readonly #members: Members;
  readonly #parts: OfficeParts;
  #seen: { readonly inForce: Placed; readonly settled: Placed } | null = null;
  #isChanging = false;
  #removedSinceMs: number | null = null;
  /** In which term this node was last seen, and since when: as a leader, where it leads. */
  #term = -1;
  #leadsSinceMs = Number.POSITIVE_INFINITY;

  constructor(options: ReplicaOptions, raft: Raft, members: Members, parts: OfficeParts) {
    this.#options = options;
    this.#raft = raft;
    this.#members = members;
    this.#parts = parts;
  }

  /** Sees to all of it; called with each tick. O(members). */
  tend(): void {
    const { id, world } = this.#options;
    const nowMs = world.clock.now();
    const { role, term } = this.#raft.standing;
    if (role !== "leader") this.#leadsSinceMs = Number.POSITIVE_INFINITY;
    else if (term !== this.#term || this.#leadsSinceMs > nowMs) this.#leadsSinceMs = nowMs;
    this.#term = term;
    const { inForce, settled } = this.#raft.memberships;
    if (inForce !== this.#seen?.inForce || settled !== this.#seen.settled) {
      this.#seen = { inForce, settled };
      this.#members.review();
      this.#parts.review();
      for (const node of membersOf(inForce.membership)) if (node !== id) this.#parts.links.to(node);
    }
    this.#parts.links.prune();
    this.#leaveIfRemoved(nowMs);
    if (this.#isChanging) return;
    const change = this.#members.nextChange(nowMs);
    if (change !== null) void this.#changeByItself(change);
  }

  /** As `Replica.order`. */
  async order(order: Order): Promise<void> {
    const { leader } = this.#raft.standing;
    if (leader === null) throw new HoldfastError("unavailable", "nobody leads");
    if (leader === this.#options.id) await this.#carryOut(order);
    else {
      const link = this.#parts.links.to(leader);
      requireDone(await link.call(encodeOrder(order), undefined, "order"));
    }
  }

  /** Answers another node's order. */
  async answer(bytes: Uint8Array): Promise<Uint8Array> {
    try {
      await this.#carryOut(decodeOrder(bytes));
      return encodeOrderAnswer(null);
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      return encodeOrderAnswer(error);
    }
  }

  /** Why whoever says `hello` is not let in; null where it is. Ends the replica, where that is to blame. */
  judge(hello: Hello, connection: Connection): Rebuff | null {
    if (!this.#members.isMistaken(hello)) return this.#members.judge(hello, connection);
    const rebuff = { reason: "other", index: 0 as Index, sentence: otherDisk } as const;
    this.heedRebuff({ ...rebuff, reason: "other_disk" });
    return rebuff;
  }

  /** Ends the replica, where a peer knows that it is none any more. */
  heedRebuff(rebuff: Rebuff): void {
    if (!this.#members.isFinal(rebuff)) return;
    const { id, cluster } = this.#options;
    this.#parts.end(
      rebuff.reason === "removed"
        ? removedError(id, cluster, rebuff.index)
        : new HoldfastError("forbidden", `node ${id} of cluster ${cluster}: ${rebuff.sentence}`),
    );
  }

  async #carryOut(order: Order): Promise<void> {
    const { clock, random } = this.#options.world;
    if (order.type === "transfer") {
      await this.#transfer(order.to);
      return;
    }
    const untilMs = clock.now() + this.#options.timing.electionMs * orderElections;
    for (;;) {
      try {
        await this.#parts.change(this.#changeOf(order));
        return;
      } catch (error) {
        // What the leader writes down by itself is over in a moment.
        if (!isHoldfastError(error, "conflict") || clock.now() > untilMs) throw error;
      }
      await clock.sleep(retryMs * (1 + random.next()));
    }
  }

  #changeOf(order: Exclude<Order, { readonly type: "transfer" }>): MembershipChange {
    const { role } = this.#raft.standing;
    if (role !== "leader") throw new HoldfastError("unavailable", "this node does not lead");
    // At its beginning a leader takes all for alive, since it can't know better yet.
    const { clock } = this.#options.world;
    if (clock.now() - this.#leadsSinceMs < this.#options.timing.electionMs) {
      throw new HoldfastError("conflict", "the leader has only begun, and finds out who is alive");
    }
    const { peers } = this.#raft.status;
    const alive = aliveNodes(this.#options, peers, this.#options.world.clock.now());
    return changeOf(order, this.#raft.memberships.inForce.membership, alive);
  }

  async #transfer(to: NodeId): Promise<void> {
    const { world, timing } = this.#options;
    if (!membersOf(this.#raft.memberships.inForce.membership).includes(to)) {
      throw new HoldfastError("not_found", `node ${to} is no member`);
    }
    await this.#parts.transfer(to);
    const untilMs = world.clock.now() + timing.electionMs * transferElections;
    while (this.#raft.standing.leader !== to) {
      if (world.clock.now() > untilMs) {
        throw new HoldfastError("timeout", `node ${to} did not come to lead`);
      }
      await world.clock.sleep(retryMs);
    }
  }

  async #changeByItself(change: MembershipChange): Promise<void> {
    this.#isChanging = true;
    try {
      await this.#parts.change(change);
    } catch (error) {
      // Another leader, or a later tick, does it; whoever ended the replica was told.
      if (!isHoldfastError(error)) throw error;
    } finally {
      this.#isChanging = false;
    }
  }

  #leaveIfRemoved(nowMs: number): void {
    const { removedAt } = this.#members;
    if (removedAt === null || this.#parts.applied() < removedAt) return;
    this.#removedSinceMs ??= nowMs;
    if (nowMs - this.#removedSinceMs < farewellMs) return;
    const { id, cluster } = this.#options;
    this.#parts.end(removedError(id, cluster, removedAt));
  }
}

function removedError(id: NodeId, cluster: string, index: Index): HoldfastError {
  const sentence = `node ${id} was removed from cluster ${cluster}, by entry ${index} of its log`;
  return new HoldfastError("forbidden", sentence);
}
