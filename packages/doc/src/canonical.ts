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

import type { AgentId, EventRun } from "@holdfast/causality";
import { isWellFormed, Writer } from "@holdfast/std";
import { runHashSizeBytes } from "./bundle.ts";
import {
  appendStretch,
  clipStretch,
  followsOwn,
  operationLength,
  type Stretch,
} from "./operation.ts";
import { encodePayload } from "./payload.ts";

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

/** Hashes one run, stretch by stretch. */
export class RunHasher {
  readonly #run: Pick<EventRun, "agent" | "from">;
  readonly #stretches: Stretch[] = [];

  constructor(agent: AgentId, from: number) {
    this.#run = { agent, from };
  }

  /** Adds the run's next events. */
  push(stretch: Stretch): void {
    appendStretch(this.#stretches, stretch);
  }

  /** The hash of all that was pushed. */
  finish(): Uint8Array {
    const { agent } = this.#run;
    const others = new Set<AgentId>();
    let isBroken = false;
    for (const stretch of this.#stretches) {
      if (!followsOwn(stretch)) for (const parent of stretch.parents) others.add(parent.agent);
      const { operation } = stretch;
      if (operation.type === "insert" && !isWellFormed(operation.text)) isBroken = true;
    }
    others.delete(agent);
    const sorted = [...others].sort();
    const agents = new Map([agent, ...sorted].map((name, index) => [name, index]));
    const payload = encodePayload(this.#stretches, agents);
    const hash = hashPayload(this.#run, sorted, payload);
    // Half a pair, where a run was cut inside of one, is written as U+FFFD; so that it
    // is not taken for one. No whole run has it, so it is no part of the format.
    if (isBroken) hash[0]! ^= 0xff;
    return hash;
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
