// The hash of a run of events: over what they mean, not over how they were written.
//
// Everybody who holds a run can compute it, however the run was cut, joined or
// encoded on its way; so equal hashes mean equal content, and different hashes of
// the same ids mean that an identity was used twice.
//
// The hash is the first 16 bytes of SHA-256 over (integers as in @holdfast/std's codec):
//   "HFR" u8 1
//   16 bytes agent, uint sequence number of the first event
//   uint  other agents whose events are parents, then 16 bytes each, ascending
//   the payload of the run, as payload.ts lays it out, in one certain way: the run's agent and
//   then the others are its agents; stretches are as long as they can be, cut greedily as
//   `appendStretch` does; containers stand in order of first use; parents are listed only
//   where they do not go without saying
//
// So the payload of a section that holds one run is hashed as it lies, if it was written
// that way, which its reader finds out on the way: see `PayloadReader.isCanonical`.

import type { AgentId, EventId, EventRun } from "@holdfast/causality";
import { isWellFormed, Writer } from "@holdfast/std";
import { isListId } from "../content/container.ts";
import { ValueLog } from "../content/value_log.ts";
import {
  clipStretch,
  joinedDelete,
  operationLength,
  operationTags,
  payloadFlags,
  type Stretch,
  type StretchRow,
  stretchRow,
} from "../history/operation.ts";
import { runHashSizeBytes } from "./bundle.ts";
import { writePayloadHead } from "./payload.ts";

// For what is short, over and over; of no meaning between two calls.
const scratch = new Writer(512);
const scratchPayloadMax = 256;

/** The hash of a run whose payload is written in the one certain way. `others` ascend. */
export function hashPayload(
  { agent, from }: Pick<EventRun, "agent" | "from">,
  others: readonly AgentId[],
  payload: Uint8Array,
): Uint8Array {
  const isShort = payload.length <= scratchPayloadMax && others.length <= 8;
  const writer = isShort ? scratch.clear() : new Writer(payload.length + 64);
  writer.u8(0x48).u8(0x46).u8(0x52).u8(1).hex(agent).uint(from);
  writer.uint(others.length);
  for (const other of others) writer.hex(other);
  return writer.raw(payload).sha256(runHashSizeBytes);
}

// Fields of a stretch that is written: its tag, place, events and container.
const fields = 4;
const nothingOpen = operationTags.merge;

/** Hashes one run, stretch by stretch, however they are cut. */
export class RunHasher {
  readonly #run: Pick<EventRun, "agent" | "from">;
  readonly #stretches: number[] = [];
  /** For each stretch, the parents of its first event where they do not go without saying. */
  readonly #parents: (readonly EventId[] | null)[] = [];
  /** For each that sets a key, in order. */
  readonly #settings: Pick<StretchRow, "key" | "value">[] = [];
  readonly #containers = new Map<string, number>();
  #text = "";
  readonly #values = new ValueLog();
  // Other agents whose events are parents, and the one that was met last.
  readonly #others = new Set<AgentId>();
  #lastOther: AgentId | null = null;
  // The last stretch, where what comes next may still join it.
  #tag: number = nothingOpen;
  #at = 0;
  #length = 0;
  #container = "";

  constructor(agent: AgentId, from: number) {
    this.#run = { agent, from };
  }

