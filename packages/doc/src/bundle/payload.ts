// Payloads: how events are written inside of bundles.
//
// The agents are listed around the payload (see section.ts), and with them the sequence
// number of the first event of each, so that a keystroke takes few bytes. All inserted
// text is one piece, so that it is decoded by one call however many stretches share it.
//
// Layout (version 1; integers, text and blob as in @holdfast/std's codec):
//   uint  containers   then each, see container.ts
//   text  all that is inserted into texts, one stretch after another
//   blob  all values that are inserted into lists, likewise      where a container is a list
//   then stretches in causal order, to the end of the payload, each:
//     u8   bits 0 to 2: what it does, as in canonical.ts
//          8: parents are listed; else the only one is the agent's previous event,
//             or, for the agent's first event, there is none
//          16: another agent than the last stretch (the first stretch: than agent 0)
//          32: another container than the last one named (at first: than container 0)
//     uint agent                                   where 16
//     uint container                               where 32
//     uint parents, each: uint agent, uint seq     where 8; in order of agents' bytes; none
//                                                  for an agent's first event only
//     uint at, uint units                          insert: so many units of the text, whole pairs,
//                                                  or, into a list, so many of the values
//     uint at, uint length                         delete, delete backward
//     text key, blob value                         set
//     text key                                     set to nothing

import { type AgentId, type EventId, eventsMax } from "@holdfast/causality";
import { HoldfastError, Reader, Writer } from "@holdfast/std";
import { isListId, readContainer, writeContainer } from "../content/container.ts";
import { containersMax, keySizeBytesMax, parentsMax } from "../content/limits.ts";
import { isLowSurrogate } from "../content/surrogates.ts";
import { decodeValue, valueSizeBytesMax } from "../content/value.ts";
import { ValueLog } from "../content/value_log.ts";
import { compareEventIds } from "../history/history.ts";
import {
  continuesStretch,
  noValues,
  type Operation,
  operationTags,
  payloadFlags,
  type Stretch,
  type StretchRow,
  stretchRow,
} from "../history/operation.ts";
import { type PlainBatch, readPlain } from "../history/plain_batch.ts";

/** Writes `stretches`; each agent of theirs and of their parents is in `agents`. */
export function encodePayload(
  stretches: readonly Stretch[],
  agents: ReadonlyMap<AgentId, number>,
): Uint8Array {
  const containers = new Map<string, number>();
  let text = "";
  const values = new ValueLog();
  for (const { operation } of stretches) {
    if (operation.type === "insert") {
      if (typeof operation.content === "string") text += operation.content;
      else values.append(operation.content);
    }
    if (operation.type === "merge" || containers.has(operation.container)) continue;
    containers.set(operation.container, containers.size);
  }
  const writer = new Writer(64);
  writePayloadHead(writer, [...containers.keys()], text, values);
  let lastAgent = 0;
  let lastContainer = 0;
  for (const stretch of stretches) {
    const row = stretchRow(stretch);
    const agent = agents.get(stretch.agent)!;
    const container =
      row.tag === operationTags.merge ? lastContainer : containers.get(row.container)!;
    let flags = row.tag;
    if (row.parents !== null) flags |= payloadFlags.parents;
    if (agent !== lastAgent) flags |= payloadFlags.agent;
    if (container !== lastContainer) flags |= payloadFlags.container;
    writer.u8(flags);
    if (agent !== lastAgent) writer.uint(agent);
    if (container !== lastContainer) writer.uint(container);
    if (row.parents !== null) {
      writer.uint(row.parents.length);
      for (const parent of row.parents) writer.uint(agents.get(parent.agent)!).uint(parent.seq);
    }
    if (row.tag <= operationTags.deleteBackward) writer.uint(row.at).uint(row.length);
    else if (row.tag !== operationTags.merge) writer.text(row.key);
    if (row.value !== null) writer.blob(row.value);
    lastAgent = agent;
    lastContainer = container;
  }
  return writer.finish();
}

/** Writes what stands before the stretches. */
export function writePayloadHead(
  writer: Writer,
  containers: readonly string[],
  text: string,
  values: ValueLog,
): void {
  writer.uint(containers.length);
  for (const id of containers) writeContainer(writer, id);
  writer.text(text);
  if (containers.some(isListId)) writer.blob(values.bytes());
}

/**
 * Reads what {@link encodePayload} wrote, one stretch after another: {@link next} moves
 * on, and the fields then say what the stretch is. So a long payload is never in memory as objects.
 *
 * Everything here throws {@link HoldfastError} `truncated`, `too_large`, or `corrupt` with what
 * was wrong. Whether events are where they can be is not looked at.
 */
