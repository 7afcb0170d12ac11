// The hash of a run of events: over what they mean, not over how they were written.
//
// Everybody who holds a run can compute it, however the run was cut, joined or
// encoded on its way; so equal hashes mean equal content, and different hashes of
// the same ids mean that an identity was used twice.
//
// The hash is the first 16 bytes of SHA-256 over (integers, text, blob as in
// @holdfast/std's codec):
//   "HFR" u8 0
//   16 bytes agent, uint sequence number of the first event
//   then for each stretch of the run, cut greedily as `appendStretch` does:
//     u8    0 insert, 1 delete, 2 delete backward, 3 set, 4 set to nothing, 5 merge
//     uint  parents: 0 where the only parent is the agent's previous event, or where
//           the first event of the agent has none; then each: 16 bytes agent, uint seq,
//           in order of agents
//     text  container                         all but merge
//     uint  at, text                          insert
//     uint  at, uint length                   delete, delete backward
//     text  key, blob value                   set
//     text  key                               set to nothing

import { type AgentId, agentToBytes, type EventRun } from "@holdfast/causality";
import { isWellFormed, unreachable, Writer } from "@holdfast/std";
import { sha256 } from "@noble/hashes/sha2.js";
import { runHashSizeBytes } from "./bundle.ts";
import {
  appendStretch,
  clipStretch,
  followsOwn,
  type Operation,
  operationLength,
  operationTag,
  type Stretch,
} from "./operation.ts";

/** Hashes one run, stretch by stretch. */
export class RunHasher {
  readonly #writer = new Writer(64);
  // What may still be joined by what comes next.
  #open: Stretch[] = [];

  constructor(agent: AgentId, from: number) {
    this.#writer.u8(0x48).u8(0x46).u8(0x52).u8(0).raw(agentToBytes(agent)).uint(from);
  }

  /** Adds the run's next events. */
  push(stretch: Stretch): void {
    appendStretch(this.#open, stretch);
    while (this.#open.length > 1) this.#write(this.#open.shift()!);
  }

  /** The hash of all that was pushed. */
  finish(): Uint8Array {
    for (const stretch of this.#open) this.#write(stretch);
    this.#open = [];
    return sha256(this.#writer.view()).slice(0, runHashSizeBytes);
  }

  #write(stretch: Stretch): void {
    const writer = this.#writer;
    const { operation } = stretch;
    writer.u8(operationTag(operation));
    const parents = followsOwn(stretch) ? [] : stretch.parents;
    writer.uint(parents.length);
    for (const { agent, seq } of parents) writer.raw(agentToBytes(agent)).uint(seq);
    if (operation.type !== "merge") writer.text(operation.container);
    writeOperation(writer, operation);
    // Half a pair, where a run was cut inside of one, is written as U+FFFD; so that it
    // is not taken for one. No whole run has it, so it is no part of the format.
    if (operation.type === "insert" && !isWellFormed(operation.text)) writer.u8(0xff);
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
    if (start < end) this.#hasher.push(clipStretch(stretch, start, end));
  }

  /** The hash of all that was pushed. */
  finish(): Uint8Array {
    return this.#hasher.finish();
  }
}

/** Writes what an operation does, less its tag and container; the same in payloads. */
export function writeOperation(writer: Writer, operation: Operation): void {
  switch (operation.type) {
    case "insert":
      writer.uint(operation.at).text(operation.text);
      return;
    case "delete":
      writer.uint(operation.at).uint(operation.length);
      return;
    case "set":
      writer.text(operation.key);
      if (operation.value !== null) writer.blob(operation.value);
      return;
    case "merge":
      return;
    default:
      unreachable(operation);
  }
}
