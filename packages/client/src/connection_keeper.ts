// Keeps a connection to the server: connects, holds a session, and after it has
// ended waits, a random while that doubles, and connects again.
//
//   offline --try--> connecting --welcomed--> online
//      ^                 |                       |
//      +-----------------+------- ended ---------+--> refused, tried again more slowly

import type { DocumentId } from "@holdfast/doc";
import { type ErrorCode, HoldfastError, isHoldfastError } from "@holdfast/std";
import {
  type InitiatorEvent,
  InitiatorSession,
  type SessionEnd,
  type WriterHoldings,
} from "@holdfast/sync";
import { Backoff, type World } from "@holdfast/world";

/** What the connection is doing. */
export interface ConnectionState {
  /**
   * `offline`: not connected, and trying again at `retryAtMs`, if at all. `refused`:
   * as offline, but the server would not have us; see `reason`.
   */
  readonly state: "offline" | "connecting" | "online" | "refused";
  /** Why it is not online; null where nothing went wrong. */
  readonly reason: HoldfastError | null;
  /** When it tries again, by the World's `clock.now()`; null where it does not wait. */
  readonly retryAtMs: number | null;
}

/** The first span of time to wait before connecting again. */
export const reconnectMsBase = 200;
/** The longest span. */
export const reconnectMsMax = 30_000;
// A connection that lived this long counts as a success.
const steadyMs = 5_000;

const refusals: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "unauthenticated",
  "forbidden",
  "unsupported_version",
  "protocol",
  "corrupt",
  "truncated",
  "too_large",
  "wrong_document",
  "invalid_argument",
]);

/** Options for {@link ConnectionKeeper}. */
export interface KeeperOptions {
  readonly url: string;
  readonly credential: Uint8Array;
  readonly software: string;
  readonly holdings: WriterHoldings;
  /** Hears what a session tells. */
  readonly onEvent: (event: InitiatorEvent) => void;
  /** Called when {@link ConnectionKeeper.state} changed. */
  readonly onState: () => void;
}

/** Connects, again and again. */
export class ConnectionKeeper {
  readonly #world: Omit<World, "disk">;
  readonly #options: KeeperOptions;
  readonly #documents = new Set<DocumentId>();
  readonly #backoff: Backoff;
  #state: ConnectionState = { state: "offline", reason: null, retryAtMs: null };
  #session: InitiatorSession | null = null;
  #wake: (() => void) | null = null;

  constructor(world: Omit<World, "disk">, options: KeeperOptions) {
    this.#world = world;
    this.#options = options;
    this.#backoff = new Backoff(world.random, { baseMs: reconnectMsBase, capMs: reconnectMsMax });
  }

  /** What it is doing now. */
  get state(): ConnectionState {
    return this.#state;
  }

  /** Keeps `document` in sync from now on. */
  open(document: DocumentId): void {
    this.#documents.add(document);
    this.#session?.open(document);
  }

  /** Keeps `document` in sync no more. */
  close(document: DocumentId): void {
    this.#documents.delete(document);
    this.#session?.close(document);
  }

  /** Shows presence, if there is anybody to show it to. */
  present(document: DocumentId, state: Uint8Array | null): void {
    this.#session?.present(document, state);
  }

  /** Finds out whether the server is still there, where there is reason to doubt it. */
  doubt(): void {
    this.#session?.doubt();
  }

  /** Tries at once where it waits. */
  reconnect(): void {
    this.#backoff.reset();
    this.#wake?.();
  }

  /** Works until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const leave = (): void => {
      this.#session?.stop({ code: "closed", sentence: "the client is closing" });
      this.#wake?.();
    };
    signal.addEventListener("abort", leave, { once: true });
    while (!signal.aborted) {
      this.#set({ state: "connecting", reason: this.#state.reason, retryAtMs: null });
      const reason = await this.#live(signal);
      if (signal.aborted) break;
      const delayMs = this.#backoff.next();
      const retryAtMs = this.#world.clock.now() + delayMs;
      this.#set({ state: refusals.has(reason.code) ? "refused" : "offline", reason, retryAtMs });
      await this.#wait(delayMs);
    }
    this.#set({ state: "offline", reason: null, retryAtMs: null });
  }

  // One connection, from beginning to end; why it ended.
  async #live(signal: AbortSignal): Promise<HoldfastError> {
    const { network, clock } = this.#world;
    const { url, credential, software, holdings } = this.#options;
    let onlineAtMs = Number.POSITIVE_INFINITY;
    try {
      const connection = await network.connect(url, signal);
      const session = new InitiatorSession({
        clock,
        connection,
        holdings,
        credential,
        software,
        onEvent: (event) => {
          if (event.type === "welcomed") {
            onlineAtMs = clock.now();
            this.#set({ state: "online", reason: null, retryAtMs: null });
          }
          this.#options.onEvent(event);
        },
      });
      this.#session = session;
      const ended = session.run();
      for (const document of this.#documents) session.open(document);
      if (signal.aborted) session.stop({ code: "closed", sentence: "the client is closing" });
      return reasonOf(await ended);
    } catch (error) {
      if (isHoldfastError(error)) return error;
      // A defect ends the scope around this; nobody may go on believing in `online`.
      const reason = new HoldfastError("closed", "sync was ended by a defect", { cause: error });
      this.#set({ state: "offline", reason, retryAtMs: null });
      throw error;
    } finally {
      this.#session = null;
      if (clock.now() - onlineAtMs >= steadyMs) this.#backoff.reset();
    }
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        timer.cancel();
        this.#wake = null;
        resolve();
      };
      const timer = this.#world.clock.timer(delayMs, wake);
      this.#wake = wake;
    });
  }

  #set(state: ConnectionState): void {
    this.#state = state;
    this.#options.onState();
  }
}

function reasonOf({ by, code, sentence }: SessionEnd): HoldfastError {
  const who = by === "there" ? "the server said: " : "";
  return new HoldfastError(code, `${who}${sentence}`);
}
