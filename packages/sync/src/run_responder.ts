// The serving side of a session on a World: carries out what the machine asks,
// and tells it what came of it. The only part of it that waits.

import type { DocumentId } from "@holdfast/doc";
import { assert, isHoldfastError, unreachable } from "@holdfast/std";
import { type Clock, type Connection, Scope } from "@holdfast/world";
import { Budget } from "./budget.ts";
import type { ChannelId, SessionId, StoreName } from "./frame.ts";
import type { Holdings } from "./holdings.ts";
import type { PresenceHub, PresenceSeat } from "./presence.ts";
import { Pump } from "./pump.ts";
import { Responder } from "./responder.ts";
import type { AppendAnswer, ResponderInput, ResponderOutput } from "./responder_io.ts";
import { inboundSizeBytesMax, type Refusal, type SessionEnd, tickIntervalMs } from "./session.ts";
import { Wire } from "./wire.ts";

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

interface OpenDocument {
  readonly document: DocumentId;
  unsubscribe: (() => void) | null;
  seat: PresenceSeat | null;
  /** Whether the application was told that it is open. */
  told: boolean;
}

class ResponderDriver<Principal> {
  readonly #options: ResponderOptions<Principal>;
  readonly #scope: Scope;
  readonly #machine: Responder;
  readonly #wire: Wire;
  readonly #pump: Pump;
  readonly #inbound = new Budget(inboundSizeBytesMax);
  readonly #documents = new Map<ChannelId, OpenDocument>();
  readonly #inputs: ResponderInput[] = [];
  #principal: { readonly value: Principal } | null = null;
  #stepping = false;
  #flushing = false;
  #heldBack = false;
  #end: SessionEnd | null = null;
  #failure: { readonly error: unknown } | null = null;

  constructor(options: ResponderOptions<Principal>, scope: Scope) {
    const { clock, connection, holdings, store, session } = options;
    this.#options = options;
    this.#scope = scope;
    this.#machine = new Responder({ store, session, nowMs: clock.now() });
    const onStalled = (): void => this.#feed({ type: "stalled" });
    this.#wire = new Wire({ clock, connection, onStalled });
    this.#pump = new Pump(holdings, this.#wire, {
      held: (channel, piece) => {
        this.#feed({ type: "held", channel, piece });
        return this.#documents.has(channel);
      },
      readEnded: (channel, more) => this.#feed({ type: "read_ended", channel, more }),
      readFailed: (channel, refusal) => this.#feed({ type: "denied", channel, refusal }),
      flush: () => this.#feed({ type: "flush" }),
    });
  }

  async run(): Promise<SessionEnd> {
    const { clock, signal } = this.#options;
    const stop = (): void => this.#feed({ type: "stop", refusal: shutdown });
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    this.#scope.defer(() => signal.removeEventListener("abort", stop));
    this.#scope.spawn("pump", () => this.#pump.run());
    this.#scope.daemon("tick", async (ending) => {
      for (;;) {
        await clock.sleep(tickIntervalMs, ending);
        this.#feed({ type: "tick", heldBack: this.#heldBack });
      }
    });
    await this.#receive();
    await this.#inbound.empty();
    if (this.#failure !== null) throw this.#failure.error;
    assert(this.#end !== null, "SY2: a session was left before it ended");
    return this.#end;
  }

  async #receive(): Promise<void> {
    const { connection } = this.#options;
    while (!this.#machine.ended && this.#failure === null) {
      this.#heldBack = true;
      if (this.#wire.congested) await this.#wire.room();
      await this.#inbound.room();
      this.#heldBack = false;
      if (this.#machine.ended) return;
      const bytes = await connection.receive();
      if (bytes !== null) {
        this.#options.onEvent({ type: "received", sizeBytes: bytes.length });
        this.#feed({ type: "frame", bytes });
        continue;
      }
      const { reason } = await connection.closed;
      this.#feed({ type: "disconnected", reason });
    }
  }

  // Inputs may come while an output is carried out; they wait for their turn.
  #feed(input: ResponderInput): void {
    this.#inputs.push(input);
    if (this.#stepping) return;
    this.#stepping = true;
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
        const outputs = this.#machine.step(next, this.#options.clock.now());
        for (const output of outputs) this.#carryOut(output);
      }
    } catch (error) {
      if (isHoldfastError(error)) throw error;
      this.#fail(error);
    } finally {
      this.#stepping = false;
    }
  }

  #carryOut(output: ResponderOutput): void {
    switch (output.type) {
      case "send":
        this.#wire.send(output.bytes);
        this.#options.onEvent({ type: "sent", sizeBytes: output.bytes.length });
        break;
      case "authenticate":
        this.#scope.spawn("authenticate", () =>
          this.#authenticate(output.credential, output.software),
        );
        break;
      case "authorize":
        this.#documents.set(output.channel, {
          document: output.document,
          unsubscribe: null,
          seat: null,
          told: false,
        });
        this.#scope.spawn("authorize", () => this.#authorize(output.channel, output.document));
        break;
      case "append":
        void this.#append(output);
        break;
      case "read":
        this.#pump.read(output);
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
      case "end":
        this.#end = output.end;
        this.#pump.stop();
        this.#options.connection.close(`${output.end.code}: ${output.end.sentence}`);
        break;
      default:
        unreachable(output);
    }
  }

  async #authenticate(credential: Uint8Array, software: string): Promise<void> {
    try {
      this.#principal = { value: await this.#options.access.authenticate(credential) };
    } catch (error) {
      this.#feed({ type: "authenticated", refusal: this.#refusalOf(error) });
      return;
    }
    this.#feed({ type: "authenticated", refusal: null });
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
        this.#feed({ type: "denied", channel, refusal });
        return;
      }
      const mayWrite = await access.authorize(principal, document, "write");
      const open = this.#documents.get(channel);
      if (open === undefined) return;
      // Listening comes before looking, or a change in between would go unseen.
      open.unsubscribe = holdings.subscribe(document, () => {
        this.#feed({ type: "changed", channel });
      });
      const vector = await holdings.vector(document);
      if (!this.#documents.has(channel)) return;
      open.told = true;
      onEvent({ type: "document_opened", document });
      this.#feed({ type: "granted", channel, vector, mayWrite });
      if (!this.#documents.has(channel)) return;
      open.seat = presence.join(document, session, (peer, state) => {
        if (!this.#wire.congested) this.#feed({ type: "presence", channel, peer, state });
      });
    } catch (error) {
      this.#feed({ type: "denied", channel, refusal: this.#refusalOf(error) });
    }
  }

  async #append(output: Extract<ResponderOutput, { type: "append" }>): Promise<void> {
    const { channel, ordinal, document, bytes } = output;
    this.#inbound.take(bytes.length);
    this.#options.onEvent({ type: "offered", document, sizeBytes: bytes.length });
    let answer: AppendAnswer;
    try {
      answer = await this.#options.holdings.append(document, bytes);
    } catch (error) {
      if (!isHoldfastError(error)) this.#fail(error);
      answer = { type: "failed", ...this.#refusalOf(error) };
    }
    this.#feed({ type: "answered", channel, ordinal, answer });
    this.#inbound.give(bytes.length);
    this.#flushSoon();
  }

  // Outcomes of one commit come in one go; they share an acknowledgement.
  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    const flush = (): void => {
      this.#flushing = false;
      this.#feed({ type: "flush" });
    };
    if (this.#wire.congested) void this.#wire.room().then(flush);
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

  // A defect: ends the session, and is thrown by whoever runs it.
  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#options.connection.close("a defect of the server");
  }
}
