// One step of a node: which part takes what came in, what follows from it, and what
// must hold afterwards.
//
// A message of a later term makes a follower of whoever reads it, but for three:
// a question before an election and its answer bind nobody, and a request for
// votes is not read at all by who hears from a leader. One of an earlier term is
// answered with the present one, where its sender would go on otherwise.

import { assert, HoldfastError, unreachable } from "@holdfast/std";
import {
  answerPreVote,
  answerVote,
  askAround,
  campaign,
  noteVote,
  watchLeader,
} from "./election.ts";
import type { Snapshot } from "./entry.ts";
import { takeChunk, takeEntries, takeHeartbeat } from "./follower.ts";
import type { Input } from "./input.ts";
import { advance, becomeLeader, leaveIfRemoved, watchQuorum } from "./leader.ts";
import { dropThrough, lastOf, membershipAt, termAt } from "./log.ts";
import { isUnknown } from "./membership.ts";
import type { Message } from "./message.ts";
import type { Output } from "./output.ts";
import { handOut, heal, noteApplied, released, seal } from "./persistence.ts";
import { answerReads, driveRounds, leaderRead, noteRead, read } from "./reads.ts";
import {
  noteDisagreement,
  noteHeartbeat,
  noteReply,
  noteUnreachable,
  replicate,
  sendHeartbeats,
} from "./replication.ts";
import {
  change,
  driveTransfer,
  giveUpForwarded,
  noteProposed,
  noteRefused,
  propose,
  proposeFor,
  transfer,
} from "./requests.ts";
import { becomeFollower, excuseSilence, isPromised, restartTimer, setLeader } from "./roles.ts";
import { noteInstalled, sendChunk } from "./snapshot_sender.ts";
import type { RaftOptions, RaftState, Turn } from "./state.ts";
import type { NodeId } from "./types.ts";

/** Takes one input: changes `state`, and says what to do. As {@link Raft.step}. */
export function stepState(
  options: RaftOptions,
  state: RaftState,
  input: Input,
  nowMs: number,
): Output {
  const before = { hard: state.hard, committed: state.log.committed };
  const turn: Turn = {
    options,
    state,
    nowMs,
    send: [],
    promises: [],
    answers: [],
    chunks: [],
    chunk: null,
    install: null,
    compact: null,
    healed: false,
    tells: options.tellsAtOnce || input.type === "tick" || input.type === "tell",
  };
  take(turn, input);
  follow(turn);
  heal(turn);
  const persist = seal(turn, before.hard);
  const handed = handOut(turn);
  answerReads(turn);
  checkStep(turn, before);
  const { send, answers, chunks } = turn;
  return { persist, send, ...handed, answers, chunks };
}

function take(turn: Turn, input: Input): void {
  const { state } = turn;
  switch (input.type) {
    case "tick":
      tick(turn, input.jitterMs);
      break;
    case "stood_still":
      excuseSilence(turn, input.ms);
      break;
    case "message":
      receive(turn, input.from, input.message);
      break;
    case "persisted":
      if (input.id > state.persistId) misuse(`persisted ${input.id} of ${state.persistId}`);
      if (input.id <= state.durableId) break;
      for (const envelope of released(state, input.id)) {
        const { to, message } = envelope;
        if (to === turn.options.id) receive(turn, to, message);
        else turn.send.push(envelope);
      }
      break;
    case "applied":
      if (input.index > state.log.handed) misuse(`applied ${input.index} of ${state.log.handed}`);
      noteApplied(state, input.index);
      break;
    case "propose":
      propose(turn, input.proposals);
      break;
    case "read":
      read(turn, input.id);
      break;
    case "change":
      change(turn, input.id, input.change);
      break;
    case "transfer":
      transfer(turn, input.id, input.to);
      break;
    case "campaign":
      askAround(turn);
      break;
    case "tell":
      break;
    case "forget_leader":
      forgetLeader(turn);
      break;
    case "unreachable":
      if (state.role === "leader") noteUnreachable(turn, input.peer);
      break;
    case "compact":
      compact(turn, input);
      break;
    case "chunk":
      sendChunk(turn, input);
      break;
    default:
      unreachable(input);
  }
}

// What a leader does after whatever happened.
function follow(turn: Turn): void {
  if (turn.state.role !== "leader") return;
  advance(turn);
  driveTransfer(turn);
  driveRounds(turn);
  replicate(turn);
  leaveIfRemoved(turn);
}

function tick(turn: Turn, jitterMs: number): void {
  const { options, state, nowMs } = turn;
  if (state.role !== "leader") {
    watchLeader(turn, jitterMs);
    giveUpForwarded(turn);
    return;
  }
  watchQuorum(turn);
  if (state.leading === null) return;
  if (nowMs - state.leading.heartbeatMs >= options.heartbeatMs) sendHeartbeats(turn);
}

function receive(turn: Turn, from: NodeId, message: Message): void {
  const { state, send } = turn;
  if (message.type === "pre_vote_request") {
    answerPreVote(turn, from, message);
    return;
  }
  const { term } = state.hard;
  if (message.term > term) {
    if (message.type === "vote_request" && !message.isTransfer && isPromised(turn)) return;
    becomeFollower(turn, message.term, null);
  } else if (message.term < term) {
    if (isOfLeader(message)) send.push({ to: from, message: { type: "outdated", term } });
    if (message.type === "vote_request") {
      send.push({ to: from, message: { type: "vote_reply", term, granted: false } });
    }
    return;
  }
  if (isOfLeader(message)) hearLeader(turn, from);
  dispatch(turn, from, message);
}

