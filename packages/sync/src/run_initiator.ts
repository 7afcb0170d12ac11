// The asking side of a session on a World: carries out what the machine asks,
// and tells it what came of it.

import type { VersionVector } from "@holdfast/causality";
import type { DocumentId } from "@holdfast/doc";
import { HoldfastError, isHoldfastError, unreachable } from "@holdfast/std";
import { type Clock, type Connection, Scope, type Timer } from "@holdfast/world";
import { credentialSizeBytesMax, presenceSizeBytesMax, type StoreName } from "./frame.ts";
import type { Holdings } from "./holdings.ts";
import { Initiator } from "./initiator.ts";
import type { InitiatorEvent, InitiatorInput, InitiatorOutput } from "./initiator_io.ts";
import { initiatorHoldBackSizeBytes, type Refusal, type SessionEnd } from "./session.ts";
import { type LoopOutput, SessionLoop } from "./session_loop.ts";

/**
 * Holdings of one who also writes. `vector` and `read` give only what is durable here.
 * What a responder sends it has: where an acknowledgement was lost and the piece comes
 * back instead, no `saved` is told of it, and whoever keeps count takes it from there.
 */
export interface WriterHoldings extends Holdings {
  /**
   * What is held of `document`, less what writers here made and `store` never
   * acknowledged. At most what {@link Holdings.vector} says.
   */
  confirmed(document: DocumentId, store: StoreName): Promise<VersionVector>;
}

/** Options for {@link InitiatorSession}. */
export interface InitiatorOptions {
  readonly clock: Clock;
  /** Becomes the session's own: nobody else may use it. */
  readonly connection: Connection;
  readonly holdings: WriterHoldings;
  /** At most `credentialSizeBytesMax` bytes; empty for none. */
  readonly credential: Uint8Array;
  /** What to call this program, for the other side's logs. */
  readonly software: string;
  /** Hears what happens, at once. Must not throw. */
  readonly onEvent: (event: InitiatorEvent) => void;
}

type OwnOutput = Exclude<InitiatorOutput, LoopOutput>;

/**
 * Keeps documents in sync over one connection, until it ends.
 *
 * @example
 * const session = new InitiatorSession({ clock, connection, holdings, credential, software, onEvent });
 * session.open(document);
 * const end = await session.run();
 */
export class InitiatorSession {
  readonly #options: InitiatorOptions;
  readonly #machine: Initiator;
  readonly #loop: SessionLoop<InitiatorInput, OwnOutput>;
  // Documents to keep in sync, each with the way to stop listening to it.
  readonly #wanted = new Map<DocumentId, () => void>();
  readonly #timers = new Set<Timer>();
  #scope: Scope | null = null;
  #store: StoreName | null = null;