export class PayloadReader implements StretchRow {
  tag = operationTags.merge as number;
  length = 0;
  parents: readonly EventId[] | null = null;
  container = "";
  at = 0;
  textFrom = 0;
  key = "";
  value: Uint8Array | null = null;
  /** Index of the stretch's agent in the list. */
  agent = 0;
  /** Sequence number of its first event. */
  seq = 0;
  /**
   * Whether all stretches so far are written as canonical.ts would write them for the hash, if
   * they are of one run, and the agents are in order.
   */
  isCanonical = true;
  readonly text: string;
  readonly values: ValueLog;
  readonly #payload: Uint8Array;
  readonly #reader: Reader;
  readonly #agents: readonly AgentId[];
  readonly #nexts: number[];
  readonly #containers: readonly string[];
  #containerIndex = 0;
  // How many containers were named so far, where they are named in order.
  #containersSeen = 0;
  #textEnd = 0;
  #valuesEnd = 0;

  /**
   * @param agents - As for writing, in order.
   * @param firsts - For the first so many agents, the sequence number of their first
   *   event here; the payload has events of these agents only.
   */
  constructor(payload: Uint8Array, agents: readonly AgentId[], firsts: readonly number[]) {
    this.#payload = payload;
    const reader = new Reader(payload);
    this.#reader = reader;
    this.#agents = agents;
    this.#nexts = [...firsts];
    this.#containers = readContainers(reader);
    this.text = reader.text("inserted text", reader.remaining);
    this.values = this.#containers.some(isListId)
      ? ValueLog.read(reader.blob("inserted values", reader.remaining))
      : noValues;
  }

  /** How many events of the agent at `index` were read, counted from its event 0. */
  nextOf(index: number): number {
    return this.#nexts[index]!;
  }

