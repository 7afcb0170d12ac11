// A client's end of one connection to a server of a store: the greeting, calls and their
// answers, and noticing that nobody is there any more.
//
// Invariants:
//   LI1  Every call is settled: by its answer, or by the end of the link.
//   LI2  A link that has ended sends nothing and starts nothing.

import { concatBytes, HoldfastError, isHoldfastError } from "@holdfast/std";
import type { Connection, Timer, World } from "@holdfast/world";
import type { CommitVersion } from "../../store.ts";
import { encodeClientFrame, type OutgoingFrame, writeClientFrame } from "./client_frame.ts";
import { FrameBatch, frameOf, framesOf, messageOf } from "./frame_batch.ts";
import {
  greetingMsMax,
  outboundSizeBytesMax,
  protocolVersion,
  toldPartsMax,
  toldSizeBytesMax,
} from "./limits.ts";
import { decodeServerFrame, type ServerFrame, type Welcome } from "./server_frame.ts";

/** What a client of the wire needs of the world; a page has it too. */
export type RemoteWorld = Pick<World, "clock" | "random" | "network">;

/** What a link presents. */
export interface LinkOptions {
  readonly world: RemoteWorld;
  readonly session: Uint8Array;
  readonly credential: Uint8Array;
  /** Hears signals of watches. */
  readonly onChanged: (watch: number, version: CommitVersion) => void;
  /** Hears that a watch has ended there. */
  readonly onUnwatched: (watch: number) => void;
}

/** Frames that answer a call. */
export type Answer = Extract<ServerFrame, { readonly call: number }>;
/** Frames that ask for one, but for its number. */
export type Question = Ask<Extract<OutgoingFrame, { readonly call: number }>>;
type Ask<F> = F extends unknown ? Omit<F, "call"> : never;

interface Waiting {
  /** What it may be answered by, besides `failed`. */
  readonly types: readonly Answer["type"][];
  /** Of an answer that comes in parts: those that came; null before. */
  parts: Uint8Array[] | null;
  partsSizeBytes: number;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: HoldfastError) => void;
}

/** How often a link looks whether anything was heard. */
const lookMs = 1_000;
/** Nothing was heard for so long while an answer is due: ask whether anybody is there. */
const dueMs = 2_000;
/** The same while none is. */
const idleMs = 15_000;
/** How long that answer may take. */
const pongMsMax = 4_000;

/** See the head of this file. */
export class Link {
  readonly welcome: Welcome;
  /** Resolves to why it ended. Never rejects. */
  readonly ended: Promise<HoldfastError>;
  readonly #connection: Connection;
  readonly #batch: FrameBatch<OutgoingFrame>;
  readonly #options: LinkOptions;
  readonly #waiting = new Map<number, Waiting>();
  #lastCall = 0;
  #end: HoldfastError | null = null;
  #resolveEnded: (error: HoldfastError) => void = () => {};
  #heardAtMs: number;
  #pingedAtMs: number | null = null;
  #timer: Timer;

  private constructor(options: LinkOptions, connection: Connection, welcome: Welcome) {
    this.#options = options;
    this.#connection = connection;
    this.#batch = new FrameBatch(connection, writeClientFrame);
    this.welcome = welcome;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    const { clock } = options.world;
    this.#heardAtMs = clock.now();
    this.#timer = clock.timer(lookMs, () => this.#look());
    void this.#receive();
  }

  /**
   * Connects, and greets.
   *
   * @throws {HoldfastError} `unavailable`, `cancelled`; what the server refused it with.
   */
  static async open(address: string, options: LinkOptions, signal: AbortSignal): Promise<Link> {
    const { world, session, credential } = options;
    const connection = await world.network.connect(address, signal);
    const leave = () => connection.close("cancelled");
    signal.addEventListener("abort", leave, { once: true });
    const timer = world.clock.timer(greetingMsMax, () => connection.close("no greeting came"));
    try {
      const protocols = [protocolVersion, protocolVersion] as const;
      connection.send(
        messageOf(encodeClientFrame({ type: "hello", protocols, session, credential })),
      );
      return new Link(options, connection, await receiveWelcome(connection));
    } catch (error) {
      connection.close("the greeting failed");
      throw signal.aborted ? new HoldfastError("cancelled", `the way to ${address}`) : error;
    } finally {
      timer.cancel();
      signal.removeEventListener("abort", leave);
    }
  }

  /** Why it has ended, or null. */
  get end(): HoldfastError | null {
    return this.#end;
  }

