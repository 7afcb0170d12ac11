// Payloads: how events are written inside of bundles and document files.
//
// The agents are listed around the payload (see section.ts and document_file.ts), and
// with them the sequence number of the first event of each, so that a keystroke
// takes few bytes.
//
// Layout (version 0; integers, text and blob as in @holdfast/std's codec):
//   uint  containers   then a text for each: their names
//   then stretches in causal order, to the end of the payload, each:
//     u8   bits 0 to 2: what it does, as in canonical.ts
//          8: parents are listed; else the only one is the agent's previous event,
//             or, for the agent's first event, there is none
//          16: another agent than the last stretch (the first stretch: than agent 0)
//          32: another container than the last one named (at first: than container 0)
//     uint agent                                   where 16
//     uint container                               where 32
//     uint parents, each: uint agent, uint seq     where 8; in order of agents' bytes
//     the operation, as in canonical.ts

import { type AgentId, type EventId, eventsMax } from "@holdfast/causality";
import { HoldfastError, Reader, Writer } from "@holdfast/std";
import { writeOperation } from "./canonical.ts";
import { compareEventIds } from "./history.ts";
import { containerNameSizeBytesMax, keySizeBytesMax, parentsMax } from "./limits.ts";
import {
  followsOwn,
  type Operation,
  operationLength,
  operationTag,
  operationTags,
  type Stretch,
} from "./operation.ts";
import { decodeValue, valueSizeBytesMax } from "./value.ts";

const hasParents = 8;
const hasAgent = 16;
const hasContainer = 32;

/** Most containers that one payload names. */
const containersMax = 65_536;

/** Writes `stretches`; each agent of theirs and of their parents is in `agents`. */
export function encodePayload(
  stretches: readonly Stretch[],
  agents: ReadonlyMap<AgentId, number>,
): Uint8Array {
  const containers = new Map<string, number>();
  for (const { operation } of stretches) {
    if (operation.type === "merge" || containers.has(operation.container)) continue;
    containers.set(operation.container, containers.size);
  }
  const writer = new Writer(64);
  writer.uint(containers.size);
  for (const name of containers.keys()) writer.text(name);
  let lastAgent = 0;
  let lastContainer = 0;
  for (const stretch of stretches) {
    const { operation } = stretch;
    const agent = agents.get(stretch.agent)!;
    const container =
      operation.type === "merge" ? lastContainer : containers.get(operation.container)!;
    const implied = followsOwn(stretch) || stretch.parents.length === 0;
    let flags = operationTag(operation);
    if (!implied) flags |= hasParents;
    if (agent !== lastAgent) flags |= hasAgent;
    if (container !== lastContainer) flags |= hasContainer;
    writer.u8(flags);
    if (agent !== lastAgent) writer.uint(agent);
    if (container !== lastContainer) writer.uint(container);
    if (!implied) {
      writer.uint(stretch.parents.length);
      for (const parent of stretch.parents) writer.uint(agents.get(parent.agent)!).uint(parent.seq);
    }
    writeOperation(writer, operation);
    lastAgent = agent;
    lastContainer = container;
  }
  return writer.finish();
}

/**
 * Reads what {@link encodePayload} wrote, one stretch at a time, so that a long
 * payload is never in memory as objects all at once.
 *
 * @param agents - As for writing, in order.
 * @param firsts - For the first so many agents, the sequence number of their first
 *   event here; the payload has events of these agents only.
 * @throws {HoldfastError} On the way: `truncated`, `too_large`, or `corrupt` with
 *   what was wrong. Whether events are where they can be is not looked at.
 */
export function* decodePayload(
  payload: Uint8Array,
  agents: readonly AgentId[],
  firsts: readonly number[],
): Generator<Stretch, void> {
  const reader = new Reader(payload);
  const containers = readContainers(reader);
  const nexts = [...firsts];
  let agent = 0;
  let container = 0;
  while (reader.remaining > 0) {
    const flags = reader.u8("stretch flags");
    if (flags >= 64) throw corrupt("stretch flags are unknown");
    if (flags & hasAgent) agent = reader.uint("stretch agent", nexts.length - 1);
    if (flags & hasContainer) container = reader.uint("stretch container", containers.length - 1);
    const name = agents[agent];
    const seq = nexts[agent];
    if (name === undefined || seq === undefined) throw corrupt("stretch names no agent");
    const parents = flags & hasParents ? readParents(reader, agents) : impliedParents(name, seq);
    const operation = readOperation(reader, flags & 7, containers[container]);
    const next = seq + operationLength(operation);
    nexts[agent] = next;
    if (next > eventsMax) throw new HoldfastError("too_large", "agent has too many events");
    yield { agent: name, seq, parents, operation };
  }
}

function readContainers(reader: Reader): readonly string[] {
  const containers: string[] = [];
  const count = reader.count("payload containers", containersMax, 2);
  for (let index = 0; index < count; index += 1) {
    const name = reader.text("container name", containerNameSizeBytesMax);
    if (name === "") throw corrupt("container name is empty");
    containers.push(name);
  }
  return containers;
}

function readParents(reader: Reader, agents: readonly AgentId[]): readonly EventId[] {
  const count = reader.count("stretch parents", parentsMax, 2);
  const parents: EventId[] = [];
  for (let index = 0; index < count; index += 1) {
    const agent = agents[reader.uint("parent agent", agents.length - 1)]!;
    const parent = { agent, seq: reader.uint("parent sequence number", eventsMax - 1) };
    const previous = parents.at(-1);
    if (previous !== undefined && compareEventIds(previous, parent) >= 0) {
      throw corrupt("parents are not in order");
    }
    parents.push(parent);
  }
  return parents;
}

function impliedParents(agent: AgentId, seq: number): readonly EventId[] {
  return seq === 0 ? [] : [{ agent, seq: seq - 1 }];
}

function readOperation(reader: Reader, tag: number, container: string | undefined): Operation {
  if (tag === operationTags.merge) return { type: "merge" };
  if (container === undefined) throw corrupt("payload names no container");
  switch (tag) {
    case operationTags.insert: {
      const at = reader.uint("insert position", eventsMax);
      const text = reader.text("inserted text", reader.remaining);
      if (text === "") throw corrupt("inserted text is empty");
      return { type: "insert", container, at, text };
    }
    case operationTags.delete:
    case operationTags.deleteBackward: {
      const backward = tag === operationTags.deleteBackward;
      const at = reader.uint("delete position", eventsMax);
      const length = reader.uint("delete length", eventsMax);
      if (length < (backward ? 2 : 1)) throw corrupt("delete is too short for its sort");
      if (backward && at < length - 1) throw corrupt("delete goes back over the beginning");
      return { type: "delete", container, at, length, backward };
    }
    case operationTags.set:
    case operationTags.unset: {
      const key = reader.text("key", keySizeBytesMax);
      if (tag === operationTags.unset) return { type: "set", container, key, value: null };
      const value = reader.blob("value", valueSizeBytesMax).slice();
      decodeValue(value);
      return { type: "set", container, key, value };
    }
    default:
      throw corrupt(`operation ${tag} is unknown`);
  }
}

function corrupt(sentence: string): HoldfastError {
  return new HoldfastError("corrupt", sentence);
}
