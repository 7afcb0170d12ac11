// The bytes of what a log is made of, the same on disk and on the wire.
//
//   position    uint index, uint term
//   membership  voters, outgoing, learners, learnersNext: each uint count, then texts,
//               sorted, without doubles; u8 flags: 1 it leaves a joint state by itself,
//               2 seats follow: uint count, each: texts node, address, disk, replaces;
//               sorted by node, "" for what is not known
//   payload     u8 kind: 0 empty; 1 command, then a blob; 2 membership, then one
//   entry       position, payload
//   base        position, membership
//   snapshot    base, text name

import { HoldfastError, type Reader, type Writer } from "@holdfast/std";
import type { Base, Entry, Payload, Snapshot } from "../raft/entry.ts";
import {
  isUnknown,
  type Membership,
  membersMax,
  membersOf,
  type Seat,
} from "../raft/membership.ts";
import type { HardState, Index, NodeId, Position, Term } from "../raft/types.ts";

/** Most bytes of a command: a transaction of the store, with room. */
export const commandSizeBytesMax = 16_777_216;
/** Most bytes of a node's name. */
export const nodeIdSizeBytesMax = 64;
/** Most bytes of an address of a node. */
export const addressSizeBytesMax = 320;
/** Most bytes of a disk's name. */
export const diskSizeBytesMax = 32;
/** Most bytes of a snapshot's name. */
export const snapshotNameSizeBytesMax = 128;

const flags = { leavesItself: 1, seats: 2 } as const;

/** Writes a position. */
export function writePosition(writer: Writer, { index, term }: Position): void {
  writer.uint(index).uint(term);
}

/** @throws {HoldfastError} `corrupt`, `truncated`, `too_large`; so do all that read here. */
export function readPosition(reader: Reader): Position {
  return { index: reader.uint("index") as Index, term: reader.uint("term") as Term };
}

/** Writes a term, and for whom this node voted in it. */
export function writeHardState(writer: Writer, { term, vote }: HardState): void {
  writer.uint(term).text(vote ?? "");
}

/** See {@link writeHardState}. */
export function readHardState(reader: Reader): HardState {
  const term = reader.uint("term") as Term;
  const vote = reader.text("vote", nodeIdSizeBytesMax);
  return { term, vote: vote === "" ? null : (vote as NodeId) };
}

/** Writes an entry. O(size). */
export function writeEntry(writer: Writer, entry: Entry): void {
  writePosition(writer, entry);
  const { payload } = entry;
  switch (payload.type) {
    case "empty":
      writer.u8(0);
      return;
    case "command":
      writer.u8(1).blob(payload.data);
      return;
    case "membership":
      writeMembership(writer.u8(2), payload.membership);
  }
}

/** The command of what this returns is a view of the reader's bytes. O(size). */
export function readEntry(reader: Reader): Entry {
  return { ...readPosition(reader), payload: readPayload(reader) };
}

/** Writes where a log begins. */
export function writeBase(writer: Writer, base: Base): void {
  writePosition(writer, base);
  writeMembership(writer, base.membership);
}

/** See {@link writeBase}. */
export function readBase(reader: Reader): Base {
  const base = { ...readPosition(reader), membership: readMembership(reader) };
  if (isUnknown(base.membership) && base.index > 0) throw corrupt("a log of nobody");
  return base;
}

/** Writes what is known of a snapshot. */
export function writeSnapshot(writer: Writer, snapshot: Snapshot): void {
  writeBase(writer, snapshot);
  writer.text(snapshot.name);
}

/** See {@link writeSnapshot}. */
export function readSnapshot(reader: Reader): Snapshot {
  const base = readBase(reader);
  if (isUnknown(base.membership)) throw corrupt("a snapshot of nobody");
  const name = reader.text("name", snapshotNameSizeBytesMax);
  // It becomes the name of a file.
  if (!/^[\w-]+$/.test(name)) throw corrupt("a snapshot's name of other than letters and digits");
  return { ...base, name };
}

function writeMembership(writer: Writer, membership: Membership): void {
  const { voters, outgoing, learners, learnersNext, leavesItself, seats } = membership;
  for (const nodes of [voters, outgoing, learners, learnersNext]) {
    writer.uint(nodes.length);
    for (const node of nodes) writer.text(node);
  }
  writer.u8((leavesItself ? flags.leavesItself : 0) | (seats.length > 0 ? flags.seats : 0));
  if (seats.length === 0) return;
  writer.uint(seats.length);
  for (const { node, address, disk, replaces } of seats) {
    writer
      .text(node)
      .text(address ?? "")
      .text(disk ?? "")
      .text(replaces ?? "");
  }
}

function readMembership(reader: Reader): Membership {
  const voters = readNodes(reader, "voters");
  const outgoing = readNodes(reader, "outgoing voters");
  const learners = readNodes(reader, "learners");
  const learnersNext = readNodes(reader, "learners to be");
  const flag = reader.u8("flags of a membership");
  if (flag > (flags.leavesItself | flags.seats)) throw corrupt(`flags ${flag} of a membership`);
  if (voters.some((node) => learners.includes(node))) throw corrupt("a voter that is a learner");
  if (!learnersNext.every((node) => outgoing.includes(node))) {
    throw corrupt("a learner to be that is no outgoing voter");
  }
  const leavesItself = (flag & flags.leavesItself) !== 0;
  const bare = { voters, outgoing, learners, learnersNext, leavesItself, seats: [] };
  return flag & flags.seats ? { ...bare, seats: readSeats(reader, membersOf(bare)) } : bare;
}

function readSeats(reader: Reader, members: readonly NodeId[]): readonly Seat[] {
  const seats: Seat[] = [];
  const count = reader.count("seats", membersMax, 4);
  if (count === 0) throw corrupt("no seats where some are said to follow");
  for (let left = count; left > 0; left -= 1) {
    const node = readNodeId(reader);
    const last = seats.at(-1);
    if (last !== undefined && node <= last.node) throw corrupt("seats out of order");
    if (!members.includes(node)) throw corrupt(`a seat of ${node}, which is no member`);
    const address = reader.text("address", addressSizeBytesMax) || null;
    const disk = reader.text("disk", diskSizeBytesMax) || null;
    const replaces = (reader.text("replaces", nodeIdSizeBytesMax) || null) as NodeId | null;
    seats.push({ node, address, disk, replaces });
  }
  return seats;
}

function readNodes(reader: Reader, field: string): readonly NodeId[] {
  const nodes: NodeId[] = [];
  for (let left = reader.count(field, membersMax, 2); left > 0; left -= 1) {
    const node = readNodeId(reader);
    const last = nodes.at(-1);
    if (last !== undefined && node <= last) throw corrupt(`${field} out of order`);
    nodes.push(node);
  }
  return nodes;
}

/** A node's name, which is not empty. */
export function readNodeId(reader: Reader): NodeId {
  const node = reader.text("node", nodeIdSizeBytesMax);
  if (node === "") throw corrupt("a node without a name");
  return node as NodeId;
}

function readPayload(reader: Reader): Payload {
  const kind = reader.u8("kind of an entry");
  switch (kind) {
    case 0:
      return { type: "empty" };
    case 1:
      return { type: "command", data: reader.blob("command", commandSizeBytesMax) };
    case 2: {
      const membership = readMembership(reader);
      if (isUnknown(membership)) throw corrupt("a membership without a voter");
      return { type: "membership", membership };
    }
    default:
      throw corrupt(`an entry of kind ${kind}`);
  }
}

function corrupt(sentence: string): HoldfastError {
  return new HoldfastError("corrupt", sentence);
}
