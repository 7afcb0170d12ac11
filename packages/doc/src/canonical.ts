// The hash of a run of events: over what they mean, not over how they were written.
//
// Everybody who holds a run can compute it, however the run was cut, joined or
// encoded on its way; so equal hashes mean equal content, and different hashes of
// the same ids mean that an identity was used twice.
//
// The hash is the first 16 bytes of SHA-256 over (integers, text, blob as in
// @holdfast/std's codec):
//   "HFR" u8 1
//   16 bytes agent, uint sequence number of the first event
//   the payload of the run, as payload.ts lays it out, in one certain way: stretches as long
//   as they can be, cut greedily as `appendStretch` does; containers in order of first use;
//   parents listed only where they do not go without saying; no agent ever. Agents of parents
//   are numbered in order of first use in the run; 16 bytes follow the number where that is used first
//
// So the payload of a section that holds one run and lists no parents is hashed as it
// lies, if it was written that way, which its reader finds out on the way: see `PayloadReader`.

import { type AgentId, agentToBytes, type EventId, type EventRun } from "@holdfast/causality";
import { isWellFormed, sha256, Writer } from "@holdfast/std";
import { runHashSizeBytes } from "./bundle.ts";
import {
  clipStretch,
  operationLength,
  operationTags,
  payloadFlags,
  type Stretch,
  type StretchRow,
  stretchRow,
} from "./operation.ts";

const nothingOpen = -1;

/** What the hash of a run begins with. */
export function runHashHead(agent: AgentId, from: number): Writer {
  return new Writer(32).u8(0x48).u8(0x46).u8(0x52).u8(1).raw(agentToBytes(agent)).uint(from);
}

/** Hashes one run, stretch by stretch. */
export class RunHasher {
  readonly #agent: AgentId;
  readonly #from: number;
  readonly #rows = new Writer(64);
  readonly #text = new Writer(64);
  readonly #containers = new Map<string, number>();
  // Of parents.
  readonly #agents = new Map<AgentId, number>();
  #lastContainer = 0;
  #isBroken = false;
  // The stretch that what comes next may still join.
  #tag = nothingOpen;
  #at = 0;
  #length = 0;
  #container = "";
  #parents: readonly EventId[] | null = null;

  constructor(agent: AgentId, from: number) {
    this.#agent = agent;
    this.#from = from;
  }

  /** Adds the run's next events. */
  push(row: StretchRow): void {
    const { tag, at, length } = row;
    if (tag === operationTags.insert) this.#gather(row);
    if (tag > operationTags.deleteBackward) {
      this.#flush();
      this.#writeHead(tag, row.parents, row.container);
      if (tag !== operationTags.merge) this.#rows.text(row.key);
      if (row.value !== null) this.#rows.blob(row.value);
      return;
    }
    if (row.parents !== null || row.container !== this.#container) this.#open(row, tag, at, length);
    else if (tag === operationTags.insert) {
      if (this.#tag === tag && at === this.#at + this.#length) this.#length += length;
      else this.#open(row, tag, at, length);
    } else if (!this.#joinDelete(tag, at, length)) {
      // Deletes that change direction: the first event may still continue the old one.
      if (length > 1 && this.#joinDelete(operationTags.delete, at, 1)) {
        const rest = tag === operationTags.deleteBackward ? at - 1 : at;
        this.#open(row, length === 2 ? operationTags.delete : tag, rest, length - 1);
      } else this.#open(row, tag, at, length);
    }
  }

  /** The hash of all that was pushed. */
  finish(): Uint8Array {
    this.#flush();
    // Half a pair, where a run was cut inside of one, is written as U+FFFD; so that it
    // is not taken for one. No whole run has it, so it is no part of the format.
    if (this.#isBroken) this.#rows.u8(0xff);
    const head = runHashHead(this.#agent, this.#from).uint(this.#containers.size);
    for (const name of this.#containers.keys()) head.text(name);
    head.uint(this.#text.sizeBytes);
    return sha256([head.view(), this.#text.view(), this.#rows.view()], runHashSizeBytes);
  }

  #gather(row: StretchRow): void {
    const units = row.text.slice(row.textFrom, row.textFrom + row.length);
    if (!isWellFormed(units)) this.#isBroken = true;
    this.#text.utf8(units);
  }

  #joinDelete(tag: number, at: number, length: number): boolean {
    const open = this.#tag;
    if (open !== operationTags.delete && open !== operationTags.deleteBackward) return false;
    const isForward = tag === operationTags.delete;
    const goesOn = open === operationTags.delete && isForward;
    const goesBack =
      (this.#length === 1 || open === operationTags.deleteBackward) && (length === 1 || !isForward);
    if (goesBack && at === this.#at - this.#length) this.#tag = operationTags.deleteBackward;
    else if (!goesOn || at !== this.#at) return false;
    this.#length += length;
    return true;
  }

  // The row may be a reader's, and change: what is needed of it is kept.
  #open(row: StretchRow, tag: number, at: number, length: number): void {
    this.#flush();
    this.#tag = tag;
    this.#at = at;
    this.#length = length;
    this.#container = row.container;
    this.#parents = row.parents;
  }

  #flush(): void {
    if (this.#tag === nothingOpen) return;
    this.#writeHead(this.#tag, this.#parents, this.#container);
    this.#rows.uint(this.#at).uint(this.#length);
    this.#tag = nothingOpen;
    this.#container = "";
  }

  #writeHead(tag: number, parents: readonly EventId[] | null, container: string): void {
    const rows = this.#rows;
    const index = tag === operationTags.merge ? this.#lastContainer : this.#indexOf(container);
    let flags = tag;
    if (parents !== null) flags |= payloadFlags.parents;
    if (index !== this.#lastContainer) flags |= payloadFlags.container;
    rows.u8(flags);
    if (index !== this.#lastContainer) rows.uint(index);
    this.#lastContainer = index;
    if (parents === null) return;
    rows.uint(parents.length);
    for (const { agent, seq } of parents) {
      const known = this.#agents.get(agent);
      rows.uint(known ?? this.#agents.size);
      if (known === undefined) {
        this.#agents.set(agent, this.#agents.size);
        rows.raw(agentToBytes(agent));
      }
      rows.uint(seq);
    }
  }

  #indexOf(container: string): number {
    const known = this.#containers.get(container);
    if (known !== undefined) return known;
    const index = this.#containers.size;
    this.#containers.set(container, index);
    return index;
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
