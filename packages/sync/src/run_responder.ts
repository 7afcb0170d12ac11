// The serving side of a session on a World: carries out what the machine asks,
// and tells it what came of it. The only part of it that waits.

import type { DocumentId } from "@holdfast/doc";
import { assert, isHoldfastError, unreachable } from "@holdfast/std";
import { type Clock, type Connection, Scope } from "@holdfast/world";
import type { ChannelId, SessionId, StoreName } from "./frame.ts";
import type { Holdings, Sender } from "./holdings.ts";
import type { PresenceHub, PresenceSeat } from "./presence.ts";
import { Responder } from "./responder.ts";
import type { ResponderInput, ResponderOutput } from "./responder_io.ts";
import {
  authorizeSizeBytes,
  outboundSizeBytesMax,
  type Refusal,
  type SessionEnd,
} from "./session.ts";
import { type LoopOutput, SessionLoop } from "./session_loop.ts";

/** What a principal may ask to do with a document. */
export type AccessAction = "read" | "write";

/** Who may do what. */
export interface Access<Principal> {
  /**
   * Finds out who presents `credential`, at most `credentialSizeBytesMax` bytes, perhaps none.
   *
   * @throws {HoldfastError} `unauthenticated`; the connection is closed with it.
   */
  authenticate(credential: Uint8Array): Promise<Principal>;
  /** Asked for `read` and for `write` when a document is opened. */
  authorize(principal: Principal, document: DocumentId, action: AccessAction): Promise<boolean>;
}

/** What happens in a session, for counters and logs. */
export type ResponderEvent =
  /** The peer may come in; `software` is what it calls itself. */
  | { readonly type: "welcomed"; readonly software: string }
  | { readonly type: "document_opened"; readonly document: DocumentId }
  | { readonly type: "document_closed"; readonly document: DocumentId }
  /** A frame came or went. */
  | { readonly type: "received"; readonly sizeBytes: number }
  | { readonly type: "sent"; readonly sizeBytes: number }
  /** A bundle was offered to the holdings. */
  | { readonly type: "offered"; readonly document: DocumentId; readonly sizeBytes: number }
  /** A bundle, or a document, was refused. */
  | { readonly type: "refused"; readonly document: DocumentId; readonly refusal: Refusal }
  /** A hook of {@link Access} failed with something else than a HoldfastError; the peer is told `unavailable`. */
  | { readonly type: "access_failed"; readonly error: unknown };

/** Options for {@link runResponder}. */
export interface ResponderOptions<Principal> {
  readonly clock: Clock;
  /** Becomes the session's own: nobody else may use it. */
  readonly connection: Connection;
  readonly holdings: Holdings;
  readonly access: Access<Principal>;
  readonly presence: PresenceHub;
  readonly store: StoreName;
  /** From 1, different for each session of the process. */
  readonly session: SessionId;
  /** Ends the session in good order: what is under way is answered, then bye `unavailable`. */
  readonly signal: AbortSignal;
  /** Hears what happens, at once. Must not throw. */
  readonly onEvent: (event: ResponderEvent) => void;
}

const shutdown: Refusal = { code: "unavailable", sentence: "the server is shutting down" };

/**
 * Serves one connection until it ends. Never rejects on account of the peer or
 * the holdings; leaves no task, timer, subscription or seat behind.
 */
export function runResponder<Principal>(options: ResponderOptions<Principal>): Promise<SessionEnd> {
  return Scope.run(options.clock, (scope) => new ResponderDriver(options, scope).run(), {
    name: `session ${options.session}`,
  });
}

type OwnOutput = Exclude<ResponderOutput, LoopOutput>;

interface OpenDocument {
  readonly document: DocumentId;
  unsubscribe: (() => void) | null;
  seat: PresenceSeat | null;
  /** Who offers what comes on the channel. */
  readonly sender: Sender;
  /** Whether the application was told that it is open. */
  told: boolean;
}

class ResponderDriver<Principal> {
  readonly #options: ResponderOptions<Principal>;
  readonly #scope: Scope;
  readonly #machine: Responder;
  readonly #loop: SessionLoop<ResponderInput, OwnOutput>;
  readonly #documents = new Map<ChannelId, OpenDocument>();
  #principal: { readonly value: Principal } | null = null;
  #flushing = false;

