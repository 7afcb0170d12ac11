// One end of a simulated connection: World's Connection on two streams.
//
// It is known twice: to its kernel, and to its process. The kernel gives a
// connection up by itself (a reset came, nobody answered); the process learns of
// it in an event of its own, later where it is paused, and never once it has
// ended. So nothing here settles a promise but in an event or a call of the process.
//
// A message is copied when it arrives, not when it is sent: a sender that changes
// bytes afterwards, which the contract forbids, has what it changed arrive, as on
// a socket, and a receiver can do with its copy what it likes.
//
//   open ──close()──► closing ──answer, reset or closeTimeoutMs──► ended
//     └──────────word of a close, or breakOff()─────────────────────►┘

import {
  type CloseReason,
  type Connection,
  clipCloseReason,
  Queue,
  requireMessageSize,
  type Timer,
} from "@holdfast/world";
import { type Host, never } from "../run/host.ts";
import type { ConnectionNumber } from "../run/trace_record.ts";
import { Frame, weightBytes } from "./frame.ts";
import type { Ground } from "./ground.ts";
import type { Link } from "./link.ts";
import { sendReset } from "./reset_packet.ts";
import { type Receiver, Stream, windowSizeBytes } from "./stream.ts";

/** How long an end that was closed waits for the other end's answer. */
export const closeTimeoutMs = 5_000;

/** What an end needs to know. */
export interface ConnectionEndOptions {
  readonly ground: Ground;
  readonly connection: ConnectionNumber;
  readonly host: Host;
  /** What its process sees of the other end. */
  readonly remote: string;
  /** Called when its kernel forgets the connection. */
  readonly onForgotten: () => void;
}

/** One end. Made in pairs, by {@link ConnectionEnd.join}. */
export class ConnectionEnd implements Connection, Receiver {
  readonly remote: string;
  readonly host: Host;
  readonly closed: Promise<CloseReason>;
  /** Called when word came that the other end was taken. */
  onOpen: () => void = () => undefined;
  readonly #options: ConnectionEndOptions;
  readonly #ground: Ground;
  readonly #inbox = new Queue<Uint8Array>(windowSizeBytes);
  #peer!: ConnectionEnd;
  #outgoing!: Stream;
  #incoming!: Stream;
  #linkOut!: Link;
  #isKnown = true;
  #isOpen = true;
  #ending: CloseReason | null = null;
  #closeTimer: Timer | null = null;
  #resolveClosed!: (reason: CloseReason) => void;

  constructor(options: ConnectionEndOptions) {
    this.#options = options;
    this.#ground = options.ground;
    this.remote = options.remote;
    this.host = options.host;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  /** Joins two fresh ends, and sends word to `near` that `far` took the connection. */
  static join(near: ConnectionEnd, far: ConnectionEnd, links: readonly [Link, Link]): void {
    const ground = near.#ground;
    const [there, back] = links;
    const going = { ground, sender: near, receiver: far, forward: there, backward: back };
    const coming = { ground, sender: far, receiver: near, forward: back, backward: there };
    [near.#peer, far.#peer] = [far, near];
    [near.#linkOut, far.#linkOut] = [there, back];
    far.#incoming = near.#outgoing = new Stream(going);
    near.#incoming = far.#outgoing = new Stream(coming);
    far.#outgoing.send(Frame.open());
  }

  get isKnown(): boolean {
    return this.#isKnown;
  }

  get bufferedBytes(): number {
    return this.#outgoing.outbox.bufferedBytes;
  }

  send(message: Uint8Array): void {
    requireMessageSize(message);
    if (!this.#isOpen || !this.host.isAlive) return;
    const number = this.#ground.nextMessage();
    this.#ground.record({
      type: "send",
      connection: this.#options.connection,
      message: number,
      from: this.host.machine,
      to: this.#peer.host.machine,
      bytes: message,
    });
    this.#outgoing.send(Frame.data(message, number));
  }

  drained(lowBytes: number): Promise<void> {
    return this.host.isAlive ? this.#outgoing.outbox.drained(lowBytes) : never();
  }

  async receive(): Promise<Uint8Array | null> {
    if (!this.host.isAlive) return await never();
    const message = await this.#inbox.take();
    if (message !== null) this.#incoming.taken(message.length);
    return message;
  }

  close(reason: string): void {
    if (!this.#isOpen || !this.host.isAlive) return;
    this.#leave({ kind: "normal", reason: clipCloseReason(reason) });
    // Where the kernel has given up, word of that is on its way to the process.
    if (!this.#isKnown) return;
    this.#outgoing.send(Frame.close(this.#ending!.reason));
    this.#closeTimer = this.host.after(closeTimeoutMs, () => {
      this.#forget();
      sendReset(this.#ground, this.#linkOut, this.#peer);
      this.#end();
    });
  }

  deliver(frame: Frame): void {
    switch (frame.kind) {
      case "open":
        this.onOpen();
        break;
      case "data":
        this.#take(frame);
        break;
      case "close":
        this.#leave({ kind: "normal", reason: frame.reason });
        this.#forget();
        this.#end();
        this.#answerClose();
        break;
    }
  }

  breakOff(reason: string): void {
    if (!this.#isKnown) return;
    this.#forget();
    this.host.after(0, () => {
      this.#leave({ kind: "broken", reason: clipCloseReason(reason) });
      this.#end();
    });
  }

  /** Its process is gone; with "exit" the kernel tells the other end so. */
  hostEnded(how: "exit" | "power"): void {
    if (!this.#isKnown) return;
    this.#isKnown = false;
    this.#outgoing.senderDied();
    this.#incoming.receiverForgot();
    if (how === "exit") sendReset(this.#ground, this.#linkOut, this.#peer);
    this.#options.onForgotten();
  }

  #take(frame: Frame): void {
    const { bytes, message } = frame;
    if (!this.#isOpen) {
      this.#incoming.taken(bytes.length);
      return;
    }
    this.#ground.record({
      type: "arrive",
      connection: this.#options.connection,
      message,
      from: this.#peer.host.machine,
      to: this.host.machine,
    });
    // A plain copy, also of a Buffer, whose slice() would be none.
    this.#inbox.push(new Uint8Array(bytes), weightBytes(bytes.length));
  }

  #answerClose(): void {
    const link = this.#linkOut;
    const peer = this.#peer;
    const latencyMs = link.drawLatencyMs();
    const arriveMs = this.#ground.nature.nowMs + latencyMs;
    peer.host.after(latencyMs, () => {
      if (!peer.#isKnown) return;
      if (link.isCutAt(arriveMs)) {
        this.#ground.bites.note("partition", link.from, `stopped a goodbye to ${link.to}`);
        return;
      }
      peer.#forget();
      peer.#end();
    });
  }

  // The process takes part no longer: it closed the connection, or learned that it is over.
  #leave(ending: CloseReason): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#ending = ending;
    this.#inbox.end();
    this.#ground.record({
      type: "close",
      connection: this.#options.connection,
      machine: this.host.machine,
      kind: ending.kind,
      text: ending.reason,
    });
  }

  #forget(): void {
    if (!this.#isKnown) return;
    this.#isKnown = false;
    this.#outgoing.stop();
    this.#incoming.receiverForgot();
    this.#options.onForgotten();
  }

  #end(): void {
    this.#closeTimer?.cancel();
    this.#outgoing.outbox.clear();
    this.#resolveClosed(this.#ending!);
  }
}
