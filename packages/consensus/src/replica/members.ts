// Who the others are: where each listens, which of them may talk, and what a leader notes
// of them in the log.
//
// The log says who is a member, where it listens, and what its disk is called. A node says
// the same of itself when it dials. What the log does not say yet, a leader writes down once
// it has heard it; so a node that moved is found again, and one that comes back with an
// empty disk under the name that it had is told from the one that gave its votes.
//
// Invariants:
//   MB1  A node whose disk is another than the log says is not heard: what the disk before
//        promised is lost, and its vote could undo what was committed.
//   MB2  A node that is no member any more, as of an entry that is committed and later than
//        what it knows itself, is not heard. One that may become a member is: a candidate
//        may know more of who decides than whoever it asks.
//   MB3  A learner becomes a voter when its log is near the end of the leader's, and enough
//        of the voters that there would be are alive.

import type { Connection } from "@holdfast/world";
import {
  isJoint,
  isVoter,
  type Membership,
  type MembershipChange,
  type MembershipStep,
  membersOf,
  type Seat,
  seatOf,
} from "../raft/membership.ts";
import type { PeerStatus, Placed, Raft } from "../raft/raft.ts";
import type { Index, NodeId } from "../raft/types.ts";
import type { Hello, Rebuff } from "./frame.ts";
import type { ReplicaOptions } from "./options.ts";

/** A learner that lacks at most so many entries is as good as level: they take it a moment. */
const joinLagMax = 1_000;
/** Of so many nodes it is remembered what they said of themselves. */
const heardMax = 256;

/** What is said of a node whose disk is not the one that the others know. */
export const otherDisk = "it has another disk than the one that voted";

type Own = Pick<Seat, "address" | "disk">;

/** See the head of this file. */
export class Members {
  readonly #options: ReplicaOptions;
  readonly #raft: Raft;
  readonly #own: { readonly address: string | null; readonly disk: string };
  readonly #heard = new Map<NodeId, Own>();
  #wasMember = false;

  /** @param disk - The name of this node's disk. */
  constructor(options: ReplicaOptions, raft: Raft, disk: string) {
    this.#options = options;
    this.#raft = raft;
    this.#own = { address: options.address ?? null, disk };
    this.review();
  }

