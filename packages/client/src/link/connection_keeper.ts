// Keeps a connection to the server: connects, holds a session, and after it has
// ended waits, a random while that doubles, and connects again.
//
//   offline --try--> connecting --welcomed--> online
//      ^                 |                       |
//      +-----------------+------- ended ---------+--> refused, tried again more slowly
//
// Of several addresses of one store it takes the next where one fails, and waits when each
// was tried. It also leaves a server that says that it can't serve now, as a node of a
// cluster that is cut off from the others does: another may.

import type { DocumentId } from "@holdfast/doc";
import { type ErrorCode, HoldfastError, isHoldfastError } from "@holdfast/std";
import {
  type InitiatorEvent,
  InitiatorSession,
  type Refusal,
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

/** What a server says that can't reach the rest of its cluster. */
const awayCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["unavailable", "unknown_outcome"]);
const cutOff: Refusal = { code: "unavailable", sentence: "the server can't serve now" };

/** Options for {@link ConnectionKeeper}. */
export interface KeeperOptions {
  /** At least one; tried in order, from the first on. */
  readonly urls: readonly string[];
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
    const { urls } = this.#options;
    for (let attempt = 0, failed = 0; !signal.aborted; attempt += 1) {
      this.#set({ state: "connecting", reason: this.#state.reason, retryAtMs: null });
      const { reason, wasOnline } = await this.#live(urls[attempt % urls.length]!, signal);
      if (signal.aborted) break;
      failed += 1;
      // After one that worked it waits too: all whom a server leaves would call the next at once.
      if (!wasOnline && failed < urls.length) continue;
      failed = wasOnline ? 1 : 0;
      const delayMs = this.#backoff.next();
      const retryAtMs = this.#world.clock.now() + delayMs;
      this.#set({ state: refusals.has(reason.code) ? "refused" : "offline", reason, retryAtMs });
      await this.#wait(delayMs);
    }
    this.#set({ state: "offline", reason: null, retryAtMs: null });
  }

  // One connection, from beginning to end; why it ended.
  async #live(
    url: string,
    signal: AbortSignal,
  ): Promise<{ readonly reason: HoldfastError; readonly wasOnline: boolean }> {
    const { network, clock } = this.#world;
    const { credential, software, holdings } = this.#options;
    const ended = (reason: HoldfastError) => {
      return { reason, wasOnline: onlineAtMs < Number.POSITIVE_INFINITY };
    };
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
          if (this.#isCutOff(event)) session.stop(cutOff);
          this.#options.onEvent(event);
        },
      });
      this.#session = session;
      const end = session.run();
      for (const document of this.#documents) session.open(document);
      if (signal.aborted) session.stop({ code: "closed", sentence: "the client is closing" });
      return ended(reasonOf(await end));
    } catch (error) {
      if (isHoldfastError(error)) return ended(error);
      // A defect ends the scope around this; nobody may go on believing in `online`.
      const reason = new HoldfastError("closed", "sync was ended by a defect", { cause: error });
      this.#set({ state: "offline", reason, retryAtMs: null });
      throw error;
    } finally {
      this.#session = null;
      if (clock.now() - onlineAtMs >= steadyMs) this.#backoff.reset();
    }
  }

  // A server that keeps what it was sent to itself is of no use where there is another.
  #isCutOff(event: InitiatorEvent): boolean {
    if (this.#options.urls.length === 1) return false;
    return (
      event.type === "refused" && event.effect === "retrying" && awayCodes.has(event.refusal.code)
    );
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
