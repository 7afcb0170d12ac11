// The way to one peer: a connection that this node dialled, dialled again when it breaks.
//
// Messages of Raft are sent and forgotten: what is said while there is no connection, or
// while the peer takes nothing, is dropped, and Raft is told that the peer can't be reached.
// Calls have an answer, or an error that says whether they may have been heard.
//
// Invariants:
//   LK1  All that is said in one turn of the event loop leaves as one frame, in order;
//        as several, where it is much, or has to leave sooner.
//   LK2  A call that was never handed to a connection fails as `unavailable`; one that was,
//        and has no answer when its connection ends, as `unknown_outcome`.
//   LK3  A connection on which much time passes between something said and any sign of
//        life is given up: connections may break without a word.

import { type ErrorCode, HoldfastError, isHoldfastError, type Writer } from "@holdfast/std";
import { Backoff, type Connection, type Scope, type World } from "@holdfast/world";
import { writeMessage } from "../codec/message_codec.ts";
import type { Message } from "../raft/message.ts";
import type { NodeId } from "../raft/types.ts";
import {
  callFrame,
  callSizeBytesMax,
  FrameReceiver,
  type Hello,
  helloFrame,
  type Rebuff,
  raftFrame,
  sendFrame,
  sendWritten,
} from "./frame.ts";

/** A peer that takes nothing may have this much under way to it, in bytes. */
const bufferedBytesMax = 67_108_864;
/** Calls that wait for an answer of one peer. */
const callsMax = 65_536;
const redialMs = { baseMs: 50, capMs: 1_000 };
/** How long it may take until a connection stands. */
const dialMs = 2_000;
/** How long a peer that is spoken to may give no sign of life; it gives one a second. */
const silenceMsMax = 4_000;
/** A frame of messages that is longer leaves before the turn's end, so that it need not be put together from pieces. */
const frameSizeBytesSoft = 524_288;

/** What a link stands on. */
export interface LinkOptions {
  readonly world: Pick<World, "clock" | "random" | "network">;
  readonly to: NodeId;
  /** What is said first, and where the peer is; asked for each time it is dialled. */
  readonly hello: () => Hello;
  readonly address: () => string | null;
  /** Why whoever answers there is not the peer; null where it may be. */
  readonly judge: (connection: Connection, address: string) => string | null;
  /** The connection broke, or something was dropped. */
  readonly onUnreachable: () => void;
  /** The peer knows who this is, and takes what it says. */
  readonly onConnected: () => void;
  /** Whoever listens there does not. */
  readonly onRefused: (remote: string, reason: string) => void;
  /** The peer says why this node is not let in. */
  readonly onRebuff: (rebuff: Rebuff) => void;
}

interface Call {
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: HoldfastError) => void;
}