  /** @throws {HoldfastError} `too_large` where the credential is. */
  constructor(options: InitiatorOptions) {
    const { clock, connection, holdings, credential, software } = options;
    if (credential.length > credentialSizeBytesMax) {
      const sentence = `a credential of ${credential.length} bytes, at most ${credentialSizeBytesMax}`;
      throw new HoldfastError("too_large", sentence);
    }
    this.#options = options;
    this.#machine = new Initiator({ credential, software, nowMs: clock.now() });
    this.#loop = new SessionLoop<InitiatorInput, OwnOutput>({
      clock,
      connection,
      holdings,
      machine: this.#machine,
      carryOut: (output) => this.#carryOut(output),
      readFailed: (channel, refusal) => ({ type: "read_failed", channel, refusal }),
      beforeWaiting: null,
      holdBackSizeBytes: initiatorHoldBackSizeBytes,
      onFrame: () => {},
    });
  }

  /** Greets the other side and serves the session until it ends. Never rejects on account of the other side. */
  run(): Promise<SessionEnd> {
    return Scope.run(this.#options.clock, (scope) => this.#run(scope), { name: "session" });
  }

  /** Keeps `document` in sync from now on. Harmless twice. */
  open(document: DocumentId): void {
    if (this.#wanted.has(document) || this.#machine.ended) return;
    const onChange = (): void => this.#loop.feed({ type: "changed", document });
    this.#wanted.set(document, this.#options.holdings.subscribe(document, onChange));
    this.#lookUp(document);
  }

  /** Keeps `document` in sync no more. Harmless twice. */
  close(document: DocumentId): void {
    this.#wanted.get(document)?.();
    if (this.#wanted.delete(document)) this.#loop.feed({ type: "close", document });
  }

  /**
   * Shows `state` to the others who have `document` open, until it is set again
   * or the document is closed; null shows nothing.
   *
   * @throws {HoldfastError} `too_large` beyond `presenceSizeBytesMax`.
   */
  present(document: DocumentId, state: Uint8Array | null): void {
    if (state !== null && state.length > presenceSizeBytesMax) {
      const sentence = `presence of ${state.length} bytes, at most ${presenceSizeBytesMax}`;
      throw new HoldfastError("too_large", sentence);
    }
    if (this.#wanted.has(document)) this.#loop.feed({ type: "present", document, state });
  }

  /** Asks the other side at once whether it is there; the session ends where no answer comes within `doubtMsMax`. */
  doubt(): void {
    this.#loop.feed({ type: "doubt" });
  }

  /** Ends the session; {@link run} resolves soon. */
  stop(refusal: Refusal): void {
    this.#loop.feed({ type: "stop", refusal });
  }

  async #run(scope: Scope): Promise<SessionEnd> {
    this.#scope = scope;
    this.#loop.carryOut(this.#machine.start());
    try {
      return await this.#loop.run(scope);
    } finally {
      for (const timer of this.#timers) timer.cancel();
      for (const unsubscribe of this.#wanted.values()) unsubscribe();
      this.#wanted.clear();
    }
  }

  #carryOut(output: OwnOutput): void {
    switch (output.type) {
      case "tell":
        if (output.event.type === "welcomed") this.#welcomed(output.event.store);
        this.#options.onEvent(output.event);
        break;
      case "append":
        void this.#append(output);
        break;
      case "pause":
        this.#later(output.delayMs, () => {
          this.#loop.feed({ type: "paused", channel: output.channel });
        });
        break;
      case "reopen":
        this.#reopen(output);
        break;
      default:
        unreachable(output);
    }
  }

  #reopen({ document, delayMs }: Extract<InitiatorOutput, { type: "reopen" }>): void {
    if (delayMs === 0) {
      this.#lookUp(document);
      return;
    }
    this.#later(delayMs, () => this.#lookUp(document));
  }

  // A timer each, and no task: as many documents may wait as are open.
  #later(delayMs: number, act: () => void): void {
    if (this.#machine.ended) return;
    const timer = this.#options.clock.timer(delayMs, () => {
      this.#timers.delete(timer);
      act();
    });
    this.#timers.add(timer);
  }

  #welcomed(store: StoreName): void {
    this.#store = store;
    for (const document of this.#wanted.keys()) this.#lookUp(document);
  }

  #lookUp(document: DocumentId): void {
    const store = this.#store;
    const scope = this.#scope;
    if (store === null || scope === null) return;
    scope.spawn("open", async () => {
      try {
        const { holdings } = this.#options;
        const confirmed = await holdings.confirmed(document, store);
        const vector = await holdings.vector(document);
        if (!this.#wanted.has(document) || this.#machine.ended) return;
        this.#loop.feed({ type: "open", document, vector, confirmed });
      } catch (error) {
        if (!isHoldfastError(error)) throw error;
        const refusal = { code: error.code, sentence: error.message };
        this.#options.onEvent({ type: "refused", document, refusal, effect: "closed" });
      }
    });
  }

  async #append(output: Extract<InitiatorOutput, { type: "append" }>): Promise<void> {
    const { channel, document, bytes, vector } = output;
    const answer = await this.#loop.append(document, bytes);
    this.#loop.feed({ type: "answered", channel, vector, answer });
  }
}