  /**
   * Asks, and resolves to the answer, which is of one of `types`.
   *
   * @throws {HoldfastError} Why the link ended; what the server failed with.
   */
  ask<T extends Answer["type"]>(
    question: Question,
    ...types: readonly T[]
  ): Promise<Extract<Answer, { readonly type: T }>> {
    if (this.#end !== null) return Promise.reject(this.#end);
    this.#lastCall += 1;
    const call = this.#lastCall;
    const answered = new Promise<Answer>((resolve, reject) => {
      this.#waiting.set(call, { types, parts: null, partsSizeBytes: 0, resolve, reject });
    });
    this.send({ ...question, call } as OutgoingFrame);
    // See #answer, which looks.
    return answered as Promise<Extract<Answer, { readonly type: T }>>;
  }

  /** Sends what has no answer. Does nothing once the link has ended. */
  send(frame: OutgoingFrame): void {
    if (this.#end === null) this.#batch.send(frame);
  }

  /** Resolves once not too much waits to be sent, or the link has ended. */
  room(): Promise<void> {
    return this.#connection.drained(outboundSizeBytesMax);
  }

  /** Ends it. Harmless twice. */
  close(reason: HoldfastError): void {
    if (this.#end !== null) return;
    this.#end = reason;
    this.#timer.cancel();
    this.#batch.flush();
    this.#connection.close(reason.message);
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(reason);
    this.#resolveEnded(reason);
  }

  async #receive(): Promise<void> {
    try {
      for (;;) {
        const bytes = await this.#connection.receive();
        if (bytes === null) break;
        this.#heardAtMs = this.#options.world.clock.now();
        this.#pingedAtMs = null;
        for (const frame of framesOf(bytes)) {
          if (this.#end === null) this.#take(decodeServerFrame(frame));
        }
      }
      const { reason } = await this.#connection.closed;
      this.close(new HoldfastError("unavailable", `the connection ended: ${reason}`));
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      this.close(
        new HoldfastError("unavailable", `the server was not understood: ${error.message}`),
      );
    }
  }

  #take(frame: ServerFrame): void {
    switch (frame.type) {
      case "pong":
        return;
      case "bye":
        this.close(new HoldfastError("unavailable", `the server left: ${frame.sentence}`));
        return;
      case "changed":
        this.#options.onChanged(frame.watch, frame.version);
        return;
      case "unwatched":
        this.#options.onUnwatched(frame.watch);
        return;
      case "welcome":
        throw new HoldfastError("protocol", "a second welcome");
      case "told":
        this.#gather(frame);
        return;
      default:
        this.#answer(frame);
    }
  }

  #answer(answer: Answer): void {
    const waiting = this.#waiting.get(answer.call);
    if (waiting === undefined) throw new HoldfastError("protocol", "an answer to nothing");
    this.#waiting.delete(answer.call);
    if (waiting.types.includes(answer.type)) waiting.resolve(answer);
    else if (answer.type === "failed") {
      waiting.reject(new HoldfastError(answer.code, answer.sentence));
    } else {
      this.close(new HoldfastError("unavailable", `the server answered with ${answer.type}`));
      waiting.reject(this.#end!);
    }
  }

  /** Keeps a part of an answer; the last one makes it whole. */
  #gather(told: Extract<Answer, { readonly type: "told" }>): void {
    const waiting = this.#waiting.get(told.call);
    if (waiting === undefined) throw new HoldfastError("protocol", "an answer to nothing");
    waiting.parts ??= [];
    waiting.parts.push(told.bytes);
    waiting.partsSizeBytes += told.bytes.length;
    if (waiting.partsSizeBytes > toldSizeBytesMax) {
      throw new HoldfastError("too_large", `a page of over ${toldSizeBytesMax} bytes`);
    }
    if (waiting.parts.length > toldPartsMax) {
      throw new HoldfastError("too_large", `a page of over ${toldPartsMax} parts`);
    }
    if (told.isWhole) this.#answer({ ...told, bytes: concatBytes(waiting.parts) });
  }

  #look(): void {
    const { clock } = this.#options.world;
    const now = clock.now();
    if (this.#pingedAtMs !== null && now - this.#pingedAtMs >= pongMsMax) {
      this.close(new HoldfastError("unavailable", `the server was silent for ${pongMsMax} ms`));
      return;
    }
    const quietMs = this.#waiting.size > 0 ? dueMs : idleMs;
    if (this.#pingedAtMs === null && now - this.#heardAtMs >= quietMs) {
      this.#pingedAtMs = now;
      this.send({ type: "ping" });
    }
    this.#timer = clock.timer(lookMs, () => this.#look());
  }
}

async function receiveWelcome(connection: Connection): Promise<Welcome> {
  const bytes = await connection.receive();
  if (bytes === null) {
    const { reason } = await connection.closed;
    throw new HoldfastError("unavailable", `the server did not greet: ${reason}`);
  }
  const frame = decodeServerFrame(frameOf(bytes));
  if (frame.type === "bye") throw new HoldfastError(frame.code, frame.sentence);
  if (frame.type !== "welcome") throw new HoldfastError("protocol", "no greeting came");
  if (frame.protocol !== protocolVersion) {
    const sentence = `the server speaks protocol ${frame.protocol}, this release ${protocolVersion}`;
    throw new HoldfastError("unsupported_version", sentence);
  }
  return frame;
}