/** See the head of this file. */
export class Link {
  readonly #options: LinkOptions;
  readonly #backoff: Backoff;
  readonly #calls = new Map<number, Call>();
  #connection: Connection | null = null;
  #frame: Writer | null = null;
  /** Bytes of the last frame of messages: the next one may be as long. */
  #lastSizeBytes = 0;
  #callCount = 0;
  /** When something was said that no sign of life came after; null where one did. */
  #unheardMs: number | null = null;
  /** When something was last to be said. */
  #wantedMs: number;
  readonly #ended = new AbortController();
  #wake: () => void = () => {};

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.world.random, redialMs);
    this.#wantedMs = options.world.clock.now();
  }

  /** Keeps a connection until `scope` ends, or {@link end} is called. */
  run(scope: Scope): void {
    const { signal } = this.#ended;
    const end = () => this.#ended.abort();
    scope.daemon(`link to ${this.#options.to}`, async (closing) => {
      if (closing.aborted) return;
      closing.addEventListener("abort", end, { once: true });
      await this.#run(signal).finally(() => closing.removeEventListener("abort", end));
    });
  }

  /** Gives the connection up, for good. */
  end(): void {
    this.#ended.abort();
  }

  /** For how long nothing was to be said, in milliseconds. */
  get idleMs(): number {
    return this.#options.world.clock.now() - this.#wantedMs;
  }

  /** Dials at once, where it waits to dial again: the peer was heard. */
  hurry(): void {
    if (this.#connection === null) this.#wake();
  }

  /** Says something to the peer, perhaps in vain. */
  send(message: Message): void {
    this.#wantedMs = this.#options.world.clock.now();
    if (this.#connection === null) {
      this.#options.onUnreachable();
      return;
    }
    if (this.#frame === null) {
      this.#frame = raftFrame(this.#lastSizeBytes);
      void Promise.resolve().then(() => this.flush());
    }
    writeMessage(this.#frame, message);
    if (this.#frame.sizeBytes > frameSizeBytesSoft) this.flush();
  }

  /** Has what was said leave now. Harmless where nothing was. */
  flush(): void {
    const frame = this.#frame;
    this.#frame = null;
    if (frame === null || this.#connection === null) return;
    this.#lastSizeBytes = frame.sizeBytes;
    if (this.#connection.bufferedBytes > bufferedBytesMax) this.#options.onUnreachable();
    else if (this.#mayHear(this.#connection)) sendWritten(this.#connection, frame);
  }

  /** See LK2. An order is for the replica there, a call for whoever stands on it. */
  call(
    bytes: Uint8Array,
    signal?: AbortSignal,
    kind: "call" | "order" = "call",
  ): Promise<Uint8Array> {
    const connection = this.#connection;
    const { to } = this.#options;
    const refuse = (code: ErrorCode, sentence: string) =>
      Promise.reject(new HoldfastError(code, `${to}: ${sentence}`));
    if (signal?.aborted) return refuse("cancelled", "a call");
    if (connection === null) return refuse("unavailable", "there is no connection");
    if (bytes.length > callSizeBytesMax)
      return refuse("too_large", `a call of ${bytes.length} bytes`);
    if (this.#calls.size >= callsMax || connection.bufferedBytes > bufferedBytesMax) {
      return refuse("overloaded", "it does not keep up");
    }
    this.#callCount += 1;
    const number = this.#callCount;
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#calls.delete(number);
        reject(new HoldfastError("cancelled", `a call of ${to}`));
      };
      signal?.addEventListener("abort", abort, { once: true });
      const end = () => signal?.removeEventListener("abort", abort);
      this.#calls.set(number, {
        resolve: (answer) => {
          end();
          resolve(answer);
        },
        reject: (error) => {
          end();
          reject(error);
        },
      });
      this.#say(connection, callFrame(kind, number, bytes));
    });
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { to, hello } = this.#options;
    while (!signal.aborted) {
      const address = this.#options.address();
      try {
        if (address === null) throw new HoldfastError("unavailable", `no address of ${to}`);
        const connection = await this.#dial(address, signal);
        if (signal.aborted) {
          connection.close("the node is closing");
          return;
        }
        this.#checkPeer(connection, address);
        this.#unheardMs = null;
        this.#say(connection, helloFrame(hello()));
        this.#connection = connection;
        const abort = () => connection.close("the node is closing");
        signal.addEventListener("abort", abort, { once: true });
        try {
          await this.#receive(connection);
        } finally {
          signal.removeEventListener("abort", abort);
          this.#end(connection);
        }
      } catch (error) {
        if (!(error instanceof HoldfastError)) throw error;
      }
      if (signal.aborted) return;
      await this.#pause(signal);
    }
  }

  async #receive(connection: Connection): Promise<void> {
    const frames = new FrameReceiver(connection);
    let isWelcome = false;
    for (;;) {
      const frame = await frames.receive();
      if (frame === null) {
        const { kind, reason } = await connection.closed;
        if (!isWelcome && kind === "normal") this.#options.onRefused(connection.remote, reason);
        return;
      }
      this.#unheardMs = null;
      if (frame.kind === "rebuff") {
        this.#options.onRebuff(frame);
        continue;
      }
      if (!isWelcome) {
        isWelcome = true;
        this.#backoff.reset();
        this.#options.onConnected();
      }
      if (frame.kind === "pulse") continue;
      if (frame.kind !== "answer" && frame.kind !== "failure") {
        connection.close("protocol: only answers come this way");
        return;
      }
      const call = this.#calls.get(frame.number);
      this.#calls.delete(frame.number);
      if (frame.kind === "answer") call?.resolve(frame.bytes);
      else call?.reject(this.#lost("it failed to answer"));
    }
  }

  /** @throws {HoldfastError} `unauthenticated`; the connection is closed then. */
  #checkPeer(connection: Connection, address: string): void {
    const reason = this.#options.judge(connection, address);
    if (reason === null) return;
    connection.close(reason);
    this.#options.onRefused(connection.remote, reason);
    throw new HoldfastError("unauthenticated", reason);
  }

  #end(connection: Connection): void {
    connection.close("the link is given up");
    this.#connection = null;
    this.#frame = null;
    for (const call of this.#calls.values()) call.reject(this.#lost("the connection broke"));
    this.#calls.clear();
    this.#options.onUnreachable();
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options.world;
    let wake = () => {};
    await new Promise<void>((resolve) => {
      const timer = clock.timer(this.#backoff.next(), resolve);
      wake = () => {
        timer.cancel();
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener("abort", wake, { once: true });
    });
    signal.removeEventListener("abort", wake);
    this.#wake = () => {};
  }

  #say(connection: Connection, frame: Uint8Array): void {
    if (this.#mayHear(connection)) sendFrame(connection, frame);
  }

  /** Whether to say something; gives the connection up where that was long in vain. */
  #mayHear(connection: Connection): boolean {
    const nowMs = this.#options.world.clock.now();
    this.#unheardMs ??= nowMs;
    if (nowMs - this.#unheardMs <= silenceMsMax) return true;
    connection.close("no sign of life");
    return false;
  }

  async #dial(address: string, signal: AbortSignal): Promise<Connection> {
    const { clock, network } = this.#options.world;
    const controller = new AbortController();
    const abort = () => controller.abort(new HoldfastError("cancelled", "nobody answers"));
    const timer = clock.timer(dialMs, abort);
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await network.connect(address, controller.signal);
    } catch (error) {
      if (isHoldfastError(error, "unauthenticated"))
        this.#options.onRefused(address, error.message);
      throw error;
    } finally {
      timer.cancel();
      signal.removeEventListener("abort", abort);
    }
  }

  #lost(what: string): HoldfastError {
    return new HoldfastError("unknown_outcome", `${this.#options.to}: ${what}`);
  }
}