  /** Adds the run's next events. Their text and values are taken along, and nothing else of the row is kept. */
  push(row: StretchRow): void {
    const { tag, at, length } = row;
    if (tag === operationTags.insert) {
      const end = row.textFrom + length;
      if (isListId(row.container)) this.#values.append(row.values, row.textFrom, end);
      else this.#text += row.text.slice(row.textFrom, end);
    }
    if (row.parents !== null || row.container !== this.#container) {
      this.#add(row, tag, at, length);
    } else if (tag === operationTags.insert) {
      if (this.#tag === tag && at === this.#at + this.#length) this.#lengthen(tag, length);
      else this.#add(row, tag, at, length);
    } else if (tag > operationTags.deleteBackward || !this.#joins(tag, at, length)) {
      // Deletes that change direction: the first event may still continue the old one.
      const isPartly =
        tag <= operationTags.deleteBackward &&
        length > 1 &&
        this.#joins(operationTags.delete, at, 1);
      if (isPartly) {
        const rest = tag === operationTags.deleteBackward ? at - 1 : at;
        this.#add(row, length === 2 ? operationTags.delete : tag, rest, length - 1);
      } else this.#add(row, tag, at, length);
    }
  }

  /** The hash of all that was pushed. */
  finish(): Uint8Array {
    const others = [...this.#others].sort();
    const hash = hashPayload(this.#run, others, this.#payload(others));
    // Half a pair, where a run was cut inside of one, is written as U+FFFD; so that it
    // is not taken for one. No whole run has it, so it is no part of the format.
    if (!isWellFormed(this.#text)) hash[0]! ^= 0xff;
    return hash;
  }

  // Joins a delete to the last stretch, if that can be.
  #joins(tag: number, at: number, length: number): boolean {
    const joined = joinedDelete(this.#tag, this.#length, tag, length, this.#at - at);
    if (joined >= 0) this.#lengthen(joined, length);
    return joined >= 0;
  }

  #lengthen(tag: number, more: number): void {
    this.#tag = tag;
    this.#length += more;
    this.#stretches[this.#stretches.length - fields] = tag;
    this.#stretches[this.#stretches.length - 2] = this.#length;
  }

  #add(row: StretchRow, tag: number, at: number, length: number): void {
    const { container } = row;
    const isMerge = tag === operationTags.merge;
    const index = isMerge ? 0 : (this.#containers.get(container) ?? this.#containers.size);
    if (!isMerge) this.#containers.set(container, index);
    this.#stretches.push(tag, at, length, index);
    // Where a delete was joined in part, the rest follows its own first event.
    const parents = length === row.length ? row.parents : null;
    this.#parents.push(parents);
    if (parents !== null) this.#noteOthers(parents);
    if (tag > operationTags.deleteBackward && !isMerge) {
      this.#settings.push({ key: row.key, value: row.value });
    }
    this.#tag = tag > operationTags.deleteBackward ? nothingOpen : tag;
    this.#at = at;
    this.#length = length;
    this.#container = container;
  }

  #noteOthers(parents: readonly EventId[]): void {
    for (const { agent } of parents) {
      if (agent === this.#run.agent || agent === this.#lastOther) continue;
      this.#others.add(agent);
      this.#lastOther = agent;
    }
  }

  // As `encodePayload`.
  #payload(others: readonly AgentId[]): Uint8Array {
    const agents = new Map([this.#run.agent, ...others].map((agent, index) => [agent, index]));
    const writer = new Writer(this.#text.length + 64);
    writePayloadHead(writer, [...this.#containers.keys()], this.#text, this.#values);
    let lastContainer = 0;
    let settings = 0;
    for (let index = 0; index < this.#parents.length; index += 1) {
      const stretch = fields * index;
      const tag = this.#stretches[stretch]!;
      const container = tag === operationTags.merge ? lastContainer : this.#stretches[stretch + 3]!;
      const parents = this.#parents[index]!;
      let flags = tag;
      if (parents !== null) flags |= payloadFlags.parents;
      if (container !== lastContainer) flags |= payloadFlags.container;
      writer.u8(flags);
      if (container !== lastContainer) writer.uint(container);
      lastContainer = container;
      if (parents !== null) {
        writer.uint(parents.length);
        for (const { agent, seq } of parents) writer.uint(agents.get(agent)!).uint(seq);
      }
      if (tag <= operationTags.deleteBackward) {
        writer.uint(this.#stretches[stretch + 1]!).uint(this.#stretches[stretch + 2]!);
      } else if (tag !== operationTags.merge) {
        const { key, value } = this.#settings[settings]!;
        settings += 1;
        writer.text(key);
        if (value !== null) writer.blob(value);
      }
    }
    return writer.view();
  }
}

/** Hashes one run out of stretches of its agent that may hold more than the run. */
export class PartHasher {
  readonly #run: EventRun;
  readonly #hasher: RunHasher;

  constructor(run: EventRun) {
    this.#run = run;
    this.#hasher = new RunHasher(run.agent, run.from);
  }

  /** Adds those events of the agent's next stretch that are of the run. */
  push(stretch: Stretch): void {
    const { from, to } = this.#run;
    const start = Math.max(from, stretch.seq) - stretch.seq;
    const end = Math.min(to - stretch.seq, operationLength(stretch.operation));
    if (start < end) this.#hasher.push(stretchRow(clipStretch(stretch, start, end)));
  }

  /** The hash of all that was pushed. */
  finish(): Uint8Array {
    return this.#hasher.finish();
  }
}
