// What a leader knows of one peer's log, and how much it sends it before an answer.
//
//   probe --answer agrees--> replicate --rejection, unreachable--> probe
//     \-- what it needs was dropped --> snapshot --it holds what the log follows on--> replicate
//
// While probing, one message goes out, and the next only after an answer or a
// heartbeat's. While replicating, entries go out ahead of their answers, as many
// as the window lets.
//
// Invariants:
//   P1  match < next; what is at or before match is known to be durable there.
//   P2  No more is under way than the window lets, but for one message.

import { assert } from "@holdfast/std";
import type { Snapshot } from "./entry.ts";
import type { Index } from "./types.ts";

/** How much may be under way to one peer. */
export interface Window {
  /** Messages with entries. */
  readonly windowMessages: number;
  /** Bytes of entries, but for the last message. */
  readonly windowBytes: number;
}

/** A leader's view of one peer. Plain data, changed by the functions here and by what sends. */
export interface Peer {
  mode: "probe" | "replicate" | "snapshot";
  match: Index;
  /** The first entry that was not sent. */
  next: Index;
  /** Probing: a probe is under way. Replicating: unused. */
  isPaused: boolean;
  /** Whether to send something even where nothing is new, so that losses come to light. */
  isNudged: boolean;
  /** How far the peer was told that entries are committed. */
  committed: Index;
  /** Messages with entries that are not answered, oldest first. */
  inFlight: { readonly through: Index; readonly sizeBytes: number }[];
  /** Bytes of entries in them. */
  inFlightBytes: number;
  /** When it was last heard in this term. */
  heardMs: number;
  /** The latest round of reads that it confirmed. */
  round: number;
  /** The latest of the leader's heartbeats that it answered, by when it was sent. */
  confirmedMs: number;
  /** What it is being sent, where `mode` is `snapshot`. */
  transfer: SnapshotTransfer | null;
}

/** A snapshot on its way to a peer, piece by piece. */
export interface SnapshotTransfer {
  readonly snapshot: Snapshot;
  /** The bytes that the peer holds. */
  offset: number;
  /** Whether a piece is being read, is under way since `sinceMs`, or neither. */
  stage: "idle" | "reading" | "sent";
  sinceMs: number;
}

/** A peer of which nothing is known but that it is there. */
export function newPeer(next: Index, nowMs: number): Peer {
  return {
    mode: "probe",
    match: 0 as Index,
    next,
    isPaused: false,
    isNudged: false,
    committed: 0 as Index,
    inFlight: [],
    inFlightBytes: 0,
    heardMs: nowMs,
    round: 0,
    confirmedMs: Number.NEGATIVE_INFINITY,
    transfer: null,
  };
}

/** Finds out anew where the peer's log agrees, from `next` on. */
export function probe(peer: Peer, next: Index): void {
  assert(next > peer.match, "P1: a peer is probed before what it holds");
  peer.mode = "probe";
  peer.next = next;
  peer.isPaused = false;
  forgetFlights(peer);
  peer.transfer = null;
}

/** Sends it `snapshot` instead of entries. */
export function beginTransfer(peer: Peer, snapshot: Snapshot): void {
  peer.mode = "snapshot";
  forgetFlights(peer);
  peer.transfer = { snapshot, offset: 0, stage: "idle", sinceMs: 0 };
}

/** Whether entries may be sent now. */
export function hasRoom(peer: Peer, { windowMessages, windowBytes }: Window): boolean {
  switch (peer.mode) {
    case "probe":
      return !peer.isPaused;
    case "replicate":
      return peer.inFlight.length < windowMessages && peer.inFlightBytes < windowBytes;
    case "snapshot":
      return false;
  }
}

/** Notes that entries through `through` were sent. */
export function noteSent(peer: Peer, through: Index, sizeBytes: number): void {
  if (peer.mode === "probe") {
    peer.isPaused = true;
    return;
  }
  if (through < peer.next) return;
  peer.next = (through + 1) as Index;
  peer.inFlight.push({ through, sizeBytes });
  peer.inFlightBytes += sizeBytes;
}

/** Notes that the peer holds what the leader has, through `match`. */
export function noteMatch(peer: Peer, match: Index, base: Index): void {
  peer.match = Math.max(peer.match, match) as Index;
  peer.next = Math.max(peer.next, peer.match + 1) as Index;
  while (peer.inFlight.length > 0 && peer.inFlight[0]!.through <= match) landOldest(peer);
  // In a snapshot's place, entries go out as soon as the log reaches back to what the peer holds.
  const agrees = peer.mode === "probe" || (peer.mode === "snapshot" && peer.match >= base);
  if (!agrees) {
    // It has taken the snapshot, and the log was cut beyond that meanwhile: it needs a later one.
    const isTaken = peer.transfer !== null && peer.transfer.snapshot.index <= peer.match;
    if (isTaken) probe(peer, (peer.match + 1) as Index);
    return;
  }
  peer.mode = "replicate";
  peer.next = (peer.match + 1) as Index;
  peer.isPaused = false;
  peer.transfer = null;
}

/**
 * Notes that the peer has nothing that agrees at `rejected`, and what to try next.
 * Late answers, to what was sent before something else was learnt, change nothing.
 */
export function noteRejection(peer: Peer, rejected: Index, next: Index): void {
  if (peer.mode === "snapshot" || rejected <= peer.match) return;
  if (peer.mode === "probe" && rejected !== peer.next - 1) return;
  probe(peer, Math.max(Math.min(next, rejected), peer.match + 1) as Index);
}

/** Counts the oldest message that is under way as answered, or lost. */
export function landOldest(peer: Peer): void {
  peer.inFlightBytes -= peer.inFlight.shift()?.sizeBytes ?? 0;
}

function forgetFlights(peer: Peer): void {
  peer.inFlight = [];
  peer.inFlightBytes = 0;
}
