// Names of writers and of what they did.

import { fromHex, HoldfastError, toHex } from "@holdfast/std";

/**
 * One writer: 128 random bits as 32 lower-case hexadecimal digits, so that
 * comparing the strings with `<` compares the bytes. Not a user: a user has many.
 */
export type AgentId = string & { readonly __brand: "AgentId" };

/** Bytes of an {@link AgentId}. */
export const agentSizeBytes = 16;

/** One event: the writer, and how many events of that writer came before. */
export interface EventId {
  readonly agent: AgentId;
  /** From 0, without gaps. */
  readonly seq: number;
}

/** Events `from` up to, not including, `to` of one agent. Never empty. */
export interface EventRun {
  readonly agent: AgentId;
  readonly from: number;
  readonly to: number;
}

/** Most events of one agent, and of one document. */
export const eventsMax = 2 ** 31 - 1;

/**
 * Checks and brands an agent's name.
 *
 * @throws {HoldfastError} `invalid_argument`.
 */
export function parseAgentId(text: string): AgentId {
  if (!/^[0-9a-f]{32}$/.test(text)) {
    throw new HoldfastError("invalid_argument", `not an agent id: ${text.slice(0, 40)}`);
  }
  return text as AgentId;
}

// Names that were made of bytes lately, to be made of the same bytes again: a memory of work, and no state.
const recentAgents = 64;
const recentBytes = new Uint8Array(recentAgents * agentSizeBytes);
const recent: (AgentId | undefined)[] = [];

/** The agent with these 16 bytes. */
export function agentFromBytes(bytes: Uint8Array): AgentId {
  if (bytes.length !== agentSizeBytes) {
    throw new HoldfastError("invalid_argument", `an agent id is 16 bytes, not ${bytes.length}`);
  }
  // Bundle after bundle names the same few.
  const slot = (bytes[0]! ^ bytes[agentSizeBytes - 1]!) & (recentAgents - 1);
  const start = slot * agentSizeBytes;
  let index = 0;
  while (index < agentSizeBytes && recentBytes[start + index] === bytes[index]) index += 1;
  const known = recent[slot];
  if (index === agentSizeBytes && known !== undefined) return known;
  const agent = toHex(bytes) as AgentId;
  recentBytes.set(bytes, start);
  recent[slot] = agent;
  return agent;
}

/** The 16 bytes of `agent`. */
export function agentToBytes(agent: AgentId): Uint8Array {
  return fromHex(agent);
}
