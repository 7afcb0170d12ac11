// Barriers: waits until what is applied here has all that was acknowledged anywhere before.

import { HoldfastError, isHoldfastError } from "@holdfast/std";
import type { World } from "@holdfast/world";
import type { RequestId } from "../raft/types.ts";
import { closedError, orAborted, type Waiter } from "./caller.ts";
import type { ReplicaTiming } from "./options.ts";

/** A barrier is asked for again when it was not answered for so many election timeouts: its question got lost. */
const readAnswerElections = 2;
/** A barrier is tried again for so many election timeouts. */
const readElections = 6;
const retryMs = 20;

/** What barriers need of their replica. */
export interface ReadsParts {
  newId(): RequestId;
  /** Puts the question; the answer may come at once. */
  ask(id: RequestId): void;
}

/** See the head of this file. */
export class Reads {
  readonly #world: Pick<World, "clock" | "random">;
  readonly #electionMs: number;
  readonly #parts: ReadsParts;
  readonly #waiting = new Map<RequestId, Waiter>();
  /** The one that all of a turn share. */
  #barrier: Promise<void> | null = null;
  /** What all wait for whose question was refused. */
  #pause: { readonly over: Promise<void>; readonly end: () => void } | null = null;
  #isClosed = false;

  constructor(
    world: Pick<World, "clock" | "random">,
    { electionMs }: ReplicaTiming,
    parts: ReadsParts,
  ) {
    this.#world = world;
    this.#electionMs = electionMs;
    this.#parts = parts;
  }

  /** @throws {HoldfastError} `unavailable` where nobody leads for long; `cancelled`; `closed`. */
  async barrier(signal: AbortSignal | undefined): Promise<void> {
    const { clock, random } = this.#world;
    const untilMs = clock.now() + this.#electionMs * readElections;
    for (;;) {
      if (signal?.aborted) throw new HoldfastError("cancelled", "a read");
      try {
        this.#barrier ??= Promise.resolve().then(() => {
          this.#barrier = null;
          return this.#once();
        });
        await orAborted(this.#barrier, signal);
        return;
      } catch (error) {
        if (!isHoldfastError(error, "unavailable", "overloaded") || clock.now() > untilMs)
          throw error;
      }
      // One pause for all, after which they ask together: however many wait, nobody leads the sooner.
      this.#pause ??= this.#pauseFor(retryMs * (1 + random.next()));
      await orAborted(this.#pause.over, signal);
    }
  }

  /** That question is answered. */
  pass(id: RequestId): void {
    this.#taken(id)?.resolve();
  }

  /** That question is refused, if it is one. */
  refuse(id: RequestId, error: HoldfastError): void {
    this.#taken(id)?.reject(error);
  }

  /** Nobody will answer any more. */
  end(): void {
    this.#isClosed = true;
    for (const { reject } of this.#waiting.values()) reject(closedError());
    this.#waiting.clear();
    this.#pause?.end();
  }

  #pauseFor(pauseMs: number): { readonly over: Promise<void>; readonly end: () => void } {
    let end = (): void => {};
    const over = new Promise<void>((resolve) => {
      const isOver = (): void => {
        this.#pause = null;
        resolve();
      };
      const timer = this.#world.clock.timer(pauseMs, isOver);
      end = () => {
        timer.cancel();
        isOver();
      };
    });
    return { over, end };
  }

  #once(): Promise<void> {
    if (this.#isClosed) return Promise.reject(closedError());
    return new Promise<void>((resolve, reject) => {
      const id = this.#parts.newId();
      const late = () => this.refuse(id, new HoldfastError("unavailable", "nobody answers a read"));
      const timer = this.#world.clock.timer(this.#electionMs * readAnswerElections, late);
      this.#waiting.set(id, {
        resolve: () => {
          timer.cancel();
          resolve();
        },
        reject: (error) => {
          timer.cancel();
          reject(error);
        },
      });
      this.#parts.ask(id);
    });
  }

  #taken(id: RequestId): Waiter | undefined {
    const waiter = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiter;
  }
}
