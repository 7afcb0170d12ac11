// The way to one peer: a connection that this node dialled, dialled again when it breaks.
//
// Messages of Raft are sent and forgotten: what is said while there is no connection, or
// while the peer takes nothing, is dropped, and Raft is told that the peer can't be reached.
// Calls have an answer, or an error that says whether they may have been heard.
//
// Invariants:
//   LK1  All that is said in one turn of the event loop leaves as one frame, in order.
//   LK2  A call that was never handed to a connection fails as `unavailable`; one that was,
//        and has no answer when its connection ends, as `unknown_outcome`.

import { HoldfastError, type Writer } from "@holdfast/std";
import { Backoff, type Connection, type Scope, type World } from "@holdfast/world";
import { writeMessage } from "../codec/message_codec.ts";
import type { Message } from "../raft/message.ts";
import type { NodeId } from "../raft/types.ts";
import { callFrame, FrameReceiver, type Hello, helloFrame, raftFrame, sendFrame } from "./frame.ts";

/** A peer that takes nothing may have this much under way to it, in bytes. */
const bufferedBytesMax = 67_108_864;
/** Calls that wait for an answer of one peer. */
const callsMax = 65_536;
const redialMs = { baseMs: 50, capMs: 1_000 };

/** What a link stands on. */
export interface LinkOptions {
  readonly world: Pick<World, "clock" | "random" | "network">;
  readonly hello: Hello;
  readonly addressOf: (node: NodeId) => string | null;
  /** The connection broke, or something was dropped. */
  readonly onUnreachable: () => void;
  readonly onConnected: () => void;
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
  #callCount = 0;
  #wake: () => void = () => {};

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.world.random, redialMs);
  }

  /** Keeps a connection until `scope` ends. */
  run(scope: Scope): void {
    const { hello } = this.#options;
    scope.daemon(`link to ${hello.to}`, (signal) => this.#run(signal));
  }

  /** Dials at once, where it waits to dial again: the peer was heard. */
  hurry(): void {
    if (this.#connection === null) this.#wake();
  }

  /** Says something to the peer, perhaps in vain. */
  send(message: Message): void {
    if (this.#connection === null) {
      this.#options.onUnreachable();
      return;
    }
    if (this.#frame === null) {
      this.#frame = raftFrame();
      void Promise.resolve().then(() => this.#flush());
    }
    writeMessage(this.#frame, message);
  }

  /** See LK2. */
  call(bytes: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    const connection = this.#connection;
    const { to } = this.#options.hello;
    const refuse = (code: "unavailable" | "overloaded", sentence: string) =>
      Promise.reject(new HoldfastError(code, `${to}: ${sentence}`));
    if (connection === null) return refuse("unavailable", "there is no connection");
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
      sendFrame(connection, callFrame("call", number, bytes));
    });
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { world, hello, addressOf } = this.#options;
    while (!signal.aborted) {
      const address = addressOf(hello.to);
      try {
        if (address === null) throw new HoldfastError("unavailable", `no address of ${hello.to}`);
        const connection = await world.network.connect(address, signal);
        sendFrame(connection, helloFrame(hello));
        this.#connection = connection;
        const abort = () => connection.close("the node is closing");
        signal.addEventListener("abort", abort, { once: true });
        this.#options.onConnected();
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
    for (;;) {
      const frame = await frames.receive();
      if (frame === null) return;
      this.#backoff.reset();
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

  #flush(): void {
    const frame = this.#frame;
    this.#frame = null;
    if (frame === null || this.#connection === null) return;
    if (this.#connection.bufferedBytes > bufferedBytesMax) this.#options.onUnreachable();
    else sendFrame(this.#connection, frame.view());
  }

  #lost(what: string): HoldfastError {
    return new HoldfastError("unknown_outcome", `${this.#options.hello.to}: ${what}`);
  }
}