  /** What this node says first to `to`. */
  helloTo(to: NodeId): Hello {
    const { id, cluster } = this.#options;
    const since = this.#memberAt ?? (0 as Index);
    const seat = seatOf(this.#raft.memberships.inForce.membership, to);
    return { cluster, from: id, to, since, expected: seat?.disk ?? null, ...this.#own };
  }

  // The last membership in the log that has this node; null where none does.
  get #memberAt(): Index | null {
    const { id } = this.#options;
    const own = this.#raft.memberships.known.filter(({ membership }) => {
      return membersOf(membership).includes(id);
    });
    return own.at(-1)?.index ?? null;
  }

  /** Looks again at what the log says; called where that changed. O(members). */
  review(): void {
    this.#wasMember ||= this.#memberAt !== null;
  }

  /** Where to dial `node`; null where nobody knows. */
  addressOf(node: NodeId): string | null {
    const seat = seatOf(this.#raft.memberships.inForce.membership, node);
    const known = seat?.address ?? this.#heard.get(node)?.address ?? null;
    return this.#options.addressOf(node, known);
  }

  /** Whether `hello` looks for a node of this name with another disk. */
  isMistaken({ expected }: Hello): boolean {
    return expected !== null && expected !== this.#own.disk;
  }

  /** MB1, MB2: why whoever says `hello` is not let in; null where it is. */
  judge(hello: Hello, connection: Connection): Rebuff | null {
    const { from, disk, address, since } = hello;
    const { inForce, settled } = this.#raft.memberships;
    const rebuff = (reason: Rebuff["reason"], index: Index, sentence: string) => {
      return { reason, index, sentence };
    };
    const seat = seatOf(inForce.membership, from);
    if (seat !== null && seat.disk !== null && seat.disk !== disk) {
      return rebuff("other_disk", inForce.index, otherDisk);
    }
    const isNone = (placed: Placed) => !membersOf(placed.membership).includes(from);
    if (isNone(settled) && isNone(inForce) && settled.index > since) {
      const sentence = `${from} is no member as of entry ${settled.index}`;
      return rebuff("removed", settled.index, sentence);
    }
    const stranger = this.provenOther(connection, from, null);
    if (stranger !== null) return rebuff("other", inForce.index, stranger);
    this.#heard.delete(from);
    this.#heard.set(from, { address, disk });
    if (this.#heard.size > heardMax) this.#heard.delete(this.#heard.keys().next().value!);
    return null;
  }

  /**
   * Why the other end of `connection` can't be `node`, by what it proved; null where it may
   * be, as where it was asked for no proof.
   *
   * @param dialled - Where it was dialled, where this node did.
   */
  provenOther(connection: Connection, node: NodeId, dialled: string | null): string | null {
    if (connection.proves === undefined) return null;
    const { hostOf } = this.#options;
    const address = dialled ?? this.addressOf(node);
    const host = address === null ? null : (hostOf?.(address) ?? null);
    const isProven = [node, host].some((name) => name !== null && connection.proves?.(name));
    return isProven ? null : `the certificate of whoever calls itself ${node} is of somebody else`;
  }

  /** Whether `node` is a member, or may be one once this node knows more of what is committed. */
  isMember(node: NodeId): boolean {
    const { inForce, settled } = this.#raft.memberships;
    return [inForce, settled].some(({ membership }) => membersOf(membership).includes(node));
  }

  /** The committed entry as of which this node is no member any more; null where it may be one. */
  get removedAt(): Index | null {
    const { settled } = this.#raft.memberships;
    return this.#wasMember && !this.isMember(this.#options.id) ? settled.index : null;
  }

  /** Whether a peer that said `rebuff` knows more of who is a member than this node. */
  isFinal({ reason, index }: Rebuff): boolean {
    if (reason === "other_disk") return true;
    const since = this.#memberAt;
    return reason === "removed" && since !== null && index > since;
  }

  /** What a leader is to change by itself now; null where that is nothing, or it does not lead. O(members). */
  nextChange(nowMs: number): MembershipChange | null {
    if (this.#raft.standing.role !== "leader") return null;
    const { inForce, settled } = this.#raft.memberships;
    if (inForce.index > settled.index || isJoint(inForce.membership)) return null;
    const seats = this.#newSeats(inForce.membership);
    if (seats.length > 0) return { type: "seats", seats };
    return inForce.membership.learners.length === 0
      ? null
      : this.#promotion(inForce.membership, nowMs);
  }

  #newSeats(membership: Membership): readonly Seat[] {
    const { id } = this.#options;
    return membersOf(membership).flatMap((node) => {
      const said = node === id ? this.#own : this.#heard.get(node);
      if (said === undefined) return [];
      const seat = seatOf(membership, node) ?? { node, address: null, disk: null, replaces: null };
      const isTaken = membership.seats.some((other) => {
        return other.node !== node && other.address === said.address;
      });
      const address = isTaken ? seat.address : (said.address ?? seat.address);
      const disk = seat.disk ?? said.disk;
      const isNew = address !== seat.address || disk !== seat.disk;
      return isNew ? [{ ...seat, address, disk }] : [];
    });
  }

  // MB3. One learner at a time, and another in its place goes in the same step.
  #promotion(membership: Membership, nowMs: number): MembershipChange | null {
    const { last, peers } = this.#raft.status;
    const alive = aliveNodes(this.#options, peers, nowMs);
    for (const node of membership.learners) {
      const peer = peers.find(({ id }) => id === node);
      const isLevel = peer?.mode === "replicate" && last.index - peer.match <= joinLagMax;
      const seat = seatOf(membership, node);
      if (!isLevel || !alive.has(node) || seat === null || seat.disk === null) continue;
      const { replaces } = seat;
      const leaver = replaces !== null && isVoter(membership, replaces) ? replaces : null;
      const rest = membership.voters.filter((voter) => voter !== leaver);
      if (!canDecide([...rest, node], alive)) continue;
      const { address, disk } = seat;
      const step = { type: "add_voter", node, seat: { address, disk, replaces: null } } as const;
      const steps: MembershipStep[] = [step];
      if (leaver !== null) steps.push({ type: "remove", node: leaver });
      return { type: "steps", steps, passage: "short" };
    }
    return null;
  }
}

/** Which nodes this leader heard within an election timeout; itself among them. */
export function aliveNodes(
  { id, timing }: Pick<ReplicaOptions, "id" | "timing">,
  peers: readonly PeerStatus[],
  nowMs: number,
): ReadonlySet<NodeId> {
  const alive = peers.filter(({ heardMs }) => nowMs - heardMs < timing.electionMs);
  return new Set([id, ...alive.map((peer) => peer.id)]);
}

/** Whether a majority of `voters` is among `alive`. */
export function canDecide(voters: readonly NodeId[], alive: ReadonlySet<NodeId>): boolean {
  return voters.filter((voter) => alive.has(voter)).length * 2 > voters.length;
}