  constructor(options: ResponderOptions<Principal>, scope: Scope) {
    const { clock, connection, holdings, store, session, onEvent } = options;
    this.#options = options;
    this.#scope = scope;
    this.#machine = new Responder({ store, session, nowMs: clock.now() });
    this.#loop = new SessionLoop<ResponderInput, OwnOutput>({
      clock,
      connection,
      holdings,
      machine: this.#machine,
      carryOut: (output) => this.#carryOut(output),
      readFailed: (channel, refusal) => ({ type: "denied", channel, refusal }),
      beforeWaiting: { type: "flush" },
      holdBackSizeBytes: outboundSizeBytesMax,
      onFrame: (type, sizeBytes) => onEvent({ type, sizeBytes }),
    });
  }

  async run(): Promise<SessionEnd> {
    const { signal } = this.#options;
    const stop = (): void => this.#loop.feed({ type: "stop", refusal: shutdown });
    signal.addEventListener("abort", stop);
    this.#scope.defer(() => signal.removeEventListener("abort", stop));
    if (signal.aborted) stop();
    const end = await this.#loop.run(this.#scope);
    for (const channel of [...this.#documents.keys()]) this.#release(channel);
    return end;
  }

  #carryOut(output: OwnOutput): void {
    switch (output.type) {
      case "authenticate": {
        const { credential, software } = output;
        this.#scope.spawn("authenticate", () => this.#authenticate(credential, software));
        break;
      }
      case "authorize": {
        const { channel, document } = output;
        const sender: Sender = { contradiction: null };
        const open = { document, unsubscribe: null, seat: null, sender, told: false };
        this.#documents.set(channel, open);
        const work = (): Promise<void> => this.#authorize(channel, document);
        this.#scope.spawn("authorize", () => this.#loop.underWay(authorizeSizeBytes, work));
        break;
      }
      case "append":
        void this.#append(output);
        break;
      case "release":
        this.#release(output.channel);
        break;
      case "present":
        this.#documents.get(output.channel)?.seat?.set(output.state);
        break;
      case "refused":
        this.#options.onEvent(output);
        break;
      default:
        unreachable(output);
    }
  }

  async #authenticate(credential: Uint8Array, software: string): Promise<void> {
    try {
      this.#principal = { value: await this.#options.access.authenticate(credential) };
    } catch (error) {
      this.#loop.feed({ type: "authenticated", refusal: this.#refusalOf(error) });
      return;
    }
    this.#loop.feed({ type: "authenticated", refusal: null });
    if (!this.#machine.ended) this.#options.onEvent({ type: "welcomed", software });
  }

  async #authorize(channel: ChannelId, document: DocumentId): Promise<void> {
    const { access, holdings, presence, session, onEvent } = this.#options;
    assert(this.#principal !== null, "SY3: a document was opened by nobody");
    const principal = this.#principal.value;
    try {
      const mayRead = await access.authorize(principal, document, "read");
      if (!mayRead) {
        const refusal: Refusal = { code: "forbidden", sentence: `no right to read ${document}` };
        this.#loop.feed({ type: "denied", channel, refusal });
        return;
      }
      const mayWrite = await access.authorize(principal, document, "write");
      const open = this.#documents.get(channel);
      if (open === undefined) return;
      // Listening comes before looking, or a change in between would go unseen.
      open.unsubscribe = holdings.subscribe(document, () => {
        this.#loop.feed({ type: "changed", channel });
      });
      const vector = await holdings.vector(document);
      if (!this.#documents.has(channel)) return;
      open.told = true;
      onEvent({ type: "document_opened", document });
      this.#loop.feed({ type: "granted", channel, vector, mayWrite });
      if (!this.#documents.has(channel)) return;
      open.seat = presence.join(document, session, (peer, state) => {
        if (!this.#loop.wire.congested) this.#loop.feed({ type: "presence", channel, peer, state });
      });
    } catch (error) {
      this.#loop.feed({ type: "denied", channel, refusal: this.#refusalOf(error) });
    }
  }

  async #append(output: Extract<ResponderOutput, { type: "append" }>): Promise<void> {
    const { channel, ordinal, document, bytes } = output;
    this.#options.onEvent({ type: "offered", document, sizeBytes: bytes.length });
    const sender = this.#documents.get(channel)?.sender;
    const answer = await this.#loop.append(document, bytes, sender);
    this.#loop.feed({ type: "answered", channel, ordinal, answer });
    this.#flushSoon();
  }

  // Outcomes of one commit come in one go; they share an acknowledgement.
  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    const flush = (): void => {
      this.#flushing = false;
      this.#loop.feed({ type: "flush" });
    };
    if (this.#loop.wire.congested) void this.#loop.wire.room().then(flush);
    else void Promise.resolve().then(flush);
  }

  #release(channel: ChannelId): void {
    const open = this.#documents.get(channel);
    if (open === undefined) return;
    this.#documents.delete(channel);
    open.unsubscribe?.();
    open.seat?.leave();
    if (!open.told) return;
    this.#options.onEvent({ type: "document_closed", document: open.document });
  }

  #refusalOf(error: unknown): Refusal {
    if (isHoldfastError(error)) return { code: error.code, sentence: error.message };
    this.#options.onEvent({ type: "access_failed", error });
    return { code: "unavailable", sentence: "the server could not decide" };
  }
}