  /** Goes on to the next stretch; false at the end. */
  next(): boolean {
    const reader = this.#reader;
    if (reader.remaining === 0) {
      if (this.#textEnd < this.text.length || this.#valuesEnd < this.values.length) {
        throw corrupt("payload has text or values that nothing inserts");
      }
      if (this.#containersSeen < this.#containers.length) this.isCanonical = false;
      return false;
    }
    const lastTag = this.tag;
    const lastAt = this.at;
    const lastLength = this.length;
    const flags = reader.u8("stretch flags");
    if (flags >= 64) throw corrupt("stretch flags are unknown");
    const nexts = this.#nexts;
    if (flags & payloadFlags.agent) this.agent = reader.uint("stretch agent", nexts.length - 1);
    if (flags & payloadFlags.container) this.#readContainer();
    const seq = nexts[this.agent];
    if (seq === undefined) throw corrupt("stretch names no agent");
    this.seq = seq;
    this.parents = flags & payloadFlags.parents ? this.#readParents() : null;
    this.tag = flags & 7;
    this.value = null;
    this.length = 1;
    if (this.tag === operationTags.merge) {
      this.container = "";
      if (flags & payloadFlags.container) this.isCanonical = false;
    } else this.#readOperation();
    const next = seq + this.length;
    if (next > eventsMax) throw new HoldfastError("too_large", "agent has too many events");
    nexts[this.agent] = next;
    if (flags > 7) {
      if (flags & payloadFlags.agent) this.isCanonical = false;
      if (flags & payloadFlags.parents && this.parents === null) this.isCanonical = false;
    } else if (continuesStretch(lastTag, lastAt, lastLength, this.tag, this.at)) {
      this.isCanonical = false;
    }
    return true;
  }

  /**
   * Goes on over plain stretches, as many as there are and fit into `batch`; the fields then say
   * what the last of them is. For use after {@link next}. What is done to a list is never plain.
   */
  nextPlain(batch: PlainBatch): void {
    batch.count = 0;
    batch.events = 0;
    batch.units = 0;
    if (isListId(this.container)) return;
    const { tag, at, length, text } = this;
    const offset = this.#reader.offset;
    const start = { offset, tag, at, length, text, textFrom: this.#textEnd };
    const end = readPlain(this.#payload, start, batch);
    if (batch.count === 0) return;
    const next = this.#nexts[this.agent]! + batch.events;
    if (next > eventsMax) throw new HoldfastError("too_large", "agent has too many events");
    this.#nexts[this.agent] = next;
    if (end.isJoinable) this.isCanonical = false;
    this.#reader.raw(end.offset - offset, "plain stretches");
    this.#textEnd += batch.units;
    const last = 3 * (batch.count - 1);
    this.tag = batch.columns[last]!;
    this.at = batch.columns[last + 1]!;
    this.length = batch.columns[last + 2]!;
    this.seq = next - this.length;
    this.textFrom = this.#textEnd - (this.tag === operationTags.insert ? this.length : 0);
    this.parents = null;
    this.value = null;
  }

  /** How much of the text is taken by stretches so far. */
  get textEnd(): number {
    return this.#textEnd;
  }

  /** The stretch as an object of its own. */
  stretch(): Stretch {
    const agent = this.#agents[this.agent]!;
    const { seq } = this;
    const implied = seq === 0 ? [] : [{ agent, seq: seq - 1 }];
    return { agent, seq, parents: this.parents ?? implied, operation: this.#operation() };
  }

  #readContainer(): void {
    const index = this.#reader.uint("stretch container", this.#containers.length - 1);
    if (index === this.#containerIndex || index > this.#containersSeen) this.isCanonical = false;
    this.#containersSeen = Math.max(this.#containersSeen, index + 1);
    this.#containerIndex = index;
  }

  #operation(): Operation {
    const { tag, container, at, length, key, value, textFrom } = this;
    switch (tag) {
      case operationTags.insert: {
        const source = isListId(container) ? this.values : this.text;
        return {
          type: "insert",
          container,
          at,
          content: source.slice(textFrom, textFrom + length),
        };
      }
      case operationTags.delete:
      case operationTags.deleteBackward: {
        const backward = tag === operationTags.deleteBackward;
        return { type: "delete", container, at, length, backward };
      }
      case operationTags.merge:
        return { type: "merge" };
      default:
        return { type: "set", container, key, value };
    }
  }

  #readOperation(): void {
    const reader = this.#reader;
    const container = this.#containers[this.#containerIndex];
    if (container === undefined) throw corrupt("payload names no container");
    this.container = container;
    if (this.#containersSeen === 0) this.#containersSeen = 1;
    switch (this.tag) {
      case operationTags.insert:
        this.at = reader.uint("insert position", eventsMax);
        if (isListId(container)) {
          this.length = reader.uint("inserted values", this.values.length - this.#valuesEnd);
          if (this.length === 0) throw corrupt("no values are inserted");
          this.textFrom = this.#valuesEnd;
          this.#valuesEnd += this.length;
          return;
        }
        this.length = reader.uint("inserted units", this.text.length - this.#textEnd);
        if (this.length === 0) throw corrupt("inserted text is empty");
        this.textFrom = this.#textEnd;
        this.#textEnd += this.length;
        if (isLowSurrogate(this.text.charCodeAt(this.#textEnd))) {
          throw corrupt("inserted text ends inside of a surrogate pair");
        }
        return;
      case operationTags.delete:
      case operationTags.deleteBackward: {
        const backward = this.tag === operationTags.deleteBackward;
        this.at = reader.uint("delete position", eventsMax);
        this.length = reader.uint("delete length", eventsMax);
        if (this.length < (backward ? 2 : 1)) throw corrupt("delete is too short for its sort");
        if (backward && this.at < this.length - 1) {
          throw corrupt("delete goes back over the beginning");
        }
        return;
      }
      case operationTags.set:
      case operationTags.unset:
        if (isListId(container)) throw corrupt("key of a list is set");
        this.key = reader.text("key", keySizeBytesMax);
        if (this.tag === operationTags.unset) return;
        this.value = reader.blob("value", valueSizeBytesMax).slice();
        decodeValue(this.value);
        return;
      default:
        throw corrupt(`operation ${this.tag} is unknown`);
    }
  }

  // Null where what is listed goes without saying.
  #readParents(): readonly EventId[] | null {
    const reader = this.#reader;
    const agents = this.#agents;
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
    if (count === 0 && this.seq > 0) throw corrupt("stretch says that it has no parents");
    const [only] = parents;
    const isImplied =
      count === 0 ||
      (count === 1 && only!.agent === agents[this.agent] && only!.seq === this.seq - 1);
    return isImplied ? null : parents;
  }
}

/** The stretches of a payload as objects, one at a time. Throws on the way, as {@link PayloadReader}. */
export function* decodePayload(
  payload: Uint8Array,
  agents: readonly AgentId[],
  firsts: readonly number[],
): Generator<Stretch, void> {
  const reader = new PayloadReader(payload, agents, firsts);
  while (reader.next()) yield reader.stretch();
}

function readContainers(reader: Reader): readonly string[] {
  const containers: string[] = [];
  const count = reader.count("payload containers", containersMax, 2);
  for (let index = 0; index < count; index += 1) containers.push(readContainer(reader));
  if (count > 1 && new Set(containers).size < count)
    throw corrupt("payload names a container twice");
  return containers;
}

function corrupt(sentence: string): HoldfastError {
  return new HoldfastError("corrupt", sentence);
}
