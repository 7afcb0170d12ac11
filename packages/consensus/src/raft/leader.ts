// Leading: beginning a term, appending to the log, committing, stepping down.
//
// Invariants:
//   LD1  A leader only appends to its log; it never cuts it.
//   LD2  Only an entry of the leader's own term is committed by counting who holds
//        it; what lies before is committed with it. One of an earlier term may be
//        held by a quorum and still be overwritten.
//   LD3  A leader counts itself as far as its log is durable, and only where it is
//        a voter: one that is being removed carries on, and does not count.
//   LD4  A leader appends a membership only when the one before, and the first entry
//        of its term, are committed. Without the latter, two leaders could each
//        change one voter of the same set, and their majorities not meet.
//   LD5  A leader that is no voter steps down when that is committed.
//
// Source: Ongaro & Ousterhout 2014, section 5.4.2; Ongaro 2014 (thesis), section 4;
// for the second half of LD4 his note to the raft-dev list of July 2015.

import { assert } from "@holdfast/std";
import { type Entry, entrySizeBytes, type Payload } from "./entry.ts";
import { appendEntries, entriesFrom, lastOf, membershipIn, termAt } from "./log.ts";
import { afterJoint, hasQuorum, isJoint, isVoter, membersOf, quorumValue } from "./membership.ts";
import { newPeer, type Peer } from "./peer.ts";
import { becomeFollower, setLeader } from "./roles.ts";
import type { Leading, Turn } from "./state.ts";
import type { Index, NodeId, Position } from "./types.ts";

/** Begins to lead the term that was won. */
export function becomeLeader(turn: Turn): void {
  const { options, state, nowMs } = turn;
  assert(state.role === "candidate", "E3: leads without having campaigned");
  assert(state.votes.get(options.id) === true, "E3: leads before its own vote is durable");
  state.role = "leader";
  setLeader(turn, options.id);
  state.leading = {
    peers: new Map(),
    first: (lastOf(state.log).index + 1) as Index,
    uncommittedBytes: 0,
    heartbeatMs: nowMs,
    round: 0,
    confirming: null,
    waiting: [],
    transfer: null,
    isLeaseVoid: false,
  };
  alignPeers(turn);
  appendOwn(turn, { type: "empty" });
}

/** Appends to the log of a leader; where the entry stands. */
export function appendOwn(turn: Turn, payload: Payload): Position {
  const { state } = turn;
  const { log, hard } = state;
  const leading = leadingOf(turn);
  const entry: Entry = { index: (lastOf(log).index + 1) as Index, term: hard.term, payload };
  appendEntries(log, [entry]);
  leading.uncommittedBytes += entrySizeBytes(entry);
  if (payload.type === "membership") alignPeers(turn);
  return { index: entry.index, term: entry.term };
}

/** Whether a membership may be appended now. */
export function mayChange(turn: Turn): boolean {
  const { log } = turn.state;
  return membershipIn(log).index <= log.committed && leadingOf(turn).first <= log.committed;
}

/** Commits what a quorum holds, and does what follows from it. O(voters log voters + entries committed). */
export function advance(turn: Turn): void {
  const { options, state } = turn;
  const { log, hard } = state;
  const { peers } = leadingOf(turn);
  const { membership } = membershipIn(log);
  const matchOf = (node: NodeId) =>
    node === options.id ? log.stable : (peers.get(node)?.match ?? 0);
  const agreed = quorumValue(membership, matchOf) as Index;
  if (agreed > log.committed && termAt(log, agreed) === hard.term) commitThrough(turn, agreed);
  if (isJoint(membership) && membership.leavesItself && mayChange(turn)) {
    appendOwn(turn, { type: "membership", membership: afterJoint(membership) });
  }
}

/** Steps down where this node is no voter any more, and that is committed. */
export function leaveIfRemoved(turn: Turn): void {
  const { options, state } = turn;
  const { index, membership } = membershipIn(state.log);
  if (index > state.log.committed || isVoter(membership, options.id)) return;
  becomeFollower(turn, state.hard.term, null);
}

/** Steps down where no quorum was heard for `electionMs`. */
export function watchQuorum(turn: Turn): void {
  const { options, state, nowMs } = turn;
  const { peers } = leadingOf(turn);
  const { membership } = membershipIn(state.log);
  const isAlive = hasQuorum(membership, (node) => {
    const heardMs = node === options.id ? nowMs : (peers.get(node)?.heardMs ?? 0);
    return nowMs - heardMs < options.electionMs;
  });
  if (!isAlive) becomeFollower(turn, state.hard.term, null);
}

/** What only a leader knows; the caller has seen to it that this is one. */
export function leadingOf({ state }: Turn): Leading {
  assert(state.leading !== null, "LD1: not a leader");
  return state.leading;
}

/** The peer that a message came from, and notes that it is alive; null for a node that is none. */
export function heard(turn: Turn, from: NodeId): Peer | null {
  const peer = turn.state.leading?.peers.get(from);
  if (peer === undefined) return null;
  peer.heardMs = turn.nowMs;
  return peer;
}

function commitThrough(turn: Turn, index: Index): void {
  const { log } = turn.state;
  const leading = leadingOf(turn);
  const options = { through: index, sizeBytesMax: Number.POSITIVE_INFINITY };
  const from = Math.max(log.committed + 1, leading.first);
  const own = entriesFrom(log, from, options);
  const sizeBytes = own.reduce((sum, entry) => sum + entrySizeBytes(entry), 0);
  leading.uncommittedBytes -= sizeBytes;
  log.committed = index;
}

// Peers are who is a member now. Who leaves hears no more, and may never learn of it.
function alignPeers(turn: Turn): void {
  const { options, state, nowMs } = turn;
  const { peers } = leadingOf(turn);
  const members = membersOf(membershipIn(state.log).membership);
  const next = (lastOf(state.log).index + 1) as Index;
  for (const node of members) {
    if (node !== options.id && !peers.has(node)) peers.set(node, newPeer(next, nowMs));
  }
  for (const node of peers.keys()) if (!members.includes(node)) peers.delete(node);
}
