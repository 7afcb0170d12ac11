// One transaction of a client, run after run: snapshots that a server holds, and commits
// that take effect once, whatever becomes of connections.
//
//   begin --> a snapshot there <-- get, range
//   commit --> answered
//         \--> no answer: settle, here or at another server, until one is
//
// Invariants:
//   RT1  A commit is sent once. Where its answer is lost, `settle` finds out whether it took
//        effect, and if not makes sure that it never will; then `fn` runs again.
//   RT2  What was read on a snapshot that is lost is committed nowhere.

import { HoldfastError, isHoldfastError, Writer } from "@holdfast/std";
import { Backoff } from "@holdfast/world";
import type { Request } from "../../committer.ts";
import type { AgedSnapshot, Relaxed } from "../../consistency.ts";
import type { EngineSnapshot } from "../../engine.ts";
import { writeRequest } from "../../request_codec.ts";
import type { Capabilities, CommitVersion, Consistency, Priority } from "../../store.ts";
import type { Backend } from "../../transaction_runner.ts";
import type { AsOf } from "./client_frame.ts";
import type { Dialer } from "./dialer.ts";
import { partSizeBytesMax } from "./limits.ts";
import type { Link, RemoteWorld } from "./link.ts";
import { RemoteSnapshot } from "./remote_snapshot.ts";
import type { Slot, Slots } from "./slots.ts";

/** How long a snapshot, or the answer to a commit, is asked for again. */
export const patienceMsMax = 10_000;
/** The first and the longest span between two tries at one server. */
export const again = { baseMs: 20, capMs: 500 };

/** What transactions of one store share. */
export interface RemoteParts {
  readonly world: RemoteWorld;
  readonly capabilities: Capabilities;
  readonly dialer: Dialer;
  readonly slots: Slots;
  checkOpen(): void;
}

/** A snapshot to be had. */
interface Wanted {
  readonly slot: Slot;
  readonly consistency: Consistency | AsOf;
  readonly signal: AbortSignal | undefined;
}

/** A snapshot and what it stands on. */
interface Held {
  readonly link: Link;
  readonly slot: Slot;
  readonly begunAtMs: number;
}

/** See the head of this file. */
export class RemoteTransaction implements Backend {
  readonly #parts: RemoteParts;
  readonly #priority: Priority;
  #held: Held | null = null;

  constructor(parts: RemoteParts, priority: Priority) {
    this.#parts = parts;
    this.#priority = priority;
  }

  get capabilities(): Capabilities {
    return this.#parts.capabilities;
  }

  checkOpen(): void {
    this.#parts.checkOpen();
  }

  /** Whether `error` says that the snapshot of the last run was lost, with nothing committed. */
  isLostBy(error: unknown): boolean {
    const end = this.#held?.link.end ?? null;
    return end !== null && error === end;
  }

  /** Gives back what is held. */
  end(): void {
    const held = this.#held;
    this.#held = null;
    if (held === null) return;
    held.link.send({ type: "release", slot: held.slot.number });
    this.#parts.slots.put(held.slot);
  }

