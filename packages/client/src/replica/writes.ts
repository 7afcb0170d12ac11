// Where the writes of one document stand, read off what is durable here and what the
// server has.

import type { AgentId, EventRun, VersionVector } from "@holdfast/causality";
import type { DocumentId } from "@holdfast/doc";
import { HoldfastError } from "@holdfast/std";
import type { KeptEvents } from "./kept_events.ts";
import type { Standing } from "./standing.ts";
import type { DocumentStatus, Write, WriteState } from "./write.ts";

/** The writes of one document. */
export class Writes {
  readonly #document: DocumentId;
  readonly #kept: KeptEvents;
  readonly #standing: Standing;
  #closed = false;

  constructor(document: DocumentId, kept: KeptEvents, standing: Standing) {
    this.#document = document;
    this.#kept = kept;
    this.#standing = standing;
  }

  /** The write of `run`; of nothing, where that is null. */
  of(run: EventRun | null): Write {
    const writes = this;
    return {
      run,
      get state() {
        return run === null ? "saved" : writes.#stateOf(run);
      },
      get local() {
        return writes.whenLocal(run);
      },
      get saved() {
        return writes.whenSaved(run);
      },
    };
  }

  /** How many events of `writers`, of those in `all`, stand at each step. O(writers). */
  count(all: VersionVector, writers: ReadonlySet<AgentId>): Omit<DocumentStatus, "problem"> {
    let pendingCount = 0;
    let localCount = 0;
    let sentCount = 0;
    for (const agent of writers) {
      const saved = this.#standing.saved.next(agent);
      const sent = Math.max(saved, this.#standing.sent.next(agent));
      const local = Math.max(sent, this.#kept.local.next(agent));
      pendingCount += Math.max(0, all.next(agent) - local);
      localCount += local - sent;
      sentCount += sent - saved;
    }
    const least: WriteState = sentCount > 0 ? "sent" : "saved";
    const state = pendingCount > 0 ? "pending" : localCount > 0 ? "local" : least;
    return { state, pendingCount, localCount, sentCount };
  }

  /** Resolves once `run` is durable here. */
  async whenLocal(run: EventRun | null): Promise<void> {
    if (run === null) return;
    if (this.#closed && !this.#kept.holds([run])) throw this.#kept.error ?? this.#closedError();
    await this.#kept.whenHolds(run);
  }

  /** Resolves once `run` is durable at the server. */
  async whenSaved(run: EventRun | null): Promise<void> {
    if (run === null || this.#stateOf(run) === "saved") return;
    if (this.#closed && this.#standing.problem?.isFinal !== true) throw this.#closedError();
    await this.#standing.whenSaved(run);
  }

  /** From now on nothing gets further. */
  close(): void {
    this.#closed = true;
  }

  #stateOf({ agent, to }: EventRun): WriteState {
    if (this.#standing.saved.next(agent) >= to) return "saved";
    if (this.#standing.sent.next(agent) >= to) return "sent";
    return this.#kept.local.next(agent) >= to ? "local" : "pending";
  }

  #closedError(): HoldfastError {
    return new HoldfastError("closed", `${this.#document} was closed`);
  }
}
