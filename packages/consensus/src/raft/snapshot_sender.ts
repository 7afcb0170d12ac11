// A leader's side of a snapshot on its way: piece after piece, from where the peer is.
//
//   idle --ask the driver--> reading --send--> sent --the peer holds it--> idle
//
// One piece is under way at a time. The peer says how many bytes of the snapshot
// of that name it holds; so what was begun by another leader, or before a crash,
// goes on from there.

import type { Input } from "./input.ts";
import { heard } from "./leader.ts";
import type { Message } from "./message.ts";
import { beginTransfer, type Peer, probe } from "./peer.ts";
import type { Turn } from "./state.ts";
import type { Index, NodeId } from "./types.ts";

/** Asks the driver for the next piece, if none is being read or under way. */
export function requestChunk(turn: Turn, to: NodeId, { transfer }: Peer): void {
  if (transfer === null || transfer.stage !== "idle") return;
  transfer.stage = "reading";
  turn.chunks.push({ to, snapshot: transfer.snapshot, offset: transfer.offset });
}

/** Sends a piece that was read; begins with the latest snapshot where that one is there no more. */
export function sendChunk(turn: Turn, input: Extract<Input, { readonly type: "chunk" }>): void {
  const { state, nowMs } = turn;
  const peer = state.leading?.peers.get(input.to);
  const transfer = peer?.transfer;
  if (peer === undefined || transfer === undefined || transfer === null) return;
  const { snapshot, offset, stage } = transfer;
  if (stage !== "reading" || snapshot.name !== input.name || offset !== input.offset) return;
  if (input.bytes === null) {
    if (state.snapshot !== null && state.snapshot.name !== snapshot.name) {
      beginTransfer(peer, state.snapshot);
    } else {
      // Nothing to give: asks again when the peer is heard.
      probe(peer, (peer.match + 1) as Index);
      peer.isPaused = true;
    }
    return;
  }
  transfer.stage = "sent";
  transfer.sinceMs = nowMs;
  const { bytes, isLast } = input;
  const { term } = state.hard;
  turn.send.push({
    to: input.to,
    message: { type: "install", term, snapshot, offset, bytes, isLast },
  });
}

/**
 * Notes how much of a snapshot a peer holds. What it held before the piece under way says
 * nothing of that piece: it is the second answer to the one before, which was sent twice.
 * To send on it would send all that follows twice, since each copy is answered, too.
 */
export function noteInstalled(
  turn: Turn,
  from: NodeId,
  { name, offset }: Extract<Message, { readonly type: "install_reply" }>,
): void {
  const transfer = heard(turn, from)?.transfer ?? null;
  if (transfer === null || transfer.snapshot.name !== name || transfer.stage !== "sent") return;
  if (offset === transfer.offset) return;
  transfer.offset = offset;
  transfer.stage = "idle";
}

/** Sends a piece again that was not answered for long. */
export function retryChunk({ options, nowMs }: Turn, { transfer }: Peer): void {
  if (transfer === null || transfer.stage !== "sent") return;
  if (nowMs - transfer.sinceMs >= options.electionMs) transfer.stage = "idle";
}
