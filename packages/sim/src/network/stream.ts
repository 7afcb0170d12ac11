// One direction of a connection: frames, in order, each once, until it breaks.
//
//   send ─► outbox ─► wire ─────────────► inbox ─► receive
//           (waits    (has a time to      (the receiving
//           for room)  arrive)             end's)
//                └──── window: wire + inbox ────┘
//
// Problem: TCP under a WebSocket, kept to its promises and failing in its ways,
// at the price of one event for a message.
// Method: when a frame is put on the wire its link says at once when it will be
// there, and one timer waits for the foremost. When that is over, the frame is
// handed in, and so are those behind it whose time has come too. The acknowledgement is not sent: it is assumed, unless at that moment the
// way back is cut. Whatever goes unanswered (a cut either way, a machine without
// power, an end that is not known any more) stalls the stream: the frame is sent
// again at growing intervals, and in the end its sender's kernel gives up.
// What the receiver has not taken fills the window; when all of it is full, frames
// wait in the outbox until word of room has travelled back.
//
// Invariants:
//   S1  Frames are handed in in the order in which they were sent, each once.
//   S2  A frame waits in the outbox only where the window was full, or another waited.
//   S3  A frame that has not left when its sender dies never arrives, nor does any behind it.
//
// Departures from TCP: what is behind a stalled frame waits for it even where it
// left before the trouble began; word of room costs nothing while nobody waits
// for it.

import { assert } from "@holdfast/std";
import { Queue, type Timer } from "@holdfast/world";
import { type Frame, weightBytes } from "./frame.ts";
import type { Endpoint, Ground } from "./ground.ts";
import type { Link } from "./link.ts";
import { Outbox } from "./outbox.ts";
import { sendReset } from "./reset_packet.ts";
import { Retries, retransmissionTimeoutMs } from "./retries.ts";

/** How much may be on its way and untaken at the other end before a sender has to wait. */
export const windowSizeBytes = 1_048_576;

/** The end that frames go to. */
export interface Receiver extends Endpoint {
  /** Takes a frame in. Called while its process runs. */
  deliver(frame: Frame): void;
}

/** What a stream joins. */
export interface StreamOptions {
  readonly ground: Ground;
  readonly sender: Endpoint;
  readonly receiver: Receiver;
  /** From sender to receiver. */
  readonly forward: Link;
  /** The way back. */
  readonly backward: Link;
}

/** One direction of a connection. */
export class Stream {
  readonly outbox = new Outbox();
  readonly #ground: Ground;
  readonly #sender: Endpoint;
  readonly #receiver: Receiver;
  readonly #forward: Link;
  readonly #backward: Link;
  #first: Frame | null = null;
  readonly #behind = new Queue<Frame>(Number.POSITIVE_INFINITY);
  #timer: Timer | null = null;
  // Whether the timer is for an arrival, and not for sending again.
  #isInFlight = false;
  #roomTimer: Timer | null = null;
  #windowBytes = 0;
  #stall: { readonly retries: Retries; isNoted: boolean } | null = null;
  #silentSinceMs = Number.POSITIVE_INFINITY;
  #isStopped = false;

  constructor(options: StreamOptions) {
    this.#ground = options.ground;
    this.#sender = options.sender;
    this.#receiver = options.receiver;
    this.#forward = options.forward;
    this.#backward = options.backward;
  }

