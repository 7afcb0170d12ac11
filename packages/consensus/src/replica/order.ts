// What an operator asks of a cluster: who joins, who leaves, who takes whose place, who leads.
//
// Orders are checked where they are carried out, at the leader: it alone knows who is alive.
// A node that joins is a learner first. The leader makes it a voter when it is level (see
// members.ts), so that a node that lacks everything never counts for a majority.
//
//   order: u8 kind, then texts: 0 add node, address; 1 remove node; 2 replace node, by,
//          address; 3 transfer to
//   answer: u8 0 done | u8 1, text code, text sentence

import { HoldfastError, isErrorCode, Reader, Writer } from "@holdfast/std";
import { addressSizeBytesMax, readNodeId } from "../codec/log_codec.ts";
import {
  isJoint,
  isVoter,
  type Membership,
  type MembershipChange,
  membersOf,
} from "../raft/membership.ts";
import type { NodeId } from "../raft/types.ts";
import { canDecide } from "./members.ts";

/** What an operator asks for. */
export type Order =
  /** A node of a new name, which listens at `address`, joins. */
  | { readonly type: "add"; readonly node: NodeId; readonly address: string }
  | { readonly type: "remove"; readonly node: NodeId }
  /** `by` joins, and takes the place of `node` when it is level. */
  | {
      readonly type: "replace";
      readonly node: NodeId;
      readonly by: NodeId;
      readonly address: string;
    }
  | { readonly type: "transfer"; readonly to: NodeId };

const kinds = ["add", "remove", "replace", "transfer"] as const;
const codeSizeBytesMax = 64;
const sentenceSizeBytesMax = 4_096;
const sentenceUnitsMax = 1_000;

/**
 * The change that an order is, upon a membership that is in force and committed.
 *
 * @param alive - Whom the leader hears.
 * @throws {HoldfastError} `not_found` of a node that is no member; `invalid_argument` of a
 *   name or an address that is taken, or of a last voter; `conflict` while another change
 *   is under way; `unavailable` where those who would be left are no majority.
 */
export function changeOf(
  order: Exclude<Order, { readonly type: "transfer" }>,
  membership: Membership,
  alive: ReadonlySet<NodeId>,
): MembershipChange {
  const { node } = order;
  const [learner] = membership.learners;
  const isUnderWay = isJoint(membership) || learner !== undefined;
  if (isUnderWay && !(order.type === "remove" && node === learner)) {
    const sentence = `another change is under way: node ${learner ?? "of a new majority"} takes its place`;
    throw new HoldfastError("conflict", sentence);
  }
  if (order.type === "add") {
    requireFree(membership, order, null);
    const seat = { address: order.address, disk: null, replaces: null };
    return { type: "steps", steps: [{ type: "add_learner", node, seat }], passage: "short" };
  }
  if (!membersOf(membership).includes(node)) {
    throw new HoldfastError("not_found", `node ${node} is no member`);
  }
  if (order.type === "remove") {
    requireMajority(membership, node, alive);
    return { type: "steps", steps: [{ type: "remove", node }], passage: "short" };
  }
  const { by, address } = order;
  requireFree(membership, { node: by, address }, node);
  const seat = { address, disk: null, replaces: node };
  return { type: "steps", steps: [{ type: "add_learner", node: by, seat }], passage: "short" };
}

/** Whose place is taken may have listened where its successor does. */
function requireFree(
  membership: Membership,
  { node, address }: { readonly node: NodeId; readonly address: string },
  leaver: NodeId | null,
): void {
  if (membersOf(membership).includes(node)) {
    const sentence = `node ${node} is a member already; a name is of one disk, for ever`;
    throw new HoldfastError("invalid_argument", sentence);
  }
  const other = membership.seats.find((seat) => seat.address === address && seat.node !== leaver);
  if (other === undefined) return;
  throw new HoldfastError("invalid_argument", `node ${other.node} listens at ${address}`);
}

function requireMajority(membership: Membership, node: NodeId, alive: ReadonlySet<NodeId>): void {
  if (!isVoter(membership, node)) return;
  const rest = membership.voters.filter((voter) => voter !== node);
  if (rest.length === 0)
    throw new HoldfastError("invalid_argument", `node ${node} is the last voter`);
  if (canDecide(rest, alive)) return;
  const answering = rest.filter((voter) => alive.has(voter)).join(", ") || "nobody";
  const sentence = `without ${node} there would be ${rest.join(", ")}, of whom ${answering} answers: no majority`;
  throw new HoldfastError("unavailable", sentence);
}

/** The bytes of an order. */
export function encodeOrder(order: Order): Uint8Array {
  const writer = new Writer().u8(kinds.indexOf(order.type));
  switch (order.type) {
    case "add":
      return writer.text(order.node).text(order.address).finish();
    case "remove":
      return writer.text(order.node).finish();
    case "replace":
      return writer.text(order.node).text(order.by).text(order.address).finish();
    case "transfer":
      return writer.text(order.to).finish();
  }
}

/** @throws {HoldfastError} `corrupt`, `truncated`, `too_large`. */
export function decodeOrder(bytes: Uint8Array): Order {
  const reader = new Reader(bytes);
  const type = kinds[reader.u8("kind of an order")];
  if (type === undefined) throw new HoldfastError("corrupt", "an order of no kind");
  const order = readOrder(reader, type);
  reader.end("an order");
  return order;
}

function readOrder(reader: Reader, type: Order["type"]): Order {
  const node = readNodeId(reader);
  const readAddress = () => reader.text("address", addressSizeBytesMax);
  switch (type) {
    case "add":
      return { type, node, address: readAddress() };
    case "remove":
      return { type, node };
    case "replace":
      return { type, node, by: readNodeId(reader), address: readAddress() };
    case "transfer":
      return { type, to: node };
  }
}

/** The bytes of what came of an order; null for done. */
export function encodeOrderAnswer(error: HoldfastError | null): Uint8Array {
  if (error === null) return Uint8Array.of(0);
  const { code, message } = error;
  return new Writer().u8(1).text(code).text(message.slice(0, sentenceUnitsMax)).finish();
}

/** @throws {HoldfastError} What the leader said; `corrupt`, `truncated`, `too_large`. */
export function requireDone(answer: Uint8Array): void {
  const reader = new Reader(answer);
  const kind = reader.u8("kind of an answer");
  if (kind === 0) return;
  if (kind !== 1) throw new HoldfastError("corrupt", `an answer of kind ${kind}`);
  const code = reader.text("code", codeSizeBytesMax);
  const sentence = reader.text("sentence", sentenceSizeBytesMax);
  throw new HoldfastError(isErrorCode(code) ? code : "unavailable", sentence);
}
