// A leader's side of the log's way to its peers: what to send, and what answers mean.
//
// Nothing is sent where something happens. At the end of each step, each peer is
// given what it lacks and there is room for; so every cause (a proposal, an answer,
// a commit) has its effect by one rule.

import { type Entry, entrySizeBytes } from "./entry.ts";
import { heard, leadingOf } from "./leader.ts";
import { entriesFrom, lastOf, lastWithin, membershipIn, termAt } from "./log.ts";
import { isVoter } from "./membership.ts";
import type { Message } from "./message.ts";
import {
  beginTransfer,
  hasRoom,
  landOldest,
  noteMatch,
  noteRejection,
  noteSent,
  type Peer,
  probe,
} from "./peer.ts";
import { requestChunk, retryChunk } from "./snapshot_sender.ts";
import type { Turn } from "./state.ts";
import type { Index, NodeId } from "./types.ts";

type Of<Type> = Extract<Message, { readonly type: Type }>;

/** Sends to each peer what it lacks and there is room for. */
export function replicate(turn: Turn): void {
  for (const [to, peer] of leadingOf(turn).peers) {
    while (sendNext(turn, to, peer));
  }
}

/** Tells each peer that the leader is there, and what is committed of what the peer holds. */
export function sendHeartbeats(turn: Turn): void {
  const { state, nowMs, send } = turn;
  const leading = leadingOf(turn);
  leading.heartbeatMs = nowMs;
  const { round } = leading;
  for (const [to, peer] of leading.peers) {
    const committed = Math.min(peer.match, state.log.committed) as Index;
    peer.committed = Math.max(peer.committed, committed) as Index;
    const { term } = state.hard;
    send.push({ to, message: { type: "heartbeat", term, committed, round, sentMs: nowMs } });
  }
}

/** Notes how far a peer's log agrees. */
export function noteReply(turn: Turn, from: NodeId, { match }: Of<"append_reply">): void {
  const peer = heard(turn, from);
  const { log } = turn.state;
  if (peer === null || match > lastOf(log).index) return;
  noteMatch(peer, match, log.base.index);
}

/** Notes that a peer's log does not agree, and goes back to where it may. */
export function noteDisagreement(
  turn: Turn,
  from: NodeId,
  { rejected, hint }: Of<"append_rejection">,
): void {
  const peer = heard(turn, from);
  if (peer === null) return;
  const { log } = turn.state;
  // Where the hint lies before base, only a snapshot helps, and its index is enough.
  const found = hint.index < log.base.index ? hint : lastWithin(log, hint.index, hint.term);
  noteRejection(peer, rejected, (found.index + 1) as Index);
}

/** Notes that a peer is there, and sends something where it may lack what was sent. */
export function noteHeartbeat(
  turn: Turn,
  from: NodeId,
  { round, sentMs }: Of<"heartbeat_reply">,
): void {
  const peer = heard(turn, from);
  if (peer === null) return;
  const { options, state } = turn;
  peer.round = Math.max(peer.round, round);
  peer.confirmedMs = Math.max(peer.confirmedMs, sentMs);
  peer.isPaused = false;
  retryChunk(turn, peer);
  if (peer.mode !== "replicate" || peer.match >= lastOf(state.log).index) return;
  peer.isNudged = true;
  // Where all of a full window was lost, no answer would ever make room.
  if (!hasRoom(peer, options.limits)) landOldest(peer);
}

/** Notes that what was sent to `from` may be lost. */
export function noteUnreachable(turn: Turn, from: NodeId): void {
  const peer = leadingOf(turn).peers.get(from);
  if (peer?.mode === "replicate") probe(peer, (peer.match + 1) as Index);
  // Nothing can be learnt before the peer is heard again.
  if (peer?.mode === "probe") peer.isPaused = true;
}

/** Sends one message, if one is due. Tells whether another may follow. */
function sendNext(turn: Turn, to: NodeId, peer: Peer): boolean {
  const { options, state } = turn;
  const { log, snapshot } = state;
  if (peer.mode === "snapshot") {
    requestChunk(turn, to, peer);
    return false;
  }
  if (termAt(log, peer.next - 1) === null) {
    if (peer.isPaused || snapshot === null) return false;
    beginTransfer(peer, snapshot);
    return true;
  }
  const hasSpace = hasRoom(peer, options.limits);
  const last = lastOf(log).index;
  const bounds = { through: last, sizeBytesMax: options.limits.appendBytesMax };
  const entries = hasSpace && peer.next <= last ? entriesFrom(log, peer.next, bounds) : [];
  if (entries.length === 0 && !isEmptyDue(turn, peer, hasSpace)) return false;
  send(turn, to, peer, entries);
  return entries.length > 0 && peer.mode === "replicate";
}

// A message without entries asks whether the logs agree, or tells what is committed.
function isEmptyDue(turn: Turn, peer: Peer, hasSpace: boolean): boolean {
  if (peer.mode === "probe") return hasSpace;
  if (peer.isNudged) return true;
  return peer.committed < turn.state.log.committed && (turn.tells || isLeaving(turn));
}

// Whoever is no voter any more may have no other turn to tell of it.
function isLeaving({ options, state }: Turn): boolean {
  return !isVoter(membershipIn(state.log).membership, options.id);
}

function send(turn: Turn, to: NodeId, peer: Peer, entries: readonly Entry[]): void {
  const { log, hard } = turn.state;
  const index = (peer.next - 1) as Index;
  const previous = { index, term: termAt(log, index)! };
  const { committed } = log;
  const { term } = hard;
  turn.send.push({ to, message: { type: "append", term, previous, entries, committed } });
  peer.isNudged = false;
  peer.committed = committed;
  const sizeBytes = entries.reduce((sum, entry) => sum + entrySizeBytes(entry), 0);
  noteSent(peer, (index + entries.length) as Index, sizeBytes);
}
