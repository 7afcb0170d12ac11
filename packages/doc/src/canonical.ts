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
//   then for each stretch of the run, cut greedily as `appendStretch` does:
//     u8    0 insert, 1 delete, 2 delete backward, 3 set, 4 set to nothing, 5 merge
//     uint  parents: 0 where the only parent is the agent's previous event, or where
//           the first event of the agent has none; then each: 16 bytes agent, uint seq,
//           in order of agents
//     uint  container, all but merge: numbered in order of first use in the run; a text
//           with its name follows the number where that is used first
//     uint  at, uint units                    insert
//     uint  at, uint length                   delete, delete backward
//     text  key, blob value                   set
//     text  key                               set to nothing
//   u8 255
//   all text that the run inserts, as UTF-8
//
// Text comes last and in one piece, because it does so in payloads: where a run is all
// of one, its bytes are hashed as they lie.

import { type AgentId, agentToBytes, type EventId, type EventRun } from "@holdfast/causality";
import { isWellFormed, sha256, Writer } from "@holdfast/std";
import { runHashSizeBytes } from "./bundle.ts";
import {
  clipStretch,
  operationLength,
  operationTags,
  type Stretch,
  type StretchRow,
  stretchRow,
} from "./operation.ts";

const noText = new Uint8Array(0);
const nothingOpen = -1;

/** Hashes one run, stretch by stretch. */
export class RunHasher {
  readonly #rows = new Writer(96);
  // What the stretches insert; null where the caller gives it at the end.
  readonly #text: Writer | null;
  readonly #containers = new Map<string, number>();
  #isBroken = false;
  // The stretch that what comes next may still join.
  #tag = nothingOpen;
  #at = 0;
  #length = 0;
  #container = "";
  #parents: readonly EventId[] | null = null;

  /** @param gathersText - Whether what is pushed gives the text; else `finish` is given it. */
  constructor(agent: AgentId, from: number, gathersText: boolean) {
    this.#rows.u8(0x48).u8(0x46).u8(0x52).u8(1).raw(agentToBytes(agent)).uint(from);
    this.#text = gathersText ? new Writer(64) : null;
  }

  /** Adds the run's next events. */
  push(row: StretchRow): void {
    const { tag, at, length } = row;
    if (tag === operationTags.insert && this.#text !== null) this.#gather(this.#text, row);
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

  /**
   * The hash of all that was pushed.
   *
   * @param text - All text that the run inserts, as UTF-8, where it was not gathered.
   */
  finish(text: Uint8Array = noText): Uint8Array {
    this.#flush();
    // Half a pair, where a run was cut inside of one, is written as U+FFFD; so that it
    // is not taken for one. No whole run has it, so it is no part of the format.
    this.#rows.u8(this.#isBroken ? 0xfe : 0xff);
    return sha256([this.#rows.view(), this.#text?.view() ?? text], runHashSizeBytes);
  }

  #gather(text: Writer, row: StretchRow): void {
    const units = row.text.slice(row.textFrom, row.textFrom + row.length);
    if (!isWellFormed(units)) this.#isBroken = true;
    text.utf8(units);
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
    rows.u8(tag).uint(parents?.length ?? 0);
    if (parents !== null)
      for (const { agent, seq } of parents) rows.raw(agentToBytes(agent)).uint(seq);
    if (tag === operationTags.merge) return;
    const index = this.#containers.get(container);
    if (index !== undefined) {
      rows.uint(index);
      return;
    }
    rows.uint(this.#containers.size).text(container);
    this.#containers.set(container, this.#containers.size);
  }
}

/** Hashes one run out of stretches of its agent that may hold more than the run. */
export class PartHasher {
  readonly #run: EventRun;
  readonly #hasher: RunHasher;

  constructor(run: EventRun) {
    this.#run = run;
    this.#hasher = new RunHasher(run.agent, run.from, true);
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