  async snapshot(signal: AbortSignal | undefined): Promise<EngineSnapshot> {
    return (await this.#take("linearizable", signal)).snapshot;
  }

  staleSnapshot(consistency: Relaxed): Promise<AgedSnapshot> {
    return this.#take(consistency, undefined);
  }

  /** The rows as they were right after `version`; nothing can be committed upon them. */
  async past(version: CommitVersion, signal: AbortSignal | undefined): Promise<EngineSnapshot> {
    return (await this.#take({ asOf: version }, signal)).snapshot;
  }

  async #take(
    consistency: Consistency | AsOf,
    signal: AbortSignal | undefined,
  ): Promise<AgedSnapshot> {
    const { world, dialer, slots } = this.#parts;
    this.end();
    const slot = await slots.take(signal, this.#priority);
    const untilMs = world.clock.now() + patienceMsMax;
    const backoff = new Backoff(world.random, again);
    try {
      for (;;) {
        const link = await dialer.link(untilMs, signal);
        try {
          return await this.#begin(link, { slot, consistency, signal });
        } catch (error) {
          // Where the link has ended, the next one is waited for above.
          if (link.end === null) {
            const isBusy = isHoldfastError(error, "unavailable", "closed", "overloaded");
            if (!isBusy || world.clock.now() >= untilMs) throw error;
            if (error.code !== "overloaded") dialer.leave(link, error);
            await world.clock.sleep(backoff.next(), signal);
          }
        }
      }
    } catch (error) {
      slots.put(slot);
      throw error;
    }
  }

  async commit(request: Request): Promise<CommitVersion | "conflict"> {
    const held = this.#held!;
    this.#held = null;
    const { slot, link } = held;
    try {
      if (request.signal?.aborted) {
        link.send({ type: "release", slot: slot.number });
        throw new HoldfastError("cancelled", "the commit");
      }
      if (link.end !== null) return "conflict"; // RT2
      slot.sequence += 1;
      try {
        return await send(held, request);
      } catch (error) {
        const isOpen = link.end !== null || isHoldfastError(error, "unknown_outcome", "io");
        if (!isOpen) throw error;
        return await this.#settle(held, error);
      }
    } finally {
      this.#parts.slots.put(slot);
    }
  }

  async #begin(link: Link, { slot, consistency, signal }: Wanted): Promise<AgedSnapshot> {
    let abort = () => {};
    const cancelled = new Promise<never>((_, reject) => {
      abort = () => {
        link.send({ type: "release", slot: slot.number });
        reject(new HoldfastError("cancelled", "the transaction"));
      };
      signal?.addEventListener("abort", abort, { once: true });
    });
    try {
      if (signal?.aborted) throw new HoldfastError("cancelled", "the transaction");
      const question = { type: "begin", slot: slot.number, consistency } as const;
      const begun = link.ask({ ...question, priority: this.#priority }, "begun");
      const { version, begunAtMs, staleMsMax } = await Promise.race([begun, cancelled]);
      this.#held = { link, slot, begunAtMs };
      return { snapshot: new RemoteSnapshot(link, slot.number, version), staleMsMax };
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Finds out what came of a commit without an answer. */
  async #settle({ slot, begunAtMs }: Held, cause: unknown): Promise<CommitVersion | "conflict"> {
    const { world, dialer } = this.#parts;
    const untilMs = world.clock.now() + patienceMsMax;
    const backoff = new Backoff(world.random, again);
    const name = { slot: slot.number, sequence: slot.sequence };
    let last = cause;
    for (;;) {
      try {
        const link = await dialer.link(untilMs);
        const question = { type: "settle", ...name, begunAtMs } as const;
        const answer = await link.ask(question, "committed", "conflict");
        return answer.type === "conflict" ? "conflict" : answer.version;
      } catch (error) {
        last = error;
      }
      if (world.clock.now() >= untilMs || !isHoldfastError(last)) break;
      if (last.code === "invalid_argument") break;
      await world.clock.sleep(backoff.next());
    }
    const reason = last instanceof Error ? last.message : String(last);
    const sentence = `whether the commit took effect is not known: ${reason}`;
    throw new HoldfastError("unknown_outcome", sentence, { cause: last });
  }
}

async function send({ link, slot }: Held, request: Request): Promise<CommitVersion | "conflict"> {
  const writer = new Writer(256);
  writeRequest(writer, request);
  const bytes = writer.view();
  const { number, sequence } = slot;
  for (let at = 0; at < bytes.length; at += partSizeBytesMax) {
    link.send({ type: "part", slot: number, bytes: bytes.subarray(at, at + partSizeBytesMax) });
    await link.room();
  }
  const question = { type: "commit", slot: number, sequence } as const;
  const answer = await link.ask(question, "committed", "conflict");
  return answer.type === "conflict" ? "conflict" : answer.version;
}