  send(frame: Frame): void {
    if (this.#isStopped) return;
    if (this.outbox.isEmpty && this.#windowBytes < windowSizeBytes) this.#transmit(frame);
    else this.outbox.push(frame);
  }

  /** The receiver's process took a message of `sizeBytes`: there is room again. */
  taken(sizeBytes: number): void {
    if (this.#isStopped || !this.#receiver.isKnown) return;
    this.#windowBytes -= weightBytes(sizeBytes);
    assert(this.#windowBytes >= 0, "S2: more was taken than was sent");
    if (!this.outbox.isEmpty) this.#announceRoom(null);
  }

  /** The receiver's kernel forgot the connection: what comes from now on is answered with a reset. */
  receiverForgot(): void {
    if (this.#isStopped) return;
    // A timer of a process that has ended would never come.
    if (this.#timer !== null && this.#isInFlight) this.#arm();
    // Whoever is held back asks now and then whether there is room, and so finds out.
    this.#windowBytes = 0;
    if (!this.outbox.isEmpty) this.#announceRoom(null);
  }

  /** The sender's machine or process is gone: only what has left still arrives. */
  senderDied(): void {
    this.#roomTimer?.cancel();
    this.#silentSinceMs = this.#ground.nature.nowMs;
    if (this.#stall !== null) this.stop();
  }

  /** Loses all that travels, and takes nothing more. The outbox is its process's to clear. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#roomTimer?.cancel();
    this.#first = null;
    while (this.#behind.shift() !== undefined);
  }

  #transmit(frame: Frame): void {
    this.#windowBytes += weightBytes(frame.bytes.length);
    this.#forward.carry(frame.bytes.length, frame);
    if (this.#first !== null) this.#behind.push(frame);
    else {
      this.#first = frame;
      this.#arm();
    }
  }

  #arm(): void {
    const { nature } = this.#ground;
    const frame = this.#first!;
    this.#timer?.cancel();
    this.#isInFlight = true;
    if (frame.arriveMs === Number.POSITIVE_INFINITY) {
      const patienceMs = frame.departMs - nature.nowMs;
      this.#timer = nature.after(patienceMs, () => this.#giveUp());
      return;
    }
    const owner = this.#receiver.isKnown ? this.#receiver.host : nature;
    this.#timer = owner.after(frame.arriveMs - nature.nowMs, () => this.#arrive());
  }

  #arrive(): void {
    this.#timer = null;
    for (let frame = this.#first; frame !== null; frame = this.#first) {
      if (frame.departMs > this.#silentSinceMs) this.stop();
      else if (this.#pass(frame)) {
        this.#first = this.#behind.shift() ?? null;
        if (this.#first === null || this.#first.arriveMs <= this.#ground.nature.nowMs) continue;
        this.#arm();
      }
      break;
    }
  }

  /** Whether `frame` got through and its sender knows; if not, the stream has stalled or stopped. */
  #pass(frame: Frame): boolean {
    const receiver = this.#receiver;
    if (this.#forward.isCutAt(frame.arriveMs)) return this.#wait(frame, this.#forward);
    if (this.#ground.isDark(receiver.host.machine)) return this.#wait(frame, null);
    if (!receiver.isKnown) {
      sendReset(this.#ground, this.#backward, this.#sender);
      return this.#wait(frame, null);
    }
    if (!frame.isDelivered) {
      frame.isDelivered = true;
      receiver.deliver(frame);
    }
    if (this.#isStopped) return false;
    if (this.#backward.isCutAt(frame.arriveMs)) return this.#wait(frame, this.#backward);
    this.#stall = null;
    return true;
  }

  #wait(frame: Frame, cut: Link | null): false {
    const { nowMs } = this.#ground.nature;
    if (this.#silentSinceMs < Number.POSITIVE_INFINITY || !this.#sender.isKnown) {
      // Nobody is left who would send it again.
      this.#noteCut(frame, cut);
      this.stop();
      return false;
    }
    if (this.#stall === null) {
      const delayMs = this.#forward.retransmissionDelayMs;
      const retries = new Retries(frame.departMs, delayMs, retransmissionTimeoutMs);
      this.#stall = { retries, isNoted: false };
    }
    if (!this.#stall.isNoted) {
      this.#stall.isNoted = cut !== null;
      this.#noteCut(frame, cut);
    }
    this.#isInFlight = false;
    const nextMs = this.#stall.retries.next(nowMs);
    if (nextMs === null) this.#giveUp();
    else this.#timer = this.#ground.nature.after(nextMs, () => this.#retry(frame));
    return false;
  }

  #retry(frame: Frame): void {
    frame.arriveMs = this.#ground.nature.nowMs + this.#forward.drawLatencyMs();
    this.#arm();
  }

  #noteCut(frame: Frame, cut: Link | null): void {
    if (cut === null) return;
    const { from, to } = cut;
    const what =
      cut === this.#forward ? `${frame.bytes.length} bytes to ${to}` : `an answer to ${to}`;
    this.#ground.bites.note("partition", from, `stopped ${what}`);
  }

  #giveUp(): void {
    this.stop();
    this.#sender.breakOff(`${this.#forward.to} did not answer for ${retransmissionTimeoutMs} ms`);
  }

  // Word of room goes back, or is asked for again and again where the way back is cut.
  #announceRoom(retries: Retries | null): void {
    if (retries === null && this.#roomTimer !== null) return;
    const { nature, bites } = this.#ground;
    const latencyMs = this.#backward.drawLatencyMs();
    const arriveMs = nature.nowMs + latencyMs;
    this.#roomTimer = this.#sender.host.after(latencyMs, () => {
      this.#roomTimer = null;
      if (!this.#backward.isCutAt(arriveMs)) {
        this.#flush();
        return;
      }
      if (retries === null) {
        const { from, to } = this.#backward;
        bites.note("partition", from, `stopped word of room to ${to}`);
      }
      const again =
        retries ??
        new Retries(arriveMs, this.#forward.retransmissionDelayMs, retransmissionTimeoutMs);
      const delayMs = again.next(nature.nowMs);
      if (delayMs === null) this.#giveUp();
      else this.#roomTimer = nature.after(delayMs, () => this.#announceRoom(again));
    });
  }

  #flush(): void {
    while (this.#windowBytes < windowSizeBytes) {
      const frame = this.outbox.shift();
      if (frame === undefined) break;
      this.#transmit(frame);
    }
    this.outbox.wake();
  }
}