function dispatch(turn: Turn, from: NodeId, message: Message): void {
  const leads = turn.state.role === "leader";
  switch (message.type) {
    case "pre_vote_request":
    case "outdated":
      break;
    case "vote_request":
      answerVote(turn, from, message);
      break;
    case "pre_vote_reply":
    case "vote_reply":
      if (noteVote(turn, from, message) === "won") becomeLeader(turn);
      break;
    case "append":
      takeEntries(turn, from, message);
      break;
    case "append_reply":
      if (leads) noteReply(turn, from, message);
      break;
    case "append_rejection":
      if (leads) noteDisagreement(turn, from, message);
      break;
    case "heartbeat":
      takeHeartbeat(turn, from, message);
      break;
    case "heartbeat_reply":
      if (leads) noteHeartbeat(turn, from, message);
      break;
    case "install":
      takeChunk(turn, from, message);
      break;
    case "install_reply":
      if (leads) noteInstalled(turn, from, message);
      break;
    case "timeout_now":
      campaign(turn, true);
      break;
    case "propose":
    case "read_request":
      serve(turn, from, message);
      break;
    case "proposed":
      noteProposed(turn, message);
      break;
    case "read_reply":
      noteRead(turn, message);
      break;
    case "refused":
      noteRefused(turn, message);
      break;
    default:
      unreachable(message);
  }
}

function serve(
  turn: Turn,
  from: NodeId,
  message: Extract<Message, { readonly type: "propose" | "read_request" }>,
): void {
  const { state, send } = turn;
  if (state.role === "leader") {
    if (message.type === "propose") proposeFor(turn, from, message);
    else leaderRead(turn, { from, id: message.id });
    return;
  }
  const ids = message.type === "propose" ? message.proposals.map(({ id }) => id) : [message.id];
  const { term } = state.hard;
  for (const id of ids) {
    send.push({ to: from, message: { type: "refused", term, id, reason: "not_leader" } });
  }
}

function hearLeader(turn: Turn, from: NodeId): void {
  const { state, nowMs } = turn;
  assert(state.role !== "leader", `S1: ${from} leads the same term`);
  if (state.role !== "follower") becomeFollower(turn, state.hard.term, from);
  setLeader(turn, from);
  restartTimer(turn);
  state.heardMs = nowMs;
}

function isOfLeader({ type }: Message): boolean {
  return type === "append" || type === "heartbeat" || type === "install" || type === "timeout_now";
}

function forgetLeader(turn: Turn): void {
  const { options, state } = turn;
  // A lease rests on the promise that would be forgotten.
  if (options.leaseMs !== null || state.role === "leader") return;
  setLeader(turn, null);
  state.heardMs = Number.NEGATIVE_INFINITY;
}

function compact(turn: Turn, input: Extract<Input, { readonly type: "compact" }>): void {
  const { state } = turn;
  const { log } = state;
  const { index, name, through } = input;
  // The state machine may be ahead of a log that was damaged.
  if (state.unsure !== null) return;
  if (index > log.applied || index > log.stable)
    misuse(`a snapshot at ${index}, which is not applied`);
  if (through > index) misuse(`entries dropped through ${through} upon a snapshot at ${index}`);
  // A later snapshot came in meanwhile.
  if (index <= (state.snapshot?.index ?? 0) || index < log.base.index) return;
  // A snapshot says who decides, which a node that joined can't know of before it was added.
  if (isUnknown(membershipAt(log, index))) return;
  const snapshot: Snapshot = {
    index,
    term: termAt(log, index)!,
    membership: membershipAt(log, index),
    name,
  };
  state.snapshot = snapshot;
  const keptFrom = Math.max(through, log.base.index) as typeof through;
  turn.compact = { snapshot, base: dropThrough(log, keptFrom) };
}

function checkStep(
  { state }: Turn,
  before: { readonly hard: RaftState["hard"]; readonly committed: number },
): void {
  const { log, hard, leading } = state;
  assert(hard.term >= before.hard.term, "E2: the term went backwards");
  const isSameTerm = hard.term === before.hard.term;
  const keepsVote = before.hard.vote === null || hard.vote === before.hard.vote;
  assert(!isSameTerm || keepsVote, "E1: a second vote in one term");
  assert(log.committed >= before.committed, "L2: what is committed went backwards");
  assert(log.committed <= lastOf(log).index, "L2: committed beyond the log");
  const agreed = Math.max(log.committed, log.base.index, state.unsure ?? 0);
  assert(log.handed <= agreed, "R2: handed out before committed");
  assert(state.unsure === null || state.role === "follower", "E4: elected, or asking, in doubt");
  assert(lastOf(log).term <= hard.term, "L1: an entry of a later term");
  assert((leading !== null) === (state.role === "leader"), "E3: a role without its state");
  for (const { match, next } of leading?.peers.values() ?? []) {
    assert(match < next && match <= lastOf(log).index, "P1: a peer holds more than was sent");
  }
}

function misuse(sentence: string): never {
  throw new HoldfastError("invalid_argument", sentence);
}
